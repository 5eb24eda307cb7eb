"""Weights that make a sample agree with what is known of its population: raking, with trimming and sparse categories.

A self-selected sample says of itself who answers. Weighted so that it has as many firms of each territory, sector and
size as the register, it speaks for the register as far as these three explain both who answers and what; of the rest it
says nothing, however many answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from atlante.errors import UnweightableSample

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int64]

_TOLERANCE: Final = 1e-8
_ROUNDS: Final = 1000
_TRIMMINGS: Final = 50
_OVER_LIMIT: Final = 1e-3  # of a limit: as much above it is as good as at it
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights of respondents.

    Attributes
    ----------
    weights
        Firms of the population that each respondent stands for, shape (n,); they add up to the margins.
    deff
        Kish's design effect of unequal weights, n sum(w^2) / sum(w)^2; 1 where all weights are equal.
    n_eff
        n / deff: as many equally weighted respondents would be as precise.
    margin_error
        Largest relative difference between a weighted count and its margin.
    converged
        Whether that is below the tolerance.
    rounds
        Passes over all margins.
    trimmed
        Respondents whose weight was at the limit.
    """

    weights: FloatArray
    deff: float
    n_eff: float
    margin_error: float
    converged: bool
    rounds: int
    trimmed: int


def design_effect(weights: FloatArray) -> float:
    """Return Kish's design effect of unequal weights, 1 or more.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7; Kish (1992), Journal of Official Statistics 8:183-200.

    >>> design_effect(np.array([1.0, 1.0, 4.0]))
    1.5
    """
    return max(1.0, float(len(weights) * (weights**2).sum() / weights.sum() ** 2))  # below 1 by rounding alone


def rake(
    sample: pd.DataFrame,
    margins: Sequence[pd.Series[Any]],
    *,
    base: FloatArray | None = None,
    largest: float | None = None,
    tolerance: float = _TOLERANCE,
    rounds: int = _ROUNDS,
) -> Weighting:
    """Return weights by iterative proportional fitting: each margin in turn is made to fit until all do.

    Parameters
    ----------
    sample
        One row a respondent, with a column for each level of the margins' indices.
    margins
        Counts of the population, each indexed by the categories of one column or, as a MultiIndex, of several; the
        index has the columns' names. All have the same total. A category of 0 firms must have no respondent.
    base
        Weights to begin with, such as the inverse of inclusion probabilities, shape (n,), positive; None: all equal.
    largest
        Weights above this multiple of the mean are cut to it, and the margins are fitted again, until no weight is
        above it or fifty times: the margins go before the limit, which a category with too few respondents can't keep.
    tolerance
        Largest relative difference from a margin that counts as fitting.

    Raises
    ------
    UnweightableSample
        If the sample is empty, the totals differ, a category has firms and no respondent or respondents and no firm, or
        the fitting does not come to an end since the empty cells of the sample contradict the margins.

    References
    ----------
    Deming & Stephan (1940), Annals of Mathematical Statistics 11:427-444, doi:10.1214/aoms/1177731829. Trimming and
    fitting in turn: Potter (1990), Proceedings of the ASA Section on Survey Research Methods, 225-230; Izrael,
    Battaglia & Frankel (2009), SAS Global Forum, paper 247.
    """
    if sample.empty:
        raise UnweightableSample("Nobody answered", "Load answers of firms that the register holds")
    targets = [_Target.of(sample, margin) for margin in margins]
    _check_totals(targets)
    weights = np.ones(len(sample)) if base is None else base.astype(np.float64)
    weights = weights * (targets[0].counts.sum() / weights.sum())
    weights, done, error = _fit(weights, targets, tolerance, rounds)
    if error > tolerance:
        names = ", ".join(target.name for target in targets)
        raise UnweightableSample(
            f"The margins {names} still differ by {error:.1%} after {done} rounds: combinations of categories "
            "without a respondent contradict them",
            "Merge categories, or leave out a margin",
        )
    limit = np.inf if largest is None else largest * weights.mean()
    trimmed = 0
    for _ in range(_TRIMMINGS):
        if weights.max() <= limit * (1 + _OVER_LIMIT):
            break
        trimmed = int((weights >= limit).sum())
        weights, more, error = _fit(np.minimum(weights, limit), targets, tolerance, rounds)
        done += more
    deff = design_effect(weights)
    return Weighting(weights, deff, len(weights) / deff, error, error <= tolerance, done, trimmed)


