"""An invented register in the official format, with the official format's defects, for demonstration and tests.

The same seed gives the same bytes: only `Generator.random` is drawn and compared with whole numbers, so no rounding of
a platform can show.
"""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from atlante.errors import InvalidSetting
from atlante.registers import synthetic_mix as mix
from atlante.registers.arrays import join_texts
from atlante.registers.marks import FIRM_MARK, LEGEND_MARK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

type Texts = NDArray[np.object_]

_FIRST_DAY: Final = date(2013, 1, 1)
# The official header, word for word, and how wide each column is padded.
_COLUMNS: Final = {
    "denominazione": 60,
    "nat.giuridica": 45,
    "codice fiscale ": 16,
    "pv": 2,
    "comune": 40,
    "data iscrizione alla sezione delle startup": 10,
    "data iscrizione al Registro Imprese": 10,
    "data inizio dell'esercizio effettivo dell'attività": 10,
    "ateco 2007": 6,
    "settore": 22,
    "attivita": 10,
    "sito internet": 10,
    "regione": 22,
    "sezione attivita": 2,
    "classe addetti": 1,
    "classe val.prod.": 1,
    "alto valore tecnologico": 2,
    "vocazione sociale": 2,
    "classe cap.sociale": 2,
    "spese in ricerca e sviluppo ": 2,
    "forza lavoro con titoli ": 2,
    "possesso di brevetti ": 2,
    "data dichiarazione": 10,
    "prevalenza femminile ": 13,
    "prevalenza giovanile ": 13,
    "prevalenza straniera ": 13,
}
_LEGEND: Final = (
    "",
    "(1) classe di produzione, fino a mila euro: A 100, B 500, C 1000, D 2000, E 5000, F 10000, G 50000, H oltre",
    "(2) classe di addetti: A 0-4, B 5-9, C 10-19, D 20-49, E 50-249, F almeno 250",
    f"{LEGEND_MARK}: imprese inventate da Atlante, nessuna è nel Registro delle Imprese",
)
_SOCIETY: Final = "SOCIETA' A RESPONSABILITA' LIMITATA"
_DAMAGES: Final = (
    ("codice fiscale ", "1234567890"),
    ("data iscrizione al Registro Imprese", "31/02/2020"),
    ("data inizio dell'esercizio effettivo dell'attività", "01/01/2999"),
    ("comune", ""),
    ("possesso di brevetti ", "FORSE"),
    ("denominazione", "IMPRESA SINTETICA | CON UN SEPARATORE"),
)


def synthetic_file_name(reference_date: date) -> str:
    """Return the name that says what the file is and which day it shows.

    >>> synthetic_file_name(date(2025, 5, 19))
    'STARTUP_SINTETICO_19052025.csv'
    """
    return f"STARTUP_SINTETICO_{reference_date:%d%m%Y}.csv"


def write_synthetic_register(
    path: Path, *, firms: int, seed: int, municipalities: pd.DataFrame, reference_date: date, malformed: int = 0
) -> None:
    """Write an invented register; every firm's name and the legend say that it is one.

    Parameters
    ----------
    path
        Use :func:`synthetic_file_name` for its last part.
    municipalities
        Columns ``municipality_code``, ``name`` (bilingual ones with a slash), ``sigla``, ``region``, ``population``.
        Seats are drawn by population.
    malformed
        Rows to write beside the firms that no reader should accept, of six kinds in turn.

    Raises
    ------
    InvalidSetting
        If there is no firm to write, or the reference date is before the section existed.
    """
    _check_request(firms, reference_date)
    draw = _Draw(np.random.Generator(np.random.PCG64(seed)), firms)
    columns = _firms(draw, municipalities, reference_date)
    lines = _padded_lines(columns)
    if malformed:
        lines = _with_damaged(lines, columns, malformed)
    content = "\n".join(["|".join(_COLUMNS), *lines, *_LEGEND, ""])
    path.write_bytes(content.encode("latin-1"))


