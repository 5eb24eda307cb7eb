"""Codes of one edition into those of another, with weights and what is ambiguous.

A code that corresponds to several is split over them. Nothing official says in which shares: in equal ones, unless
counts per target code are given, such as those of a register that has the target edition. Conversion over two steps
(2007 to 2022 to 2025) is the product of both; the counts are used in the last.

What other tools do: R's ``concordance`` returns all targets of a code, with shares of matches as weights; ``ateco`` all
targets without weights. Neither says how many firms of a list it concerns, which is what decides whether it matters.

References
----------
Liao, Kim, Miyano & Zhang (2020), concordance: Product Concordance, R package version 2.0.0.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from atlante.classifications.codes import compact
from atlante.classifications.correspondence import Coverage, correspondence
from atlante.classifications.editions import LEAF_DIGITS, classification
from atlante.errors import InvalidActivityCode

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from atlante.classifications.correspondence import Step

type Shares = dict[str, float]

_NULLS: Final = frozenset({"nan", "<NA>", "NaT"})  # as numpy and pandas spell them


@dataclass(frozen=True, slots=True)
class Conversion:
    """The distinct codes of a list in another edition.

    Attributes
    ----------
    codes
        Distinct codes of the list as they are converted, compact, shape (n,). What can't be a code stands as it was.
    firms
        How often each is in the list, shape (n,).
    positions
        For each element of the list the place of its code in `codes`, -1 where it is null.
    is_unknown
        The source edition has no such code, shape (n,).
    has_no_target
        The code exists, and nothing of the target edition corresponds to it, shape (n,): 46.89.00 of 2025.
    is_ambiguous
        Several codes of its own number of digits correspond to it, shape (n,).
    code_index, target, weight, coverage
        One row for each pair: place of the code in `codes`, six-digit target code, weight > 0, and whether the code
        lies whole in the target. The weights of a code add to 1; unknown codes and those without a target have no row.
    weighting
        ``equal``, or ``prior`` where counts per target code were given.
    """

    source: str
    target_edition: str
    codes: NDArray[np.object_]
    firms: NDArray[np.int64]
    positions: NDArray[np.int64]
    is_unknown: NDArray[np.bool_]
    has_no_target: NDArray[np.bool_]
    is_ambiguous: NDArray[np.bool_]
    code_index: NDArray[np.int64]
    target: NDArray[np.object_]
    weight: NDArray[np.float64]
    coverage: NDArray[np.object_]
    weighting: Literal["equal", "prior"]

    @property
    def ambiguous_share(self) -> float:
        """Firms whose code is ambiguous among those whose code is converted, 0..1; nan: none is."""
        return self._share(self.is_ambiguous, ~(self.is_unknown | self.has_no_target))

    @property
    def unconverted_share(self) -> float:
        """Firms whose code is unknown or has no target among all that have a code, 0..1; nan: none has."""
        return self._share(self.is_unknown | self.has_no_target, np.ones(len(self.codes), dtype=bool))

    def expected(self) -> Shares:
        """Return the firms that each six-digit target code is expected to have; they add up to the firms converted."""
        firms: Shares = defaultdict(float)
        for index, target, weight in zip(self.code_index, self.target, self.weight, strict=True):
            firms[target] += weight * self.firms[index]
        return dict(sorted(firms.items()))

    def shares(self, code: str, digits: int = LEAF_DIGITS) -> Shares:
        """Return the weights of a code's targets at a number of digits (1: sections), the largest first."""
        places = np.flatnonzero(self.codes == code)
        rows = np.isin(self.code_index, places)
        tree, summed = classification(self.target_edition), defaultdict[str, float](float)
        for target, weight in zip(self.target[rows], self.weight[rows], strict=True):
            summed[tree.ancestor(target, digits)] += weight
        return dict(sorted(summed.items(), key=lambda item: (-item[1], item[0])))

    def _share(self, is_counted: NDArray[np.bool_], is_asked: NDArray[np.bool_]) -> float:
        asked = int(self.firms[is_asked].sum())
        return int(self.firms[is_counted & is_asked].sum()) / asked if asked else float("nan")


