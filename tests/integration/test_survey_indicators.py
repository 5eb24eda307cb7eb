"""Answers of firms to a survey become observations: loaded, weighted, estimated, marked where they are unreliable.

What is expected is worked out here by loops and by the closed form of a raked table of two by two; nothing of
:mod:`atlante.maturity` takes part in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from small_country import Firm, fiscal_code, indicator, ingest, load_boundaries, numbered, small_catalogue

from atlante import pipeline
from atlante.errors import RejectedRows
from atlante.pipeline.surveys import SurveyIntake, load_survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

DAY, LATER = date(2024, 12, 31), date(2025, 6, 1)
SMALL, LARGE = "10-19", "100-249"
Z = NormalDist().inv_cdf(0.975)
CV_LIMIT, FEWEST = 0.2, 5
SURVEY = """
family = "tools"
version = "{version}"
title = {{ it = "a", en = "a", de = "a" }}
definition = {{ it = "a", en = "a", de = "a" }}
source = "a test"
basic_from = 1

[[items]]
code = "web"
title = {{ it = "a", en = "a", de = "a" }}

[[items]]
code = "{second}"
title = {{ it = "a", en = "a", de = "a" }}

[[levels]]
id = "none"
title = {{ it = "a", en = "a", de = "a" }}
lowest = 0
highest = 0

[[levels]]
id = "one"
title = {{ it = "a", en = "a", de = "a" }}
lowest = 1
highest = 1

[[levels]]
id = "both"
title = {{ it = "a", en = "a", de = "a" }}
lowest = 2
highest = 2

[estimation]
minimum_answered = 2
margins = ["region", "size"]
minimum_respondents = 5
minimum_cell = 1
largest_weight = 50.0
low_reliability_cv = 0.2

[population]
sizes = [{{ id = "small", lowest = 10, highest = 49 }}, {{ id = "large", lowest = 50 }}]
sectors = [{{ id = "all", title = {{ it = "a", en = "a", de = "a" }}, divisions = ["10-62"] }}]
"""
MODEL = """
is_own = true
survey = "tools_1"
minimum_answered = 2
source = "a test"
title = { it = "a", en = "a", de = "a" }
definition = { it = "a", en = "a", de = "a" }
axes = [{ id = "all", title = { it = "a", en = "a", de = "a" }, weight = 1.0, items = { web = 3.0, shop = 1.0 } }]
profiles = [
    { id = "timido", title = { it = "a", en = "a", de = "a" }, lowest = 0 },
    { id = "avanzato", title = { it = "a", en = "a", de = "a" }, lowest = 75 },
]
"""


def _asked(of: str, survey: str = "tools_1", more: str = "") -> str:
    return indicator(f'[survey]\nsurvey = "{survey}"\nof = "{of}"\n{more}', interval="design")


FILES = {
    "surveys/tools_1.toml": SURVEY.format(version="1", second="shop"),
    "surveys/tools_2.toml": SURVEY.format(version="2", second="robots"),
    "maturity/mine.toml": MODEL,
    "indicators/basic.toml": _asked("basic"),
    "indicators/none_or_both.toml": _asked("level", more='levels = ["both", "none"]'),
    "indicators/web.toml": _asked("item", more='item = "web"'),
    "indicators/score.toml": _asked("score"),
    "indicators/avanzato.toml": _asked("profile", more='model = "mine"\nlevels = ["avanzato"]'),
    "indicators/basic_2.toml": _asked("basic", "tools_2"),
}


@dataclass(frozen=True)
class Cell:
    """Firms of one municipality and size: how many there are, and what those who answered say of web and shop."""

    place: str
    staff: str
    firms: int
    answers: tuple[str, ...]

    @property
    def region(self) -> str:
        return "03" if self.place.startswith("A") else "01"


CELLS = (
    Cell("A001", SMALL, 40, ("nn", "yy", "yn", "yy", "yy")),
    Cell("A002", SMALL, 20, ("yn", "yy", "yy")),
    Cell("A001", LARGE, 20, ("yy", "yy", "yy", "ny", "yn", "nn")),
    Cell("B001", SMALL, 80, ("nn", "nn", "nn", "yn", "nn", "nn")),
    Cell("B001", LARGE, 30, ("yy", "yn", "nn", "nn")),
    Cell("B002", SMALL, 10, ()),
)
OUTSIDE = [Firm("A001", staff="1"), Firm("A001", "011000")]  # too small; of no sector of the survey


@dataclass(frozen=True)
class Answered:
    """A build of that survey: its database, its catalogue, and the indicators without a value."""

    url: str
    catalogue: Path
    lacking: tuple[str, ...]


@pytest.fixture(scope="module")
def answered(lasting_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """Return a database with the observations of that survey."""
    folder, url = tmp_path_factory.mktemp("answered"), lasting_database("answered")
    catalogue = small_catalogue(folder / "catalogue", FILES)
    load_boundaries(url)
    firms = [Firm(cell.place, staff=cell.staff) for cell in CELLS for _ in range(cell.firms)]
    ingest(url, catalogue, folder, DAY, numbered([*firms, *OUTSIDE]))
    said, number = [], 0
    for cell in CELLS:
        said += [(number + place, answer) for place, answer in enumerate(cell.answers, 1)]
        number += cell.firms
    said += [(number + 1, "yy"), (number + 2, "yy"), (number + 99, "yy")]  # outside; in no register
    _load(url, catalogue, _answers(folder, said))
    built = pipeline.build(url, catalogue, cache_dir=folder)
    return Answered(url, catalogue, built.build.not_available)


def _answers(folder: Path, said: Iterable[tuple[int, str]], *, version: str = "1", day: date = DAY) -> Path:
    """Write answers to web and to shop by the firm's number."""
    path = folder / "answers.csv"
    rows = [
        f"{fiscal_code(firm)},tools,{item},{version},{day},{'yes' if word == 'y' else 'no'}\n"
        for firm, words in said
        for item, word in zip(("web", "shop"), words, strict=True)
    ]
    path.write_text("firm,survey,item,version,date,answer\n" + "".join(rows), encoding="utf-8")
    return path


