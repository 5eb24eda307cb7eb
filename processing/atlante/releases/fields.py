"""The fields of a collection: declared once here, read by queryables, schema, tiles, page and QGIS files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, assert_never

from atlante.catalogue.levels import Level
from atlante.catalogue.publication import Kind
from atlante.releases.linkage import CONFIDENT_LEVELS, quality_ids

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
_NUTS3 = (
    Field("nuts3_2021", "string", _text("NUTS 3 (2021)", "NUTS 3 (2021)", "NUTS 3 (2021)")),
    Field("nuts3_2024", "string", _text("NUTS 3 (2024)", "NUTS 3 (2024)", "NUTS 3 (2024)")),
)
_BOUNDARIES = (
    Field("boundary_date", "date", _text("Data dei confini", "Date of the boundaries", "Datum der Grenzen")),
    Field("provenance", "string", _text("Riparazioni dei confini", "Repairs of the boundaries", "Reparaturen")),
)
_EXTENT = (
    Field("population", "integer", _text("Popolazione residente", "Resident population", "Wohnbevölkerung"), "1"),
    Field("area_km2", "number", _text("Superficie", "Area", "Fläche"), "km2"),
    *_BOUNDARIES,
)
_MEMBERS = (
    Field("municipalities", "integer", _text("Numero di comuni", "Number of municipalities", "Gemeinden"), "1"),
)
_VALIDITY = (
    Field("valid_from", "date", _text("Valido dal", "Valid from", "Gültig ab")),
    Field(
        "valid_to",
        "date",
        _text("Non più valido dal (vuoto: ancora valido)", "No longer valid from (empty: still is)", "Ungültig ab"),
    ),
    Field(
        "changed_after",
        "date",
        _text("Inizio incerto: dopo questo giorno", "Uncertain beginning: after this day", "Beginn unsicher: nach"),
    ),
    Field("predecessors", "string", _text("Provenienza (codici)", "Came from (codes)", "Hervorgegangen aus")),
    Field("successors", "string", _text("Destinazione (codici)", "Went to (codes)", "Aufgegangen in")),
    Field("events", "string", _text("Eventi di inizio e fine", "Events that began and ended it", "Ereignisse")),
    Field("sources", "string", _text("Fonti", "Sources", "Quellen")),
)
_PERIOD = Field("period", "string", _text("Periodo", "Period", "Zeitraum"))
_STATUS_TITLE = _text("stato", "status", "Status")
_PLACED = Field(
    "firms", "integer", _text("Imprese collocate qui", "Firms placed here", "Hier verortet"), "1", in_tiles=True
)
_ACCOUNTS = (
    Field("register_firms", "integer", _text("Imprese del registro", "Firms of the register", "Im Register"), "1"),
    Field("foreign", "integer", _text("Sede all'estero", "Seat abroad", "Sitz im Ausland"), "1"),
    Field("unplaced", "integer", _text("Non collocate", "Not placed", "Nicht verortet"), "1"),
    Field("unplaced_reasons", "string", _text("Non collocate, per motivo", "Not placed, by reason", "Nach Grund")),
)
_QUALITIES = {
    "disagreement_share": _text(
        "Quota con una contraddizione tra i dati dichiarati",
        "Share with a disagreement in what was declared",
        "Anteil mit einem Widerspruch in den Angaben",
    ),
    "elsewhere_share": _text(
        "Quota dei punti che cadono altrove rispetto al dichiarato",
        "Share of points that lie elsewhere than declared",
        "Anteil der Punkte, die anderswo liegen als angegeben",
    ),
    "mean_confidence": _text("Affidabilità media (0-1)", "Mean confidence (0-1)", "Mittlere Sicherheit (0-1)"),
}


def territory_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of territories."""
    return (_CODE, _NAME, *_names(level), *_PARENTS[level], *_nuts3(level), *_EXTENT)


def history_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of territories through time."""
    members = () if level is Level.MUNICIPALITY else _MEMBERS
    fields = (_CODE, _NAME, *_names(level), *_PARENTS[level], *_nuts3(level), *members, *_VALIDITY, *_BOUNDARIES)
    return tuple(replace(field, in_tiles=False) for field in fields)


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


def linkage_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of how firms were placed: each quality with its status."""
    told = [quality for quality in quality_ids() if quality != "mean_confidence" or level in CONFIDENT_LEVELS]
    accounts = _ACCOUNTS if level is Level.COUNTRY else ()
    qualities = [field for quality in told for field in _quality_fields(quality)]
    return (_CODE, _NAME, *_PARENTS[level], _PERIOD, *accounts, _PLACED, *qualities)


def _quality_fields(quality: str) -> tuple[Field, Field]:
    group = quality.removesuffix("_share")
    title = _QUALITIES.get(quality) or _text(
        f"Quota di imprese collocate per metodo {group}",
        f"Share of firms placed by method {group}",
        f"Anteil der nach Methode {group} verorteten Unternehmen",
    )
    status = {language: f"{text}: {_STATUS_TITLE[language]}" for language, text in title.items()}
    return (
        Field(quality, "number", title, "1", in_tiles=True),
        Field(f"{quality}_status", "string", status, enum=STATUSES, in_tiles=True),
    )


def fields_of(kind: Kind, level: Level, indicators: Iterable[Indicator]) -> tuple[Field, ...]:
    """Return the fields of a collection, in the order in which its features state them."""
    match kind:
        case Kind.TERRITORIES:
            return territory_fields(level)
        case Kind.HISTORY:
            return history_fields(level)
        case Kind.INDICATORS:
            return indicator_fields(level, indicators)
        case Kind.OBSERVATIONS:
            return observation_fields(level, indicators)
        case Kind.LINKAGE_QUALITY:
            return linkage_fields(level)
        case _:
            assert_never(kind)


def _names(level: Level) -> tuple[Field, ...]:
    return _MUNICIPALITY_NAMES if level is Level.MUNICIPALITY else ()


def _nuts3(level: Level) -> tuple[Field, ...]:
    """Return the codes of NUTS 3, which are those of provinces."""
    return _NUTS3 if level in (Level.MUNICIPALITY, Level.PROVINCE) else ()


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
