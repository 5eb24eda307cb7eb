"""The fields of a collection: declared once here, read by queryables, schema, tiles, page and QGIS files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from atlante.catalogue.levels import Level
from atlante.catalogue.publication import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atlante.catalogue.indicators import Indicator

type FieldType = Literal["string", "integer", "number", "date"]

STATUSES = ("value", "suppressed", "not-available", "low-reliability")


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the features of a collection.

    Attributes
    ----------
    title
        In Italian, English and German.
    unit
        Unit of measure; None for codes and names.
    enum
        All values that can occur; None where they are not a short list.
    in_tiles
        Whether vector tiles carry it.
    """

    name: str
    type: FieldType
    title: dict[str, str]
    unit: str | None = None
    enum: tuple[str, ...] | None = None
    in_tiles: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the field as it is stored in ``publish.collection.fields``."""
        return asdict(self)


def _text(it: str, en: str, de: str) -> dict[str, str]:
    return {"it": it, "en": en, "de": de}


_CODE = Field("code", "string", _text("Codice", "Code", "Code"), in_tiles=True)
_NAME = Field("name", "string", _text("Nome", "Name", "Name"), in_tiles=True)
_SIGLA = Field("sigla", "string", _text("Sigla", "Sigla", "Sigla"), in_tiles=True)
_PROVINCE = (
    Field("province_code", "string", _text("Codice provincia", "Province code", "Provinzcode"), in_tiles=True),
    Field("province", "string", _text("Provincia", "Province", "Provinz")),
)
_REGION = (
    Field("region_code", "string", _text("Codice regione", "Region code", "Regionscode"), in_tiles=True),
    Field("region", "string", _text("Regione", "Region", "Region")),
)
_PARENTS: dict[Level, tuple[Field, ...]] = {
    Level.MUNICIPALITY: (_SIGLA, *_PROVINCE, *_REGION),
    Level.PROVINCE: (_SIGLA, *_REGION),
    Level.REGION: (),
    Level.COUNTRY: (),
}
_MUNICIPALITY_NAMES = (
    Field("istat_code", "string", _text("Codice ISTAT", "ISTAT code", "ISTAT-Code"), in_tiles=True),
    Field("name_it", "string", _text("Nome italiano", "Italian name", "Italienischer Name")),
    Field("name_other", "string", _text("Nome in altra lingua", "Name in another language", "Name in anderer Sprache")),
)
_EXTENT = (
    Field("population", "integer", _text("Popolazione residente", "Resident population", "Wohnbevölkerung"), "1"),
    Field("area_km2", "number", _text("Superficie", "Area", "Fläche"), "km2"),
    Field("boundary_date", "date", _text("Data dei confini", "Date of the boundaries", "Datum der Grenzen")),
    Field("provenance", "string", _text("Riparazioni dei confini", "Repairs of the boundaries", "Reparaturen")),
)
_PERIOD = Field("period", "string", _text("Periodo", "Period", "Zeitraum"))
_STATUS_TITLE = _text("stato", "status", "Status")


def territory_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of territories."""
    names = _MUNICIPALITY_NAMES if level is Level.MUNICIPALITY else ()
    return (_CODE, _NAME, *names, *_PARENTS[level], *_EXTENT)


def indicator_fields(level: Level, indicators: Iterable[Indicator]) -> tuple[Field, ...]:
    """Return the fields of a wide collection: value, interval, firms and status of each indicator."""
    wide = [field for indicator in indicators for field in _fields_of(indicator)]
    return (_CODE, _NAME, *_PARENTS[level], _PERIOD, *wide)


def observation_fields(level: Level, indicators: Iterable[Indicator]) -> tuple[Field, ...]:
    """Return the fields of a tidy collection: one value a row."""
    ids = tuple(indicator.id for indicator in indicators)
    return (
        _CODE,
        _NAME,
        *_PARENTS[level],
        Field("indicator", "string", _text("Indicatore", "Indicator", "Indikator"), enum=ids, in_tiles=True),
        Field("period", "string", _text("Periodo", "Period", "Zeitraum"), in_tiles=True),
        Field("value", "number", _text("Valore", "Value", "Wert"), in_tiles=True),
        Field("low", "number", _text("Limite inferiore", "Lower bound", "Untergrenze")),
        Field("high", "number", _text("Limite superiore", "Upper bound", "Obergrenze")),
        Field("unit", "string", _text("Unità di misura", "Unit of measure", "Einheit")),
        Field("firms", "integer", _text("Imprese", "Firms", "Unternehmen"), "1"),
        Field("firms_unknown", "integer", _text("Imprese senza dato", "Firms without data", "Ohne Angabe"), "1"),
        Field(
            "status",
            "string",
            _text("Stato del valore", "Status of the value", "Status"),
            None,
            STATUSES,
            in_tiles=True,
        ),
    )


def fields_of(kind: Kind, level: Level, indicators: Iterable[Indicator]) -> tuple[Field, ...]:
    """Return the fields of a collection, in the order in which its features state them."""
    if kind is Kind.TERRITORIES:
        return territory_fields(level)
    return (indicator_fields if kind is Kind.INDICATORS else observation_fields)(level, indicators)


def _fields_of(indicator: Indicator) -> tuple[Field, ...]:
    """Return the five columns of an indicator in a wide table."""
    name, title, unit = indicator.id, indicator.title.as_dict(), indicator.unit
    of = {language: f"{text}: {{}}" for language, text in title.items()}

    def titled(it: str, en: str, de: str) -> dict[str, str]:
        return {language: of[language].format(word) for language, word in _text(it, en, de).items()}

    # a yearly value has a period of its own: the year may still be running at the reference date
    period = (Field(f"{name}_period", "string", titled("periodo", "period", "Zeitraum")),)
    return (
        Field(name, "number", title, unit, in_tiles=True),
        Field(f"{name}_low", "number", titled("limite inferiore", "lower bound", "Untergrenze"), unit),
        Field(f"{name}_high", "number", titled("limite superiore", "upper bound", "Obergrenze"), unit),
        Field(f"{name}_firms", "integer", titled("imprese", "firms", "Unternehmen"), "1"),
        Field(f"{name}_status", "string", titled(**_STATUS_TITLE), enum=STATUSES, in_tiles=True),
        *(period if indicator.period == "registration-year" else ()),
    )