def _load(url: str, catalogue: Path, path: Path, survey: str = "tools_1", *, accept_rejects: bool = False) -> None:
    load_survey(url, catalogue, SurveyIntake(survey, path, LATER, accept_rejects=accept_rejects))


def _observed(url: str, indicator_id: str) -> dict[str, dict[str, Any]]:
    """Return the observations of an indicator by territory."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(
            "SELECT territory_code, value, low, high, smoothed, firms, numerator, is_low_reliability "
            "FROM measure.observation WHERE indicator_id = %s",
            (indicator_id,),
        )
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    assert len(rows) == 9
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows}


def _raked() -> dict[tuple[str, str], float]:
    """Return the weight of a respondent by region and size.

    A raked table of two by two has the odds ratio of the respondents and the margins of the register: its first cell
    x solves x (n - r - c + x) = ratio (r - x) (c - x).
    """
    n = {(region, staff): 0 for region in ("03", "01") for staff in (SMALL, LARGE)}
    firms = dict(n)
    for cell in CELLS:
        n[cell.region, cell.staff] += len(cell.answers)
        firms[cell.region, cell.staff] += cell.firms
    row = firms["03", SMALL] + firms["03", LARGE]
    column = firms["03", SMALL] + firms["01", SMALL]
    total = sum(firms.values())
    ratio = n["03", SMALL] * n["01", LARGE] / (n["03", LARGE] * n["01", SMALL])
    assert ratio != pytest.approx(firms["03", SMALL] * firms["01", LARGE] / (firms["03", LARGE] * firms["01", SMALL]))
    a, b, c = 1 - ratio, total - row - column + ratio * (row + column), -ratio * row * column
    x = (-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)
    fitted = {("03", SMALL): x, ("03", LARGE): row - x, ("01", SMALL): column - x}
    fitted["01", LARGE] = total - sum(fitted.values())
    assert min(fitted.values()) > 0
    return {cell: fitted[cell] / n[cell] for cell in n}


def _sample(territory: str, is_in: Callable[[str], bool]) -> list[tuple[float, float]]:
    """Return weight and 0 or 1 of each respondent of a territory."""
    weights = _raked()
    provinces = {"015": "03", "001": "01"}
    inside = {"IT": CELLS}.get(territory) or [
        cell for cell in CELLS if territory in (cell.place, cell.region) or provinces.get(territory) == cell.region
    ]
    return [(weights[cell.region, cell.staff], float(is_in(answer))) for cell in inside for answer in cell.answers]


@dataclass(frozen=True)
class Expected:
    """A share by hand: linearised variance, effective sample size, Wilson's interval, coefficient of variation."""

    value: float
    low: float
    high: float
    cv: float


