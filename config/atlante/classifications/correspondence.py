"""Which six-digit codes of one edition correspond to which of another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from ateco._load import load_correspondence_2025_2022

from atlante.classifications.codes import compact
from atlante.classifications.editions import EDITIONS, LEAF_DIGITS, classification
from atlante.classifications.revision import revision_pairs
from atlante.errors import UnknownEdition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Coverage(StrEnum):
    """Whether all that a code means is in the one it corresponds to, as ISTAT's table says."""

    TOTAL = "TOTALE"
    PARTIAL = "PARZIALE"


@dataclass(frozen=True, slots=True)
class Step:
    """The correspondence between two editions that follow each other, in one direction.

    Attributes
    ----------
    targets
        Of every six-digit code of `source` that has any: those of `target`, in order.
    coverage
        Of each such pair: whether the source code lies whole in the target code.
    """

    source: str
    target: str
    targets: Mapping[str, tuple[str, ...]]
    coverage: Mapping[tuple[str, str], Coverage]


@cache
def correspondence(source: str, target: str) -> tuple[Step, ...]:
    """Return the steps from one edition to another; none where they are the same.

    Between 2022 and 2025 it is ISTAT's theoretical table; between 2007 and 2022 the rule of
    :mod:`atlante.classifications.revision`; between 2007 and 2025 one after the other.

    Raises
    ------
    UnknownEdition
        If there is no such edition.
    """
    for edition in (source, target):
        if edition not in EDITIONS:
            raise UnknownEdition(edition, EDITIONS)
    first, last = EDITIONS.index(source), EDITIONS.index(target)
    if first <= last:
        return tuple(_step(EDITIONS[n], EDITIONS[n + 1]) for n in range(first, last))
    return tuple(_step(EDITIONS[n], EDITIONS[n - 1]) for n in range(first, last, -1))


def official_pairs() -> frozenset[tuple[str, str]]:
    """Return the pairs of ISTAT's theoretical table at all levels: (code of 2022, code of 2025)."""
    rows = load_correspondence_2025_2022()["mappings"]
    return frozenset((compact(row["code_2022"]), compact(row["code_2025"])) for row in rows)


@cache
def _step(source: str, target: str) -> Step:
    pairs = _revision(source, target) if "2025" not in (source, target) else _official(source, target)
    targets: dict[str, list[str]] = {}
    for code, other in sorted(pairs):
        targets.setdefault(code, []).append(other)
    return Step(source, target, {code: tuple(others) for code, others in targets.items()}, pairs)


def _official(source: str, target: str) -> dict[tuple[str, str], Coverage]:
    """Return the six-digit pairs of ISTAT's table, with what it says of the source code."""
    rows = load_correspondence_2025_2022()["mappings"]
    pairs = {
        (compact(row[f"code_{source}"]), compact(row[f"code_{target}"])): Coverage(row[f"coverage_{source}"])
        for row in rows
    }
    return {pair: coverage for pair, coverage in pairs.items() if len(pair[0]) == len(pair[1]) == LEAF_DIGITS}


def _revision(source: str, target: str) -> dict[tuple[str, str], Coverage]:
    """Return the pairs of the update of 2022; a code with one target lies whole in it."""
    pairs: Iterable[tuple[str, str]] = revision_pairs(classification("2007"), classification("2022"))
    if (source, target) == ("2022", "2007"):
        pairs = [(new, old) for old, new in pairs]
    ordered = sorted(pairs)
    n_targets = Counter(code for code, _ in ordered)
    return {pair: Coverage.TOTAL if n_targets[pair[0]] == 1 else Coverage.PARTIAL for pair in ordered}
