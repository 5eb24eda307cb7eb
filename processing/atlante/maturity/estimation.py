"""From the answers of some firms to estimates for all territories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from atlante.catalogue.levels import COUNTRY_CODE, Level
from atlante.maturity.population import within
from atlante.maturity.precision import estimate_means, estimate_shares, is_low_reliability
from atlante.maturity.raking import collapse, rake
from atlante.maturity.scoring import score_dii, score_item, score_model
from atlante.maturity.shrinkage import shrink

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from atlante.catalogue.maturity import MaturityModel
    from atlante.catalogue.surveys import Survey
    from atlante.maturity.precision import Shares
    from atlante.maturity.raking import Weighting
    from atlante.maturity.scoring import Scores

type FloatArray = NDArray[np.float64]

BASIC: Final = "basic"
MEAN_SCORE: Final = "mean-score"
AT_LEAST: Final = "at-least-"
_COLUMN: Final = {"province": "province_code", "region": "region_code", "sector": "sector", "size": "size"}
_FROM_THE_TOP: Final = (Level.COUNTRY, Level.REGION, Level.PROVINCE, Level.MUNICIPALITY)
_CODE: Final = {
    Level.MUNICIPALITY: "municipality_code",
    Level.PROVINCE: "province_code",
    Level.REGION: "region_code",
    Level.COUNTRY: "country_code",
}


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates, and what they rest on.

    Attributes
    ----------
    table
        One row a level, territory and category. Categories are each level or profile, ``at-least-`` with the name of
        those between the first and the last, ``basic``, and ``mean-score``, in the unit of scores, of the firms that
        left nothing open. Columns: ``level``, ``territory_code``, ``category``, ``value``, ``low``, ``high`` (shares
        0..1, nan where nobody answered), ``smoothed`` (drawn towards the parent; nan where the territory has no firm of
        the population), ``n`` (respondents), ``n_in`` (those in the category), ``n_eff``, ``cv``,
        ``is_low_reliability``, ``firms`` (of the population).
    weighting
        The weights of the respondents, their design effect and effective sample size.
    firm_ids
        The respondents, in the order of the weights.
    merged
        Which categories of which margin were weighted together with which.
    answered, unknown, outside, undecided
        Firms that answered; of them, those that the register does not have, those outside the population, and those
        whose level or profile their answers leave open. The others are the respondents.
    """

    table: pd.DataFrame
    weighting: Weighting
    firm_ids: pd.Index[Any]
    merged: Mapping[str, Mapping[Hashable, Hashable]]
    answered: int
    unknown: int
    outside: int
    undecided: int


def estimate(  # noqa: PLR0913 - what is estimated, of whom and for whom, by name
    answers: pd.DataFrame,
    firms: pd.DataFrame,
    survey: Survey,
    *,
    population: pd.DataFrame,
    territories: pd.DataFrame,
    of: MaturityModel | str | None = None,
    together: Sequence[tuple[str, ...]] = (),
) -> Estimates:
    """Return the share of firms of each level or profile in every municipality, province, region and the country.

    Answers are scored, respondents are weighted to the margins that the survey names, shares are computed with their
    intervals, and those of small territories are drawn towards the territory that they lie in.

    Parameters
    ----------
    answers
        Columns ``firm_id``, ``item``, ``answered_on``, ``answer``, all of this survey.
    firms
        Firms of the register that may have answered, described by :func:`atlante.maturity.describe_firms`: ``firm_id``,
        ``municipality_code``, ``sector``, ``size``. Others do no harm.
    population
        Counts of all firms, as :func:`atlante.maturity.count_population` returns them.
    territories
        Columns ``municipality_code``, ``province_code``, ``region_code``; all municipalities.
    of
        What is estimated: the profiles of a model of this survey's answers, the answers to an item by its code, or, for
        None, the levels of the survey.
    together
        Levels or profiles whose share is estimated together, too, under their :func:`joint_name`.

    Raises
    ------
    InvalidSetting
        If the survey does not ask the item.
    UnweightableSample
        If nobody who can be used answered, or the margins can't be met.
    """
    scores = _scores(answers, survey, of)
    territories = territories.assign(country_code=COUNTRY_CODE)
    firms = firms.loc[firms["firm_id"].isin(scores.table.index), ["firm_id", "municipality_code", "sector", "size"]]
    known = scores.table.index.isin(firms["firm_id"])
    inside = within(firms).merge(territories, on="municipality_code").set_index("firm_id")
    sample = inside.join(scores.table[["category", "score"]], how="inner")
    decided = sample[sample["category"].notna()]
    counts = population.merge(territories, on="municipality_code")
    weighting, merged = _weigh(decided, counts, survey)
    table = _Rows(decided, counts, territories, survey, scores, weighting, has_scores=not isinstance(of, str)).table(
        _groups(survey, scores, has_levels=of is None) | {joint_name(group): group for group in together}
    )
    return Estimates(
        table=table,
        weighting=weighting,
        firm_ids=decided.index,
        merged=merged,
        answered=len(scores.table),
        unknown=int((~known).sum()),
        outside=int(known.sum()) - len(sample),
        undecided=len(sample) - len(decided),
    )