def _share(sample: list[tuple[float, float]]) -> Expected:
    n, total = len(sample), sum(w for w, _ in sample)
    p = sum(w * y for w, y in sample) / total
    if p in (0, 1):
        n_eff = total**2 / sum(w**2 for w, _ in sample)
    else:
        variance = n / (n - 1) * sum(w**2 * (y - p) ** 2 for w, y in sample) / total**2
        n_eff = min(n, p * (1 - p) / variance)
    centre, width = p + Z**2 / (2 * n_eff), Z * math.sqrt(p * (1 - p) / n_eff + Z**2 / (4 * n_eff**2))
    low, high = ((centre + sign * width) / (1 + Z**2 / n_eff) for sign in (-1, 1))
    error = math.sqrt(p * (1 - p) / n_eff) if 0 < p < 1 else (high - low) / (2 * Z)
    return Expected(p, low, high, error / p if p else math.inf)


CATEGORIES: dict[str, Callable[[str], bool]] = {
    "basic": lambda answer: "y" in answer,
    "none_or_both": lambda answer: answer in ("nn", "yy"),
    "web": lambda answer: answer.startswith("y"),
    "avanzato": lambda answer: answer.startswith("y"),  # web weighs 3 of 4, and the profile begins at 75
}


@pytest.mark.parametrize("name", CATEGORIES)
def test_values_intervals_firms_and_reliability_are_those_worked_out_by_hand(answered: Answered, name: str) -> None:
    observed = _observed(answered.url, name)
    flags = set()
    for territory in ("A001", "A002", "B001", "015", "001", "03", "01", "IT"):
        sample, row = _sample(territory, CATEGORIES[name]), observed[territory]
        expected = _share(sample)
        assert row["value"] == pytest.approx(expected.value, rel=1e-6)
        assert (row["low"], row["high"]) == (
            pytest.approx(expected.low, rel=1e-6),
            pytest.approx(expected.high, rel=1e-6),
        )
        assert (row["firms"], row["numerator"]) == (len(sample), sum(y for _, y in sample))
        assert row["is_low_reliability"] == (expected.cv > CV_LIMIT or len(sample) < FEWEST)
        flags.add(row["is_low_reliability"])
    assert flags == {True, False}


def test_the_mean_score_is_weighted(answered: Answered) -> None:
    observed, weights = _observed(answered.url, "score"), _raked()
    sample = [(weights[cell.region, cell.staff], answer.count("y")) for cell in CELLS for answer in cell.answers]
    expected = sum(w * score for w, score in sample) / sum(w for w, _ in sample)
    assert observed["IT"]["value"] == pytest.approx(expected, rel=1e-6)
    assert observed["IT"]["firms"] == len(sample)


def _kish(territory: str) -> float:
    weights = [w for w, _ in _sample(territory, bool)]
    return sum(weights) ** 2 / sum(w * w for w in weights)


def test_regions_are_drawn_towards_the_country_and_who_has_no_answer_is_given_the_territory_above(
    answered: Answered,
) -> None:
    """The similarity rho of regions is solved from the mean square of their differences, as Kleinman has it."""
    levels = [lambda answer, word=word: sorted(answer) == sorted(word) for word in ("nn", "yn", "yy")]
    country = [_share(_sample("IT", level)).value for level in levels]
    distances, sizes = [], []
    for region in ("03", "01"):
        for parent, level in zip(country, levels, strict=True):
            own = _share(_sample(region, level)).value
            distances.append(_kish(region) * (own - parent) ** 2 / (parent * (1 - parent)))
            sizes.append(_kish(region) - 1)
    rho = min(1, max(0, (sum(distances) - len(sizes)) / sum(sizes)))
    assert 0 < rho < 1
    observed = _observed(answered.url, "basic")
    for region in ("03", "01"):
        trust = _kish(region) * rho / (_kish(region) * rho + 1 - rho)
        own, parent = (_share(_sample(place, CATEGORIES["basic"])).value for place in (region, "IT"))
        assert observed[region]["smoothed"] == pytest.approx(trust * own + (1 - trust) * parent, rel=1e-6)
    nobody = observed["B002"]
    assert (nobody["value"], nobody["low"], nobody["firms"], nobody["is_low_reliability"]) == (None, None, 0, False)
    assert nobody["smoothed"] == pytest.approx(observed["001"]["smoothed"])
    own, smoothed, parent = observed["A002"]["value"], observed["A002"]["smoothed"], observed["015"]["smoothed"]
    assert min(own, parent) <= smoothed <= max(own, parent)