def _check_request(firms: int, reference_date: date) -> None:
    if firms < 1:
        raise InvalidSetting("firms", firms, "at least 1")
    if reference_date < _FIRST_DAY:
        raise InvalidSetting("reference date", str(reference_date), f"a day from {_FIRST_DAY} on")


class _Draw:
    """Random draws for all firms at once."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        self._rng, self.n = rng, n

    def below(self, limit: int) -> NDArray[np.int64]:
        """Return whole numbers from 0 to limit - 1."""
        return (self._rng.random(self.n) * limit).astype(np.int64)

    def places(self, weights: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return positions, each as often as its weight says."""
        bounds = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(bounds, self.below(int(bounds[-1])), side="right")

    def texts(self, counts: Mapping[str, int]) -> Texts:
        """Return texts, each as often as its count says."""
        return np.array(list(counts), dtype=object)[self.places(list(counts.values()))]


def _firms(draw: _Draw, municipalities: pd.DataFrame, reference_date: date) -> dict[str, Texts]:
    """Return the columns of all firms; those that are left out here are blank."""
    numbers = np.arange(1, draw.n + 1)
    special, registration, start = _dates(draw, reference_date)
    seats, provinces, regions = _seats(draw, municipalities)
    activities = draw.texts(mix.ACTIVITIES)
    sectors = {activity: mix.sector_of(activity) for activity in mix.ACTIVITIES}
    return {
        "denominazione": np.array([f"{FIRM_MARK} {number:06d} S.R.L." for number in numbers], dtype=object),
        "nat.giuridica": np.full(draw.n, _SOCIETY, dtype=object),
        "codice fiscale ": np.array([f"99{number:09d}" for number in numbers], dtype=object),
        "pv": provinces,
        "comune": seats,
        "data iscrizione alla sezione delle startup": special,
        "data iscrizione al Registro Imprese": registration,
        "data inizio dell'esercizio effettivo dell'attività": start,
        "ateco 2007": activities,
        "settore": np.array([sectors[activity] for activity in activities], dtype=object),
        "regione": regions,
        "classe addetti": draw.texts(mix.STAFF),
        "classe val.prod.": draw.texts(mix.PRODUCTION),
        "alto valore tecnologico": draw.texts(mix.HIGH_TECH),
        "classe cap.sociale": draw.texts(mix.CAPITAL),
        "spese in ricerca e sviluppo ": draw.texts(mix.RND),
        "forza lavoro con titoli ": draw.texts(mix.QUALIFIED_STAFF),
        "possesso di brevetti ": draw.texts(mix.PATENTS),
        "prevalenza femminile ": draw.texts(mix.WOMEN_LED),
        "prevalenza giovanile ": draw.texts(mix.YOUNG_LED),
        "prevalenza straniera ": draw.texts(mix.FOREIGN_LED),
    }


def _seats(draw: _Draw, municipalities: pd.DataFrame) -> tuple[Texts, Texts, Texts]:
    """Return municipality, province and region as the chambers write them; a few seats are abroad."""
    known = municipalities.sort_values("municipality_code")  # whatever order the caller's table has
    population = known["population"].fillna(0).to_numpy(dtype=np.int64)
    places = draw.places(population if population.any() else np.ones_like(population))
    names = np.array([_municipality_as_declared(name) for name in known["name"]], dtype=object)[places]
    provinces = np.array([mix.CHAMBER_CODES.get(sigla, sigla) for sigla in known["sigla"]], dtype=object)[places]
    regions = np.array([_upper_one_sided(name) for name in known["region"]], dtype=object)[places]
    abroad = list(mix.FOREIGN_SEATS)
    is_abroad = draw.below(mix.LISTED) < sum(mix.FOREIGN_SEATS.values())
    for firm, place in zip(
        np.flatnonzero(is_abroad), draw.places(list(mix.FOREIGN_SEATS.values()))[is_abroad], strict=True
    ):
        names[firm], provinces[firm] = abroad[place]
        regions[firm] = mix.REGION_OF_PROVINCE[provinces[firm]]
    return names, provinces, regions