def convert(
    codes: pd.Series[Any] | NDArray[Any] | Iterable[object],
    source: str,
    target: str,
    *,
    prior: Mapping[str, float] | None = None,
) -> Conversion:
    """Convert codes of one edition into another; each distinct code is looked at once.

    A short code stands for the six-digit codes below it, in equal parts: it is converted as their mean.

    Parameters
    ----------
    codes
        With or without dots, two to six digits or a letter of a section; null where there is none.
    prior
        Firms per six-digit code of the target edition: what splits is then split in these proportions, and equally
        where they say nothing of any of its targets.

    Raises
    ------
    UnknownEdition
        If there is no such edition.

    >>> one = convert(["25.40.00"], "2007", "2025")
    >>> one.shares("254000")
    {'253000': 1.0}
    """
    steps = correspondence(source, target)
    distinct, positions = _distinct(codes)
    firms = np.bincount(positions[positions >= 0], minlength=len(distinct)).astype(np.int64)
    converter = _Converter(source, target, steps, prior)
    found = [converter.shares(code) for code in distinct]
    pairs = [(n, code, weight) for n, shares in enumerate(found) for code, weight in (shares or {}).items()]
    index = np.array([n for n, _, _ in pairs], dtype=np.int64)
    return Conversion(
        source=source,
        target_edition=target,
        codes=_objects(distinct),
        firms=firms,
        positions=positions,
        is_unknown=np.array([shares is None for shares in found], dtype=bool),
        has_no_target=np.array([shares == {} for shares in found], dtype=bool),
        is_ambiguous=np.array(
            [converter.is_ambiguous(code, shares) for code, shares in zip(distinct, found, strict=True)], dtype=bool
        ),
        code_index=index,
        target=_objects([code for _, code, _ in pairs]),
        weight=np.array([weight for _, _, weight in pairs], dtype=float),
        coverage=_objects([converter.coverage(distinct[n], code) for n, code, _ in pairs]),
        weighting="equal" if prior is None else "prior",
    )


class _Converter:
    """The targets of one code after the other."""

    def __init__(self, source: str, target: str, steps: tuple[Step, ...], prior: Mapping[str, float] | None) -> None:
        self._before, self._after, self._steps = classification(source), classification(target), steps
        self._prior = {compact(code): float(count) for code, count in (prior or {}).items()}

    def shares(self, code: str) -> Shares | None:
        """Return the weights of a code's six-digit targets; empty: nothing corresponds; None: there is no such code."""
        if not self._before.contains(code):
            return None
        mean: Shares = defaultdict(float)
        of_leaves = [shares for leaf in sorted(self._before.leaves(code)) if (shares := self._of_leaf(leaf))]
        for shares in of_leaves:
            for target, weight in shares.items():
                mean[target] += weight / len(of_leaves)
        return dict(sorted(mean.items()))

    def _of_leaf(self, leaf: str) -> Shares:
        shares: Shares = {leaf: 1.0}
        for step in self._steps:
            reached: Shares = defaultdict(float)
            is_last = step is self._steps[-1]
            for code, weight in shares.items():
                targets = step.targets.get(code, ())
                parts = self._parts(targets) if is_last else _equal_parts(targets)
                for target, part in zip(targets, parts, strict=True):
                    reached[target] += weight * part
            total = sum(reached.values())
            shares = {target: weight / total for target, weight in reached.items() if weight > 0}
        return shares

    def _parts(self, targets: tuple[str, ...]) -> list[float]:
        """Return in which parts a code is split: by the counts given, equally where they are none."""
        counts = [self._prior.get(target, 0.0) for target in targets]
        total = sum(counts)
        return [count / total for count in counts] if total > 0 else _equal_parts(targets)

    def is_ambiguous(self, code: str, shares: Shares | None) -> bool:
        """Say whether several codes of as many digits as the code has correspond to it, whatever their weights."""
        if not shares:
            return False
        targets: set[str] = set(self._before.leaves(code))
        for step in self._steps:
            targets = {target for each in targets for target in step.targets.get(each, ())}
        return len({self._after.ancestor(target, len(code)) for target in targets}) > 1

    def coverage(self, code: str, target: str) -> Coverage:
        """Return whether all that a code means is in a target: it has no other."""
        leaves: set[str] = set(self._before.leaves(code))
        for step in self._steps:
            leaves = {each for leaf in leaves for each in step.targets.get(leaf, ())}
        if len(self._steps) == 1 and len(code) == LEAF_DIGITS:
            return self._steps[0].coverage[code, target]
        return Coverage.TOTAL if leaves == {target} else Coverage.PARTIAL


def _equal_parts(targets: tuple[str, ...]) -> list[float]:
    return [1 / len(targets) for _ in targets]


def _distinct(codes: object) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct codes of a list, compact, and the place of each element among them; -1: null."""
    if hasattr(codes, "factorize"):
        labels, uniques = cast("Any", codes).factorize(use_na_sentinel=True)
        written, places = list(uniques), np.asarray(labels, dtype=np.int64)
    else:
        listed = list(cast("Iterable[Hashable]", codes))
        written = list(dict.fromkeys(listed))
        known = [each for each in written if not _is_null(each)]
        place_of = dict.fromkeys(written, -1) | {each: n for n, each in enumerate(known)}
        places = np.fromiter(map(place_of.__getitem__, listed), dtype=np.int64, count=len(listed))
        written = known
    order_of: dict[str, int] = {}
    spread = np.array([order_of.setdefault(_compacted(str(each)), len(order_of)) for each in written] or [0], np.int64)
    return list(order_of), np.where(places < 0, -1, spread[np.maximum(places, 0)])


def _is_null(value: object) -> bool:
    return value is None or (not isinstance(value, str) and str(value) in _NULLS)


def _compacted(text: str) -> str:
    try:
        return compact(text)
    except InvalidActivityCode:
        return text


def _objects(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