def test_a_version_that_nobody_answered_is_not_available_beside_one_that_is(
    answered: Answered,
) -> None:
    assert answered.lacking == ("basic_2",)
    assert {(row["value"], row["smoothed"], row["firms"]) for row in _observed(answered.url, "basic_2").values()} == {
        (None, None, 0)
    }


def test_a_release_states_what_can_be_relied_on(answered: Answered) -> None:
    """Of the regions and the country nothing is withheld: all rest on ten firms or more."""
    pipeline.make_release(answered.url, answered.catalogue)
    with psycopg.connect(answered.url) as connection:
        rows = connection.execute(
            "SELECT properties ->> 'code', properties ->> 'indicator', properties ->> 'status' FROM publish.feature "
            "WHERE collection_id IN ('observations-regions', 'observations-countries')"
        ).fetchall()
    told = {(code, name): status for code, name, status in rows}
    for name in ("basic", "web"):
        for code, row in _observed(answered.url, name).items():
            if code in ("03", "01", "IT"):
                assert told[code, name] == ("low-reliability" if row["is_low_reliability"] else "value")
    assert {told["03", "basic"], told["01", "basic"]} == {"value", "low-reliability"}
    assert told["IT", "basic_2"] == "not-available"


@pytest.fixture
def register(database: str, tmp_path: Path) -> tuple[str, Path]:
    """Return a database with ten firms and two that the survey is not about, and the catalogue."""
    catalogue = small_catalogue(tmp_path / "catalogue", FILES)
    load_boundaries(database)
    ingest(database, catalogue, tmp_path, DAY, numbered([Firm("A001")] * 10 + OUTSIDE))
    return database, catalogue


def test_an_answer_to_another_version_is_refused_by_name_and_becomes_no_number(
    register: tuple[str, Path], tmp_path: Path
) -> None:
    url, catalogue = register
    path = _answers(tmp_path, [(1, "yy"), (2, "yn")], version="2")
    told: list[Any] = []
    with pytest.raises(RejectedRows, match="4 of the 4 rows"):
        load_survey(
            url, catalogue, SurveyIntake("tools_1", path, LATER), on_read=lambda read: told.extend(read.rejects.reason)
        )
    assert set(told) == {"item of another version"}
    with pytest.raises(RejectedRows, match="2 of the 4 rows"):  # of the second version, but 'shop' is of the first
        load_survey(
            url, catalogue, SurveyIntake("tools_2", path, LATER), on_read=lambda read: told.extend(read.rejects.reason)
        )
    assert told[-1] == "item of another version: 1"
    _load(url, catalogue, path, "tools_2", accept_rejects=True)
    built = pipeline.build(url, catalogue, cache_dir=tmp_path)
    assert built.build.indicators == ()  # one of two items is too little for the second version, none for the first


def test_answers_after_the_reference_date_or_of_none_of_the_firms_that_are_asked_are_not_available(
    register: tuple[str, Path], tmp_path: Path
) -> None:
    url, catalogue = register
    _load(url, catalogue, _answers(tmp_path, [(number, "yy") for number in range(1, 11)], day=LATER))
    assert pipeline.build(url, catalogue, cache_dir=tmp_path).build.indicators == ()
    _load(url, catalogue, _answers(tmp_path, [(500, "yy"), (11, "yy"), (12, "yn")]))
    assert pipeline.build(url, catalogue, cache_dir=tmp_path).build.indicators == ()
    assert _observed(url, "basic")["IT"]["value"] is None


def test_everybody_saying_yes_is_a_share_of_1_with_an_interval_below_it(
    register: tuple[str, Path], tmp_path: Path
) -> None:
    """Wilson's interval of ten of ten."""
    url, catalogue = register
    _load(url, catalogue, _answers(tmp_path, [(number, "yy") for number in range(1, 11)]))
    pipeline.build(url, catalogue, cache_dir=tmp_path)
    country = _observed(url, "basic")["IT"]
    assert (country["value"], country["high"]) == (1, 1)
    assert country["low"] == pytest.approx(10 / (10 + Z**2))