def collapse(
    sample: pd.DataFrame, margin: pd.Series[Any], *, minimum: int
) -> tuple[pd.Series[Any], pd.Series[Any], dict[Hashable, Hashable]]:
    """Merge the categories of a margin that have too few respondents with their neighbours.

    From the first category to the last, one with fewer respondents than `minimum` is merged with the next one, and the
    last with the one before: categories should stand beside what is like them, as sizes do by their bounds and regions
    by their codes.

    Parameters
    ----------
    margin
        Counts of the population by the categories of one column, in the order of neighbours.
    minimum
        Respondents that each category must have at least; if all together have fewer, one category remains.

    Returns
    -------
    tuple
        The column of the sample and the margin, both by the first name of each merged category, and what became of each
        category that was merged.
    """
    counts = sample[margin.index.name].value_counts().reindex(margin.index, fill_value=0)
    groups: list[list[Hashable]] = []
    respondents = minimum  # the first category begins a group
    for category, number in counts.items():
        if respondents >= minimum:
            groups.append([])
            respondents = 0
        groups[-1].append(category)
        respondents += int(number)
    if respondents < minimum and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    names = {category: group[0] for group in groups for category in group}
    merged = {category: name for category, name in names.items() if len(groups[_place(groups, category)]) > 1}
    column = sample[margin.index.name]
    renamed = column.map(names).where(column.isin(list(names)), column)
    fewer = margin.groupby(margin.index.map(names), sort=False).sum()
    fewer.index.name = margin.index.name
    return renamed, fewer, merged


def _place(groups: list[list[Hashable]], category: Hashable) -> int:
    return next(place for place, group in enumerate(groups) if category in group)


@dataclass(frozen=True, slots=True)
class _Target:
    """A margin: how many firms there are in each category, and which category each respondent is in."""

    name: str
    counts: FloatArray
    category: IntArray

    @classmethod
    def of(cls, sample: pd.DataFrame, margin: pd.Series[Any]) -> _Target:
        columns = list(margin.index.names)
        name = " x ".join(map(str, columns))
        known = margin[margin > 0]
        keys = pd.MultiIndex.from_frame(sample[columns]) if len(columns) > 1 else pd.Index(sample[columns[0]])
        place = known.index.get_indexer(keys)
        if (place < 0).any():
            _refuse(
                name, keys[place < 0].unique(), "{} has respondents but no firm in the register", "Check their codes"
            )
        n = np.bincount(place, minlength=len(known))
        if (n == 0).any():
            empty = known.index[n == 0]
            _refuse(name, empty, "{} has firms but no respondent", "Merge it with a category that has some")
        return cls(name, known.to_numpy(np.float64), place.astype(np.int64))


def _refuse(margin: str, categories: pd.Index[Any], problem: str, remedy: str) -> None:
    named = ", ".join(map(str, categories[:_SHOWN])) + (", ..." if len(categories) > _SHOWN else "")
    raise UnweightableSample(problem.format(f"The category {named} of {margin}"), remedy)


def _check_totals(targets: Sequence[_Target]) -> None:
    totals: Mapping[str, float] = {target.name: float(target.counts.sum()) for target in targets}
    if max(totals.values()) - min(totals.values()) > _TOLERANCE * max(totals.values()):
        told = ", ".join(f"{name}: {total:,.0f}" for name, total in totals.items())
        raise UnweightableSample(f"The margins have different totals ({told})", "Count the same firms in all of them")


def _fit(
    weights: FloatArray, targets: Sequence[_Target], tolerance: float, rounds: int
) -> tuple[FloatArray, int, float]:
    """Return weights after passes over all margins, how many there were, and the largest difference that is left."""
    error = _error(weights, targets)
    done = 0
    while error > tolerance and done < rounds:
        for target in targets:
            weighted = np.bincount(target.category, weights, minlength=len(target.counts))
            weights = weights * (target.counts / weighted)[target.category]
        error = _error(weights, targets)
        done += 1
    return weights, done, error


def _error(weights: FloatArray, targets: Sequence[_Target]) -> float:
    return max(
        float(np.abs(np.bincount(target.category, weights, minlength=len(target.counts)) / target.counts - 1).max())
        for target in targets
    )
