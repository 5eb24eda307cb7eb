"""Which edition the codes of a list are of, by the codes themselves.

Headings lie: the special section of the business register calls its column "ATECO 2007" years after it holds those of
2025. Most codes exist in every edition and tell nothing; those that do not are the evidence, and they are shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atlante.classifications.codes import compact, dotted
from atlante.classifications.editions import EDITIONS, classification
from atlante.errors import InvalidActivityCode

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    import pandas as pd

MOST_VALID: Final = 0.95  # of the firms with a code: their code exists in the edition of the verdict
MOST_DECISIVE: Final = 0.95  # of the firms whose code tells editions apart: it speaks for the verdict
FEWEST_DECISIVE: Final = 5  # firms; fewer may be typing errors
_SHOWN: Final = 5
_UNDECIDED: Final = (
    f"That decides nothing: it takes {MOST_VALID:.0%} whose code exists, and at least {FEWEST_DECISIVE} whose code "
    f"tells editions apart, {MOST_DECISIVE:.0%} of them for one."
)
_REVISED: Final = ("2007", "2022")


@dataclass(frozen=True, slots=True)
class EditionEvidence:
    """What the codes of a list say about their edition.

    Attributes
    ----------
    firms
        Firms with a code.
    valid
        By edition: firms whose code it has.
    decisive
        By edition: its codes that tell it apart, because either the editions of NACE Rev. 2 (2007 and 2022) or that of
        NACE Rev. 2.1 (2025) lack them, with their firms, the most frequent first.
    invalid
        Codes of no edition, with their firms.
    lost_zero
        Those of them that an edition has with a zero in front, with their firms. Spreadsheets drop it; nothing is
        guessed.
    verdict
        The edition; None: the evidence is not decisive.
    """

    firms: int
    valid: dict[str, int]
    decisive: dict[str, dict[str, int]]
    invalid: dict[str, int]
    lost_zero: dict[str, int]
    verdict: str | None

    def speaks_against(self, edition: str) -> bool:
        """Say whether the verdict is another edition than the one told; 2022 is an update of 2007, and no other."""
        if self.verdict is None or edition == self.verdict:
            return False
        return not (edition in _REVISED and self.verdict in _REVISED)

    def __str__(self) -> str:
        """Return the evidence in sentences."""
        valid = ", ".join(f"{n:,} ({_percent(n, self.firms)}) in {edition}" for edition, n in self.valid.items())
        told = [f"Of {self.firms:,} firms with a code, the code exists for {valid}."]
        for edition, codes in self.decisive.items():
            if codes:
                examples = ", ".join(f"{dotted(code)} ({n:,})" for code, n in list(codes.items())[:_SHOWN])
                lacking = "2007 and 2022 lack" if edition == "2025" else "2025 lacks"
                told.append(f"{sum(codes.values()):,} have one that {edition} has and {lacking}: {examples}.")
        if self.invalid:
            examples = ", ".join(list(self.invalid)[:_SHOWN])
            told.append(f"{sum(self.invalid.values()):,} have one of no edition: {examples}.")
        if self.lost_zero:
            examples = ", ".join(f"0{code}" for code in list(self.lost_zero)[:_SHOWN])
            told.append(
                f"{sum(self.lost_zero.values()):,} of these would exist with a zero in front ({examples}), which "
                "spreadsheets drop: mend the file if that is so."
            )
        told.append(f"They are codes of {self.verdict}." if self.verdict else _UNDECIDED)
        return " ".join(told)


def detect_edition(counts: Mapping[str, int] | pd.Series[Any]) -> EditionEvidence:
    """Return what codes say about their edition.

    The verdict is the edition that has the codes of 95 % of the firms, if of the firms whose code tells editions apart
    95 %, and at least five, speak for it. Where no code tells 2007 from its update of 2022 it is 2007: what both have
    means the same in both.

    Parameters
    ----------
    counts
        Firms by code, with or without dots.

    >>> str(detect_edition({"62.10.00": 60, "72.10.21": 20, "70.22.09": 20}).verdict)
    '2025'
    """
    firms = _compacted(counts.items())
    trees = {edition: classification(edition) for edition in EDITIONS}
    has = {edition: {code for code in firms if tree.contains(code)} for edition, tree in trees.items()}
    valid = {edition: sum(firms[code] for code in codes) for edition, codes in has.items()}
    decisive = {
        "2007": has["2007"] - has["2025"],
        "2022": has["2022"] - has["2025"],
        "2025": has["2025"] - has["2007"] - has["2022"],
    }
    known = set[str]().union(*has.values())
    invalid = firms.keys() - known
    total = sum(firms.values())
    return EditionEvidence(
        firms=total,
        valid=valid,
        decisive={edition: _most_first(firms, codes) for edition, codes in decisive.items()},
        invalid=_most_first(firms, invalid),
        lost_zero=_most_first(firms, (code for code in invalid if any(t.contains("0" + code) for t in trees.values()))),
        verdict=_verdict(
            total, valid, {edition: sum(firms[code] for code in codes) for edition, codes in decisive.items()}
        ),
    )


def _verdict(firms: int, valid: Mapping[str, int], decisive: Mapping[str, int]) -> str | None:
    """Return the edition that the evidence decides for."""
    before = "2022" if valid["2022"] > valid["2007"] else "2007"
    best, other = (before, "2025") if decisive[before] >= decisive["2025"] else ("2025", before)
    speaking = decisive[best] + decisive[other]
    is_decided = (
        speaking >= FEWEST_DECISIVE and decisive[best] >= MOST_DECISIVE * speaking and valid[best] >= MOST_VALID * firms
    )
    return best if is_decided else None


def _compacted(counts: Iterable[tuple[Hashable, int]]) -> Counter[str]:
    """Return firms by compact code; what can't be a code stands as it was."""
    firms: Counter[str] = Counter()
    for written, n in counts:
        try:
            firms[compact(str(written))] += int(n)
        except InvalidActivityCode:
            firms[str(written)] += int(n)
    return firms


def _most_first(firms: Counter[str], codes: Iterable[str]) -> dict[str, int]:
    return {code: firms[code] for code in sorted(codes, key=lambda code: (-firms[code], code))}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"
