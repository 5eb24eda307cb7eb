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


FIELD_KINDS: Final = {
    "fiscal_code": Kind.FISCAL_CODE,  # this one and short_name serve as keys only: they are not stored as such
    "short_name": Kind.TEXT,
    "name": Kind.TEXT,
    "legal_form": Kind.TEXT,
    "status": Kind.TEXT,
    "declared_province": Kind.TEXT,
    "declared_municipality": Kind.TEXT,
    "declared_region": Kind.TEXT,
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
ALWAYS_REQUIRED: Final = ("name", "declared_municipality")

_FOOTNOTE = re.compile(r"\(\d+\)")
_WORD = re.compile(r"[^\W_]+")
_WORDINGS_MEAN: Final = {
    Kind.CLASS: re.compile(r"\d+-\d*"),
    Kind.FLAG: re.compile(r"yes|no"),
    Kind.PREVALENCE: re.compile(r"no|majority|strong|exclusive"),
}


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
    """

    headers: Annotated[tuple[str, ...], Field(min_length=1)]
    required: bool = False
    in_every_file: bool = True
    wordings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    not_before: date | None = None

    def meanings(self) -> dict[str, str]:
        """Return the meaning of each folded text."""
        return {fold_wording(text): meaning for meaning, texts in self.wordings.items() for text in texts}


class ActivityEdition(Definition):
    """The edition of ATECO that extracts up to a day use; without a day, those after all others."""

    edition: Literal["2007", "2025"]
    until: date | None = None


class SourceDefinition(Definition):
    """How extracts of one source are written.

    Attributes
    ----------
    encoding
        ``utf-8`` may begin with a byte order mark.
    is_quoted
        Whether fields may stand in double quotes. A row is always one line.
    key
        Fields that identify a firm: the fiscal code, or columns that a digest is made of.
    reference_dates
        Regular expressions with groups day, month and year that find the reference date in a file's name.
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
    delimiter: Annotated[str, Field(pattern=r"^[|,;\t]$")]
    is_quoted: bool
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    reference_dates: tuple[str, ...]
    legend: str | None = None
    unknown: tuple[str, ...] = ()
    activity_editions: Annotated[tuple[ActivityEdition, ...], Field(min_length=1)]
    columns: dict[str, Column]

    @field_validator("reference_dates", "legend")
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
        if value[-1].until is not None or None in days or days != sorted(day for day in days if day):
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
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
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
            if found:
                try:
                    return date(int(found["year"]), int(found["month"]), int(found["day"]))
                except ValueError:
                    continue
        return None

    def activity_edition(self, reference_date: date) -> str:
        """Return the edition of ATECO that an extract of this day uses."""
        for candidate in self.activity_editions:
            if candidate.until is None or reference_date <= candidate.until:
                return candidate.edition
        raise AssertionError("the last edition has no end")  # validated above


def _check_column(name: str, column: Column) -> None:
    """Raise ValueError unless a column's wordings and first day are what its kind can mean, each text once."""
    if column.not_before and FIELD_KINDS[name] is not Kind.DATE:
        raise ValueError(f"{name}: not_before belongs to dates")
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
