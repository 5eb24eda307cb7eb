"""Invented answers to a survey: calibrated to published results, and biased in a known way.

Every firm of the population gets a score; the shares that reach a level are the published ones, higher in the North, in
larger firms and in information and communication. Then some firms answer, by their own choice: large ones, those of the
North and those that have more to tell do so more often. Which share is true is known, so that one sees what weighting
mends. The gradients and the bias are inventions; each row of a file says that it is one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from scipy.optimize import brentq
from scipy.special import expit, logit

from atlante.errors import InvalidSetting
from atlante.maturity.answers import SYNTHETIC_MARK

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from numpy.typing import NDArray

    from atlante.catalogue.surveys import Published, Survey

type FloatArray = NDArray[np.float64]

_NORTH: Final = frozenset(f"{n:02}" for n in range(1, 9))
_CENTRE: Final = frozenset(f"{n:02}" for n in range(9, 13))
# In log-odds of reaching a level; published shares stay as they are.
_AREA_EFFECT: Final = {"north": 0.15, "centre": 0.0, "south": -0.35}
_SIZE_EFFECT: Final = 0.9  # of each size class over the one below
_SECTOR_EFFECT: Final = {"information-communication": 0.9, "accommodation-food": -0.2, "construction": -0.4}
# How much more often a firm answers; the bias that weighting by region, sector and size mends but for the last one.
_AREA_RESPONSE: Final = {"north": 1.5, "centre": 1.0, "south": 0.5}
_SIZE_RESPONSE: Final = 2.5  # of each size class over the one below
_SECTOR_RESPONSE: Final = {"information-communication": 2.0}
_SCORE_RESPONSE: Final = 1.02  # of each point
_FALLING: Final = 0.65  # of firms at one score, as many have one point more where nothing is published
_UNPUBLISHED_SHARE: Final = 0.35  # of firms that say yes to an item
_OPEN: Final = 0.005  # of answers are left open
_COLUMNS: Final = ("codice_fiscale", "indagine", "voce", "versione", "data", "risposta", "provenienza")


@dataclass(frozen=True, slots=True)
class SyntheticSurvey:
    """An invented survey.

    Attributes
    ----------
    firms
        The population: the columns given, ``score``, and ``has_answered``.
    answers
        Answers of those who answered: ``firm_id``, ``item``, ``answered_on``, ``answer`` (nan: left open).
    """

    survey: Survey
    firms: pd.DataFrame
    answers: pd.DataFrame

    def write(self, path: Path) -> None:
        """Write the answers as `atlante survey load` reads them: Parquet if the name ends so, otherwise CSV."""
        words = self.answers["answer"].map({1.0: "sì", 0.0: "no"}).fillna("")
        columns = [
            self.answers["firm_id"],
            self.survey.family,
            self.answers["item"],
            self.survey.version,
            self.answers["answered_on"].map(str),
            words,
            SYNTHETIC_MARK,
        ]
        table = pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(pa.Table.from_pandas(table, preserve_index=False), path)
        else:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(_COLUMNS)
                writer.writerows(table.itertuples(index=False, name=None))


def survey_file_name(survey_id: str, day: dt.date, suffix: str = ".csv") -> str:
    """Return the name that says what the file is.

    >>> import datetime
    >>> survey_file_name("dii_2023", datetime.date(2024, 5, 31))
    'INDAGINE_SINTETICA_dii_2023_2024-05-31.csv'
    """
    return f"INDAGINE_SINTETICA_{survey_id}_{day:%Y-%m-%d}{suffix}"


def invent_survey(
    firms: pd.DataFrame, survey: Survey, *, respondents: int, seed: int, answered_on: dt.date
) -> SyntheticSurvey:
    """Return scores for all firms of a population, and the answers of those who choose to answer.

    Parameters
    ----------
    firms
        Columns ``firm_id``, ``region_code`` (ISTAT), ``sector``, ``size``, all inside the population; others are kept.
    survey
        A version with yes/no items, levels and published results.
    respondents
        How many answer; all, if there are fewer firms.
    seed
        The same seed gives the same answers of the same firms.

    Raises
    ------
    InvalidSetting
        If there is nobody to answer, or the survey has nothing to be calibrated to.
    """
    if respondents < 1 or firms.empty:
        raise InvalidSetting("respondents", respondents, f"at least 1 of {len(firms):,} firms of the population")
    if not survey.published or not survey.levels or any(item.kind != "yes-no" for item in survey.items):
        expected = "a survey of yes/no items with levels and published results"
        raise InvalidSetting("survey", survey.survey_id, expected)
    rng = np.random.Generator(np.random.PCG64(seed))
    population = firms.sort_values("firm_id", ignore_index=True)
    population["score"] = _scores(population, survey, rng)
    chosen = _who_answers(population, survey, respondents, rng)
    population["has_answered"] = chosen
    sample = population[chosen]
    return SyntheticSurvey(survey, population, _answers(sample, survey, answered_on, rng))


def _areas(region_codes: pd.Series[Any]) -> pd.Series[Any]:
    areas = {code: _area(code) for code in region_codes.unique()}
    return region_codes.map(areas)


def _area(region_code: str) -> str:
    if region_code in _NORTH:
        return "north"
    return "centre" if region_code in _CENTRE else "south"


def _ranks(sizes: pd.Series[Any], survey: Survey) -> FloatArray:
    order = {size.id: float(rank) for rank, size in enumerate(survey.population.sizes)}
    ranks: FloatArray = np.array(sizes.map(order), dtype=np.float64)
    return ranks


def _scores(firms: pd.DataFrame, survey: Survey, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a score for each firm."""
    effect = _areas(firms["region_code"]).map(_AREA_EFFECT).to_numpy(np.float64)
    effect = effect + _SIZE_EFFECT * _ranks(firms["size"], survey)
    effect = effect + firms["sector"].map(_SECTOR_EFFECT).fillna(0).to_numpy(np.float64)
    draws, within = rng.random(len(firms)), rng.random(len(firms))
    scores = np.zeros(len(firms), dtype=np.int64)
    for published, sizes in _calibrations(survey):
        is_here = firms["size"].isin(sizes).to_numpy()
        if is_here.any():
            scores[is_here] = _scores_of(effect[is_here], draws[is_here], within[is_here], survey, published)
    return scores


