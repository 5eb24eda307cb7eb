"""The real register: the same numbers by another road, and no withheld number that can be computed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import psycopg
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.stats import entropy

from atlante import pipeline
from atlante.catalogue.indicators import load_indicators
from atlante.catalogue.publication import load_publication
from atlante.disclosure import Rule, protect
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.shared_data

AUDIT = (Path(__file__).parent / "municipalities_add_up.sql").read_text(encoding="utf-8")
COLUMNS = ["level", "territory_code", "indicator_id", "period", "value", "numerator", "firms", "firms_unknown"]
PARENTS = """
SELECT municipality_code, province_code FROM territory.municipality
UNION ALL SELECT province_code, region_code FROM territory.province
UNION ALL SELECT region_code, 'IT' FROM territory.region
"""
UNPLACED = """
SELECT firm.row_number FROM register.firm AS firm
INNER JOIN register.firm_placement AS placement USING (source_id, firm_id)
WHERE placement.municipality_code IS NULL
"""


@pytest.fixture
def file(shared_data: Path) -> Path:
    return shared_data / "firms" / "innovative_startups_2025-05-19.csv"


@pytest.fixture
def built(italy: str, file: Path) -> Iterator[psycopg.Connection]:
    """Return a connection to a database with a build of the real register."""
    catalogue = default_catalogue_dir()
    intake = pipeline.Intake("innovative_startups_table", file, today=dt.date(2025, 6, 1), accept_rejects=True)
    pipeline.ingest(italy, catalogue, intake)
    pipeline.build(italy, catalogue)
    with psycopg.connect(italy) as connection:
        yield connection


def _observations(connection: psycopg.Connection) -> pd.DataFrame:
    """Return the observations of all firms together."""
    statement = f"SELECT {', '.join(COLUMNS)} FROM measure.observation WHERE filiera = '' AND breakdown = ''"
    rows = connection.execute(statement).fetchall()
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(parent_code=table["territory_code"].map(dict(connection.execute(PARENTS).fetchall())))


def test_italy_is_what_pandas_counts_in_the_file_and_every_level_adds_up_to_it(
    built: psycopg.Connection, file: Path
) -> None:
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    rows.index += 2  # lines of the file: the first is the header
    rows = rows.drop(index=[line for (line,) in built.execute(UNPLACED).fetchall()])
    years = rows["Data_Iscrizione_StartUp"].str[-4:].value_counts()
    women = rows["PrevalenzaFemminile"].value_counts()
    divisions = rows["AtecoCode"][rows["AtecoCode"] != "NC"].str[:2].value_counts()
    table = _observations(built)
    italy = table[table["level"] == "country"].set_index(["indicator_id", "period"])["value"]
    stock = italy.xs("2025-05-19", level="period")
    assert stock["innovative_startups"] == len(rows)
    assert stock["rnd_share"] == (rows["SpeseRnD"] == "SI").mean()
    assert stock["patent_share"] == (rows["PossessoBrevetti"] == "SI").mean()
    assert stock["qualified_staff_share"] == (rows["ForzaLavoroTitoli"] == "SI").mean()
    assert stock["women_led_share"] == pytest.approx(1 - women["NO"] / (len(rows) - women["no data"]))
    assert stock["activity_diversity"] == pytest.approx(np.exp(entropy(divisions)))
    assert italy["registrations"].astype(int).to_dict() == {str(year): years[str(year)] for year in range(2013, 2026)}
    assert built.execute(AUDIT).fetchall() == []


def _equations(table: pd.DataFrame) -> csr_array:
    """Return the law that every territory is the sum of its parts, a row a whole; wholes times -1."""
    position = {code: i for i, code in enumerate(table["territory_code"])}
    above = table["parent_code"].map(position)
    parts = np.flatnonzero(above.notna())
    wholes = np.unique(above.iloc[parts].astype(int))
    rows = np.concatenate([above.iloc[parts].astype(int), wholes])
    columns = np.concatenate([parts, wholes])
    signs = np.concatenate([np.ones(len(parts)), -np.ones(len(wholes))])
    return csr_array((signs, (rows, columns)), shape=(len(table), len(table)))


def _determined(table: pd.DataFrame, withheld: np.ndarray) -> list[str]:
    """Return the withheld territories whose numerator is the same in every country that fits what is published.

    Other countries are looked for by linear programming: at random, then one by one for the cells left over.
    """
    truth, firms = table["numerator"].to_numpy(), table["firms"].to_numpy()
    bounds = np.column_stack([np.where(withheld, 0, truth), np.where(withheld, firms, truth)])
    equations, random = _equations(table), np.random.default_rng(1)

    def differs(goal: np.ndarray) -> np.ndarray:
        other = linprog(goal, A_eq=equations, b_eq=np.zeros(len(table)), bounds=bounds).x
        return np.abs(other - truth) > 0.5

    is_open = np.any([differs(random.normal(size=len(table))) for _ in range(30)], axis=0)
    for cell in np.flatnonzero(withheld & ~is_open):
        is_open[cell] = any(differs(sign * np.eye(1, len(table), cell)[0])[cell] for sign in (-1, 1))
    return table["territory_code"][withheld & ~is_open].tolist()


def _of(indicator_id: str, observations: pd.DataFrame) -> pd.DataFrame:
    return observations[observations["indicator_id"] == indicator_id].reset_index(drop=True)


def test_of_every_withheld_numerator_another_value_fits_all_that_is_published(built: psycopg.Connection) -> None:
    observations = _observations(built)
    catalogue = load_indicators(default_catalogue_dir())
    shares = {name for name in catalogue.protected if catalogue.indicators[name].kind == "share"}
    protected = shares & set(observations.loc[observations["value"].notna(), "indicator_id"])
    assert len(protected) >= 4
    publication = load_publication(default_catalogue_dir())
    rule = Rule(publication.threshold, publication.pool, publication.decoy_share, key=b"a key of this test")
    status = protect(observations, protected=protected, rule=rule)
    for indicator_id in sorted(protected):
        table = _of(indicator_id, observations)
        withheld = (_of(indicator_id, observations.assign(status=status))["status"] == "suppressed").to_numpy()
        withheld = withheld & (table["firms"] > 0).to_numpy()  # where nobody answered there is no numerator
        assert withheld.sum() > 1_000
        assert (indicator_id, _determined(table, withheld)) == (indicator_id, [])


def test_the_same_search_undoes_a_protection_that_withholds_small_cells_alone(built: psycopg.Connection) -> None:
    table = _of("rnd_share", _observations(built))
    assert len(_determined(table, table["firms"].between(1, 2).to_numpy())) > 10
