"""Register sources: how an extract is written and which of its columns means what."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from atlante.catalogue.text import Definition, Text, read_definition
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path


class Kind(StrEnum):
    """What a field holds, and so how its text is read."""

    TEXT = "text"
    FISCAL_CODE = "fiscal code"
    DATE = "date"
    ACTIVITY = "activity"
    CLASS = "class"
    FLAG = "flag"
    PREVALENCE = "prevalence"
    ISTAT_CODE = "ISTAT code"
    BELFIORE_CODE = "Belfiore code"
    POSTAL_CODE = "postal code"
    COORDINATE = "coordinate"


FIELD_KINDS: Final = {
    "fiscal_code": Kind.FISCAL_CODE,  # the first three serve as keys only: they are not stored as such
    "register_number": Kind.TEXT,
    "short_name": Kind.TEXT,
    "name": Kind.TEXT,
    "legal_form": Kind.TEXT,
    "status": Kind.TEXT,
    "declared_province": Kind.TEXT,
    "declared_municipality": Kind.TEXT,
    "declared_region": Kind.TEXT,
    "declared_istat_code": Kind.ISTAT_CODE,
    "declared_belfiore_code": Kind.BELFIORE_CODE,
    "postal_code": Kind.POSTAL_CODE,
    "longitude": Kind.COORDINATE,
    "latitude": Kind.COORDINATE,
    "activity_code": Kind.ACTIVITY,
    "sector": Kind.TEXT,
    "special_section_date": Kind.DATE,
    "registration_date": Kind.DATE,
    "start_date": Kind.DATE,
    "production_class": Kind.CLASS,
    "staff_class": Kind.CLASS,
    "capital_class": Kind.CLASS,
    "is_high_tech": Kind.FLAG,
    "has_rnd": Kind.FLAG,
    "has_patents": Kind.FLAG,
    "has_qualified_staff": Kind.FLAG,
    "women_led": Kind.PREVALENCE,
    "young_led": Kind.PREVALENCE,
    "foreign_led": Kind.PREVALENCE,
}
ALWAYS_REQUIRED: Final = ("name",)
POINT: Final = ("longitude", "latitude")
# One of these, or a point, says where a firm is.
SEATS: Final = ("declared_municipality", "declared_istat_code", "declared_belfiore_code")

DETECT: Final = "detect"

_FOOTNOTE = re.compile(r"\(\d+\)")
_WORD = re.compile(r"[^\W_]+")
_WORDINGS_MEAN: Final = {
    Kind.CLASS: re.compile(r"\d+-\d*"),
    Kind.FLAG: re.compile(r"yes|no"),
    Kind.PREVALENCE: re.compile(r"no|majority|strong|exclusive"),
}
_MAY_BE_WRONG: Final = frozenset({Kind.ISTAT_CODE, Kind.BELFIORE_CODE, Kind.POSTAL_CODE, Kind.COORDINATE})


def fold_wording(text: str) -> str:
    """Return a header or value without case, accents, punctuation, footnote marks and padding.

    >>> fold_wording(" Classe di capitale (3)  "), fold_wording("dell'attività") == fold_wording("DELL'ATTIVITA'")
    ('classe di capitale', True)
    """
    plain = unicodedata.normalize("NFKD", _FOOTNOTE.sub(" ", text))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(_WORD.findall(letters.casefold()))


class Column(Definition):
    """One column of a source.

    Attributes
    ----------
    headers
        Accepted wordings; case, accents, punctuation and blanks don't matter.
    required
        Whether a row without a value is rejected.
    in_every_file
        Whether a file without this column is refused. False: its values are unknown there.
    wordings
        For classes, flags and prevalences: meaning (bounds, yes, majority, …) to the texts that say so.
    unknown
        Texts of this column that mean "not known", beside those of the source.
    not_before
        Of dates: the first day that can be true, such as the day when what it dates began to exist.
    when_wrong
        Of coordinates and codes of places: whether a text that is none rejects the row or counts as unknown. Half a
        point is wrong, too.
    """

    headers: Annotated[tuple[str, ...], Field(min_length=1)]
    required: bool = False
    in_every_file: bool = True
    wordings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    not_before: date | None = None
    when_wrong: Literal["reject", "unknown"] = "reject"

    def meanings(self) -> dict[str, str]:
        """Return the meaning of each folded text."""
        return {fold_wording(text): meaning for meaning, texts in self.wordings.items() for text in texts}


class ActivityEdition(Definition):
    """The edition of ATECO that extracts up to a day use; without a day, those after all others.

    Attributes
    ----------
    edition
        2022 is the update of ATECO 2007. :data:`DETECT`: the codes of each extract tell, or it is refused.
    """

    edition: Literal["2007", "2022", "2025", "detect"]
    until: date | None = None


class SourceDefinition(Definition):
    """How extracts of one source are written.

    Attributes
    ----------
    encoding
        ``utf-8`` may begin with a byte order mark.
    delimiter
        What stands between fields; several where publishers have changed it: the file's header tells which.
    is_quoted
        Whether fields may stand in double quotes. A row is always one line.
    key
        Fields that identify a firm: the fiscal code, or columns that a digest is made of.
    reference_dates
        Regular expressions with groups day, month and year that find the reference date in a file's name.
    preamble
        Regular expression: lines before the header. Groups day, month and year are the reference date.
    legend
        Regular expression: lines at either end of the table that explain it.
    unknown
        Texts that mean "not known" in any column that is not required.
    """

    source_id: str
    title: Text
    publisher: str
    licence: str
    encoding: Literal["latin-1", "cp1252", "utf-8"]
    delimiter: Annotated[str, Field(pattern=r"^[|,;\t]+$")]
    is_quoted: bool
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    reference_dates: tuple[str, ...]
    preamble: str | None = None
    legend: str | None = None
    unknown: tuple[str, ...] = ()
    activity_editions: tuple[ActivityEdition, ...] = ()
    columns: dict[str, Column]

    @field_validator("reference_dates", "preamble", "legend")
    @classmethod
    def _compiles(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        for pattern in (value,) if isinstance(value, str) else value or ():
            try:
                groups = re.compile(pattern).groupindex
            except re.error as exc:
                raise ValueError(f"{pattern!r} is not a regular expression: {exc}") from exc
            if not isinstance(value, str) and not {"day", "month", "year"} <= groups.keys():
                raise ValueError(f"{pattern!r} needs groups named day, month and year")
        return value

    @field_validator("activity_editions")
    @classmethod
    def _in_order(cls, value: tuple[ActivityEdition, ...]) -> tuple[ActivityEdition, ...]:
        days = [edition.until for edition in value[:-1]]
        if value and (value[-1].until is not None or None in days or days != sorted(day for day in days if day)):
            raise ValueError("every edition but the last needs `until`, from old to new")
        return value

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, value: dict[str, Column]) -> dict[str, Column]:
        for name, column in value.items():
            if name not in FIELD_KINDS:
                raise ValueError(f"there is no field {name!r}; there are {', '.join(FIELD_KINDS)}")
            _check_column(name, column)
        for name in ALWAYS_REQUIRED:
            if name not in value or not value[name].required:
                raise ValueError(f"{name} must be a column that is required")
        has_point = [name in value for name in POINT]
        if any(has_point) != all(has_point):
            raise ValueError("longitude and latitude belong together")
        if not all(has_point) and not any(name in value for name in SEATS):
            raise ValueError(f"nothing says where a firm is: a column {', '.join(SEATS)}, or longitude and latitude")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if "activity_code" in self.columns and not self.activity_editions:
            raise ValueError("activity_editions: a code of an activity means something only with its edition")
        for field in self.key:
            if field not in self.columns or not self.columns[field].required:
                raise ValueError(f"key: {field!r} must be a column that is required")
        owners: dict[str, str] = {}
        for field, column in self.columns.items():
            for header in map(fold_wording, column.headers):
                if owners.setdefault(header, field) != field:
                    raise ValueError(f"columns: the header {header!r} belongs to {owners[header]} and {field}")
        return self

    def reference_date(self, file_name: str) -> date | None:
        """Return the reference date that a file's name states, None if it states none."""
        for pattern in self.reference_dates:
            found = re.search(pattern, file_name)
            day = _day_of(found) if found else None
            if day:
                return day
        return None

    def preamble_date(self, line: str) -> date | None:
        """Return the reference date that a line before the header states, None if it states none."""
        found = re.search(self.preamble, line) if self.preamble else None
        return _day_of(found) if found and {"day", "month", "year"} <= found.groupdict().keys() else None

    def activity_edition(self, reference_date: date) -> str:
        """Return the edition of ATECO that an extract of this day uses; :data:`DETECT`: its codes tell."""
        for candidate in self.activity_editions:
            if candidate.until is None or reference_date <= candidate.until:
                return candidate.edition
        raise AssertionError("the last edition has no end")  # validated above