def _calibrations(survey: Survey) -> list[tuple[Published, tuple[str, ...]]]:
    """Return the published results with the sizes that follow them; sizes without any follow the last ones before."""
    by_size = {size: published for published in survey.published for size in published.sizes}
    followed: dict[int, tuple[Published, list[str]]] = {}
    latest = survey.published[0]
    for size in survey.population.sizes:
        latest = by_size.get(size.id, latest)
        followed.setdefault(id(latest), (latest, []))[1].append(size.id)
    return [(published, tuple(sizes)) for published, sizes in followed.values()]


def _scores_of(
    effect: FloatArray, draws: FloatArray, within: FloatArray, survey: Survey, published: Published
) -> NDArray[np.int64]:
    """Return scores such that the published shares reach their levels, whatever the effects add up to."""
    levels = [level for level in survey.levels if level.id in published.at_least]
    begins = [0, *(level.lowest for level in levels)]
    ends = [*(begin - 1 for begin in begins[1:]), survey.levels[-1].highest]
    band = np.zeros(len(effect), dtype=np.int64)
    for level in levels:
        band += draws < expit(effect + _intercept(effect, published.at_least[level.id]))
    scores = np.zeros(len(effect), dtype=np.int64)
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        is_top = number == len(levels)
        weights = np.power(_FALLING if is_top else 1.0, np.arange(end - begin + 1))
        bounds = np.cumsum(weights) / weights.sum()
        is_here = band == number
        scores[is_here] = begin + np.searchsorted(bounds[:-1], within[is_here], side="right")
    return scores


def _intercept(effect: FloatArray, share: float) -> float:
    """Return what is added to the effects for the mean probability to be a share."""
    reach = float(np.abs(effect).max()) + 1
    middle = float(logit(share))
    return float(brentq(lambda add: float(expit(effect + add).mean()) - share, middle - reach, middle + reach))


def _who_answers(firms: pd.DataFrame, survey: Survey, respondents: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return who answers: some drawn without replacement, with unequal chances (Efraimidis & Spirakis 2006)."""
    chances: FloatArray = np.array(_areas(firms["region_code"]).map(_AREA_RESPONSE), dtype=np.float64)
    chances = chances * _SIZE_RESPONSE ** _ranks(firms["size"], survey)
    chances = chances * firms["sector"].map(_SECTOR_RESPONSE).fillna(1).to_numpy(np.float64)
    chances = chances * _SCORE_RESPONSE ** firms["score"].to_numpy(np.float64)
    keys = np.log(chances) + rng.gumbel(size=len(firms))
    chosen = np.zeros(len(firms), dtype=bool)
    chosen[np.argsort(-keys)[:respondents]] = True
    return chosen


def _answers(sample: pd.DataFrame, survey: Survey, day: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Return a yes to as many items as each firm's score says, to those more often that more firms say yes to."""
    shares = np.array([item.share or _UNPUBLISHED_SHARE for item in survey.items])
    shape = len(sample), len(shares)
    order = np.argsort(np.argsort(-(logit(shares) + rng.gumbel(size=shape)), axis=1), axis=1)
    answers = (order < sample["score"].to_numpy()[:, None]).astype(np.float64)
    answers[rng.random(shape) < _OPEN] = np.nan
    return pd.DataFrame(
        {
            "firm_id": np.repeat(sample["firm_id"].to_numpy(dtype=object), len(shares)),
            "item": np.tile(np.array(survey.codes, dtype=object), len(sample)),
            "answered_on": day,
            "answer": answers.ravel(),
        }
    )