def _municipality_as_declared(name: str) -> str:
    upper = _upper_one_sided(name)
    return mix.SHORT_NAMES.get(upper, upper)


def _upper_one_sided(name: str) -> str:
    """Return the Italian side in capitals, an accent at a word's end as an apostrophe, other accents left out.

    >>> _upper_one_sided("Forlì"), _upper_one_sided("San Dorligo della Valle-Dolina"), _upper_one_sided("Bolzano/Bozen")
    ("FORLI'", 'SAN DORLIGO DELLA VALLE-DOLINA', 'BOLZANO')
    """
    words = name.split("/", maxsplit=1)[0].strip().upper().split(" ")
    plain = ["".join(filter(str.isascii, unicodedata.normalize("NFKD", word))) for word in words]
    return " ".join(
        letters + "'" if word and not word[-1].isascii() else letters
        for word, letters in zip(words, plain, strict=True)
    )


def _dates(draw: _Draw, reference_date: date) -> tuple[Texts, Texts, Texts]:
    """Return the dates of the special section, of the register and of the start, none after the reference date."""
    last = (reference_date - _FIRST_DAY).days
    years = range(_FIRST_DAY.year, reference_date.year + 1)
    latest_known = max(mix.YEARS)
    weights = [mix.YEARS.get(year, mix.YEARS[latest_known]) * 366 for year in years]
    weights[-1] = max(1, weights[-1] // 366 * reference_date.timetuple().tm_yday)
    first_days = np.array([(date(year, 1, 1) - _FIRST_DAY).days for year in [*years, reference_date.year + 1]])
    chosen = draw.places(weights)
    lengths = np.minimum(first_days[1:], last + 1) - first_days[:-1]
    special = first_days[chosen] + draw.below(2**30) % lengths[chosen]
    registered = special - np.where(draw.below(3) == 0, draw.below(900), 0)
    moved = np.where(draw.below(20) == 0, draw.below(700), 0)  # a move to another chamber renews the registration
    registered += np.where(registered + moved > last, 0, moved)
    started = np.minimum(registered, special) - draw.below(60)
    written = _WrittenDays(last)
    start = written.of(started)
    start[draw.below(mix.LISTED) < 73] = ""  # noqa: PLR2004 - rows without a start among those listed
    return written.of(special), written.of(registered), start


class _WrittenDays:
    """Days as the export writes them, each written once."""

    def __init__(self, last: int) -> None:
        self._before = 1000
        days = (_FIRST_DAY + timedelta(days=number) for number in range(-self._before, last + 1))
        self._texts = np.array([f"{day:%d/%m/%Y}" for day in days], dtype=object)

    def of(self, numbers: NDArray[np.int64]) -> Texts:
        """Return the texts of days counted from the first one."""
        return self._texts[numbers + self._before]


def _padded_lines(columns: Mapping[str, Texts]) -> list[str]:
    n = len(columns["comune"])
    padded = [
        pc.utf8_rpad(pa.array(columns[name], pa.large_string()), width)
        if name in columns
        else pa.repeat(pa.scalar(" " * width, pa.large_string()), n)
        for name, width in _COLUMNS.items()
    ]
    return [str(line) for line in join_texts(padded, "|").to_pylist()]


def _with_damaged(lines: list[str], columns: Mapping[str, Texts], malformed: int) -> list[str]:
    """Return the lines with damaged copies between them, evenly spread."""
    n = len(lines)
    copied = np.arange(malformed) % n
    damaged = {name: texts[copied].copy() for name, texts in columns.items()}
    for row in range(malformed):
        name, text = _DAMAGES[row % len(_DAMAGES)]
        damaged[name][row] = text
    places = np.linspace(0, n, malformed, endpoint=False).astype(int)
    together = np.insert(np.array(lines, dtype=object), places, np.array(_padded_lines(damaged), dtype=object))
    return list(map(str, together))