def _day_of(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def _check_column(name: str, column: Column) -> None:
    """Raise ValueError unless a column's wordings and first day are what its kind can mean, each text once."""
    if column.not_before and FIELD_KINDS[name] is not Kind.DATE:
        raise ValueError(f"{name}: not_before belongs to dates")
    if column.when_wrong != "reject" and FIELD_KINDS[name] not in _MAY_BE_WRONG:
        raise ValueError(f"{name}: when_wrong belongs to coordinates and codes of places")
    allowed = _WORDINGS_MEAN.get(FIELD_KINDS[name])
    if (allowed is None) != (not column.wordings):
        raise ValueError(f"{name}: wordings belong to classes, flags and prevalences, which need them")
    for meaning in column.wordings:
        if allowed and not allowed.fullmatch(meaning):
            raise ValueError(f"{name}.wordings: {meaning!r} is not {allowed.pattern}")
    texts = [fold_wording(text) for texts in column.wordings.values() for text in texts]
    if len(set(texts)) < len(texts):
        raise ValueError(f"{name}.wordings: one text has two meanings")


def load_sources(catalogue_dir: Path) -> dict[str, SourceDefinition]:
    """Return the definitions in ``sources/*.toml`` by id, which is the file's name.

    Raises
    ------
    InvalidDefinition
        If there are none, or one says something that can't be; names file and key.
    """
    folder = catalogue_dir / "sources"
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise InvalidDefinition(folder, "sources", "there is no source definition here")
    return {file.stem: read_definition(file, SourceDefinition, source_id=file.stem) for file in files}