def joint_name(categories: Sequence[str]) -> str:
    """Return the name of the category that several make together.

    >>> joint_name(["low", "high"]), joint_name(["low"])
    ('low + high', 'low')
    """
    return " + ".join(categories)


def _weigh(
    sample: pd.DataFrame, counts: pd.DataFrame, survey: Survey
) -> tuple[Weighting, dict[str, dict[Hashable, Hashable]]]:
    """Return weights that make the sample fit the margins of the survey, and the categories that were merged."""
    rules = survey.estimation
    order = {
        "sector": [sector.id for sector in survey.population.sectors],
        "size": [size.id for size in survey.population.sizes],
    }
    columns, margins = {}, []
    merged: dict[str, dict[Hashable, Hashable]] = {}
    for name in rules.margins:
        column = _COLUMN[name]
        margin = counts.groupby(column)["firms"].sum()
        margin = margin.reindex([category for category in order.get(name, sorted(margin.index)) if category in margin])
        margin = margin[margin > 0].rename_axis(column)
        columns[column], margin, merged[name] = collapse(sample, margin, minimum=rules.minimum_cell)
        margins.append(margin)
    return rake(pd.DataFrame(columns), margins, largest=rules.largest_weight), merged


def _scores(answers: pd.DataFrame, survey: Survey, of: MaturityModel | str | None) -> Scores:
    if of is None:
        return score_dii(answers, survey)
    return score_item(answers, survey, of) if isinstance(of, str) else score_model(answers, of, survey)


