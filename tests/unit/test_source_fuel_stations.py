"""The register of fuel stations: the ministry's own file and copies of it, with the defects of the real ones."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from atlante.catalogue.sources import SourceDefinition, load_sources
from atlante.registers import read_register
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 7, 1)
HEADER = (
    "idImpianto", "Gestore", "Bandiera", "Tipo Impianto", "Nome Impianto", "Indirizzo", "Comune", "Provincia",
    "Latitudine", "Longitudine",
)  # fmt: skip
STATION = ("52614", "ALFA S.R.L.", "Bianca", "Stradale", "Alfa", "VIA ROMA 1 20100", "MILANO", "MI", "45.46", "9.19")


@pytest.fixture(scope="module")
def source() -> SourceDefinition:
    return load_sources(default_catalogue_dir())["fuel_stations"]


def read(path: Path, source: SourceDefinition, text: str, as_of: date | None = None) -> list[dict[str, Any]]:
    path.write_text(text, encoding="utf-8")
    extract = read_register(path, source, as_of=as_of, today=TODAY)
    assert len(extract.rejects) == 0
    assert extract.rows_in_file == len(extract.rows)
    rows = extract.rows.astype(object).where(extract.rows.notna(), None)
    return [
        {str(name): value for name, value in row.items()} | {"reference_date": extract.reference_date}
        for row in rows.to_dict("records")
    ]


def station(**changed: str) -> tuple[str, ...]:
    return tuple(changed.get(name.replace(" ", "_"), value) for name, value in zip(HEADER, STATION, strict=True))


@pytest.mark.parametrize("separator", [";", "|"])
def test_the_ministrys_own_file_says_its_day_in_its_first_line(
    separator: str, tmp_path: Path, source: SourceDefinition
) -> None:
    lines = ["Estrazione del 2024-11-23", separator.join(HEADER), separator.join(STATION)]
    (row,) = read(tmp_path / "anagrafica_impianti_attivi.csv", source, "\n".join(lines) + "\n")
    assert row["reference_date"] == date(2024, 11, 23)
    assert (row["name"], row["declared_municipality"], row["declared_province"]) == ("Alfa", "MILANO", "MI")
    assert (row["longitude"], row["latitude"]) == (9.19, 45.46)


def test_a_copy_in_commas_may_begin_with_a_byte_order_mark(tmp_path: Path, source: SourceDefinition) -> None:
    address = station(Indirizzo='"VIA ROMA, 1"')
    text = "\ufeff" + ",".join(HEADER) + "\n" + ",".join(address) + "\n"
    (row,) = read(tmp_path / "fuel_stations_2022-03.csv", source, text, as_of=date(2022, 3, 15))
    assert (row["declared_municipality"], row["longitude"]) == ("MILANO", 9.19)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("NaN", "NaN"), ("0", "0"), ("0.0", "0.0"), ("MI", "45.46"), ("", ""), ("45,46", "x")]
)
def test_a_point_that_is_none_leaves_the_rest_of_the_row(
    latitude: str, longitude: str, tmp_path: Path, source: SourceDefinition
) -> None:
    lines = ["Estrazione del 2024-11-23", "|".join(HEADER)]
    lines.append("|".join(station(Latitudine=latitude, Longitudine=longitude)))
    (row,) = read(tmp_path / "anagrafica_impianti_attivi.csv", source, "\n".join(lines) + "\n")
    assert (row["longitude"], row["latitude"]) == (None, None)
    assert row["declared_municipality"] == "MILANO"


def test_what_is_not_declared_is_written_nan(tmp_path: Path, source: SourceDefinition) -> None:
    lines = ["Estrazione del 2024-11-23", "|".join(HEADER), "|".join(station(Comune="NaN", Provincia="NaN"))]
    (row,) = read(tmp_path / "anagrafica_impianti_attivi.csv", source, "\n".join(lines) + "\n")
    assert (row["declared_municipality"], row["declared_province"]) == (None, None)


@pytest.mark.shared_data
def test_every_row_of_the_real_file_is_accepted(shared_data: Path, source: SourceDefinition) -> None:
    """21,406 stations; 44 rows have no point: 2 say NaN, 42 show the sigla of a slipped row or worse under latitude."""
    file = shared_data / "firms/fuel_stations_2022-03.csv"
    extract = read_register(file, source, as_of=date(2022, 3, 15), today=TODAY)
    assert (extract.rows_in_file, len(extract.rows), len(extract.rejects)) == (21_406, 21_406, 0)