def _groups(survey: Survey, scores: Scores, *, has_levels: bool) -> dict[str, tuple[str, ...]]:
    """Return what is estimated: each category by itself, and the basic level as all categories that have it."""
    names = scores.categories
    groups: dict[str, tuple[str, ...]] = {category: (category,) for category in names}
    groups |= {f"{AT_LEAST}{name}": names[place:] for place, name in enumerate(names[1:-1], 1)}
    if has_levels and survey.basic_from is not None:
        groups[BASIC] = tuple(level.id for level in survey.levels if level.lowest >= survey.basic_from)
    return groups


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes the rows of all levels, from the country down."""

    sample: pd.DataFrame
    counts: pd.DataFrame
    territories: pd.DataFrame
    survey: Survey
    scores: Scores
    weighting: Weighting
    has_scores: bool

    def table(self, groups: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
        """Return the rows of all levels."""
        parts, parents, means = [], None, None
        for level in _FROM_THE_TOP:
            column = _CODE[level]
            codes = pd.Index(self.territories[column].dropna().unique()).sort_values()
            shares = self._shares(column, codes, [(category,) for category in self.scores.categories])
            smoothed = self._smoothed(level, codes, shares, parents)
            parents = pd.DataFrame(smoothed, index=codes)
            parts.append(self._rows(level, codes, smoothed, groups))
            if self.has_scores:
                means = self._mean_rows(level, codes, means)
                parts.append(means)
        return pd.concat(parts, ignore_index=True)

    def _shares(self, column: str, codes: pd.Index[Any], groups: list[tuple[str, ...]]) -> Shares:
        """Return the shares of groups of categories, of which no two overlap and which make up all."""
        numbers = {category: number for number, group in enumerate(groups) for category in group}
        return estimate_shares(
            self.weighting.weights,
            np.array(self.sample["category"].map(numbers), dtype=np.int64),
            np.asarray(codes.get_indexer(pd.Index(self.sample[column])), dtype=np.int64),
            shape=(len(codes), len(groups)),
            confidence=self.survey.estimation.confidence,
        )

    def _smoothed(self, level: Level, codes: pd.Index[Any], shares: Shares, parents: pd.DataFrame | None) -> FloatArray:
        """Return shares of categories drawn towards the smoothed ones of the level above."""
        if parents is None:
            return shares.value
        return shrink(shares.value, parents.loc[self._above(level, codes)].to_numpy(np.float64), shares.n_kish)

    def _above(self, level: Level, codes: pd.Index[Any]) -> pd.Series[Any]:
        """Return the territory of the next level that each territory lies in."""
        above = _CODE[_FROM_THE_TOP[_FROM_THE_TOP.index(level) - 1]]
        pairs = self.territories[[_CODE[level], above]].drop_duplicates(_CODE[level])
        return pairs.set_index(_CODE[level])[above].reindex(codes)

    def _mean_rows(self, level: Level, codes: pd.Index[Any], above: pd.DataFrame | None) -> pd.DataFrame:
        """Return the rows of mean scores; `above` are those of the next level."""
        rules, values = self.survey.estimation, self.sample["score"].to_numpy(np.float64)
        place = np.asarray(codes.get_indexer(pd.Index(self.sample[_CODE[level]])), dtype=np.int64)
        means = estimate_means(self.weighting.weights, values, place, places=len(codes), confidence=rules.confidence)
        smoothed, firms = means.value, self._firms(level, codes)
        if above is not None:
            parents = above.set_index("territory_code")["smoothed"].loc[self._above(level, codes)].to_numpy(np.float64)
            variance = float(np.nanvar(values))
            smoothed = shrink(means.value[:, None], parents[:, None], means.n_kish, variance=variance)[:, 0]
        low = is_low_reliability(means.cv, means.n, limit=rules.low_reliability_cv, minimum=rules.minimum_respondents)
        return pd.DataFrame(
            {
                "level": str(level),
                "territory_code": codes,
                "category": MEAN_SCORE,
                "value": means.value,
                "low": means.low,
                "high": means.high,
                "smoothed": np.where(firms > 0, smoothed, np.nan),
                "n": means.n,
                "n_in": means.n,
                "n_eff": np.nan_to_num(means.n_kish),
                "cv": means.cv,
                "is_low_reliability": low,
                "firms": firms,
            }
        )

    def _firms(self, level: Level, codes: pd.Index[Any]) -> NDArray[np.int64]:
        """Return how many firms of the population there are."""
        firms = self.counts.groupby(_CODE[level])["firms"].sum().reindex(codes, fill_value=0)
        return np.asarray(firms, dtype=np.int64)

    def _rows(
        self, level: Level, codes: pd.Index[Any], smoothed: FloatArray, groups: Mapping[str, tuple[str, ...]]
    ) -> pd.DataFrame:
        column = _CODE[level]
        firms = self._firms(level, codes)
        rules = self.survey.estimation
        parts = []
        for name, group in groups.items():
            others = tuple(category for category in self.scores.categories if category not in group)
            shares = self._shares(column, codes, [group, others])
            places = [self.scores.categories.index(category) for category in group]
            cv = shares.cv[:, 0]
            low = is_low_reliability(cv, shares.n, limit=rules.low_reliability_cv, minimum=rules.minimum_respondents)
            parts.append(
                pd.DataFrame(
                    {
                        "level": str(level),
                        "territory_code": codes,
                        "category": name,
                        "value": shares.value[:, 0],
                        "low": shares.low[:, 0],
                        "high": shares.high[:, 0],
                        "smoothed": np.where(firms > 0, smoothed[:, places].sum(axis=1), np.nan),
                        "n": shares.n,
                        "n_in": shares.n_in[:, 0],
                        "n_eff": np.nan_to_num(shares.n_eff[:, 0]),
                        "cv": cv,
                        "is_low_reliability": low,
                        "firms": firms,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)
