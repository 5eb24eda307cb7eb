"""The fields of a collection: declared once here, read by queryables, schema, tiles, page and QGIS files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from atlante.catalogue.groups import STAGES
from atlante.catalogue.levels import Level
from atlante.catalogue.publication import Kind
from atlante.releases.definitions import definition_fields
from atlante.releases.field import Field, text
from atlante.releases.linkage import CONFIDENT_LEVELS, quality_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from atlante.catalogue.indicators import Indicator
    from atlante.catalogue.publication import CollectionDefinition

BREAKDOWNS = ("size_class", "legal_form")
STATUSES = ("value", "suppressed", "not-available", "low-reliability")


_CODE = Field("code", "string", text("Codice", "Code", "Code"), in_tiles=True)
_NAME = Field("name", "string", text("Nome", "Name", "Name"), in_tiles=True)
_SIGLA = Field("sigla", "string", text("Sigla", "Sigla", "Sigla"), in_tiles=True)
_PROVINCE = (
    Field("province_code", "string", text("Codice provincia", "Province code", "Provinzcode"), in_tiles=True),
    Field("province", "string", text("Provincia", "Province", "Provinz")),
)
_REGION = (
    Field("region_code", "string", text("Codice regione", "Region code", "Regionscode"), in_tiles=True),
    Field("region", "string", text("Regione", "Region", "Region")),
)
_PARENTS: dict[Level, tuple[Field, ...]] = {
    Level.MUNICIPALITY: (_SIGLA, *_PROVINCE, *_REGION),
    Level.PROVINCE: (_SIGLA, *_REGION),
    Level.REGION: (),
    Level.COUNTRY: (),
}
_MUNICIPALITY_NAMES = (
    Field("istat_code", "string", text("Codice ISTAT", "ISTAT code", "ISTAT-Code"), in_tiles=True),
    Field("name_it", "string", text("Nome italiano", "Italian name", "Italienischer Name")),
    Field("name_other", "string", text("Nome in altra lingua", "Name in another language", "Name in anderer Sprache")),
)
_NUTS3 = (
    Field("nuts3_2021", "string", text("NUTS 3 (2021)", "NUTS 3 (2021)", "NUTS 3 (2021)")),
    Field("nuts3_2024", "string", text("NUTS 3 (2024)", "NUTS 3 (2024)", "NUTS 3 (2024)")),
)
_BOUNDARIES = (
    Field("boundary_date", "date", text("Data dei confini", "Date of the boundaries", "Datum der Grenzen")),
    Field("provenance", "string", text("Riparazioni dei confini", "Repairs of the boundaries", "Reparaturen")),
)
_EXTENT = (
    Field("population", "integer", text("Popolazione residente", "Resident population", "Wohnbevölkerung"), "1"),
    Field("area_km2", "number", text("Superficie", "Area", "Fläche"), "km2"),
    *_BOUNDARIES,
)
_MEMBERS = (Field("municipalities", "integer", text("Numero di comuni", "Number of municipalities", "Gemeinden"), "1"),)
_VALIDITY = (
    Field("valid_from", "date", text("Valido dal", "Valid from", "Gültig ab")),
    Field(
        "valid_to",
        "date",
        text("Non più valido dal (vuoto: ancora valido)", "No longer valid from (empty: still is)", "Ungültig ab"),
    ),
    Field(
        "changed_after",
        "date",
        text("Inizio incerto: dopo questo giorno", "Uncertain beginning: after this day", "Beginn unsicher: nach"),
    ),
    Field("predecessors", "string", text("Provenienza (codici)", "Came from (codes)", "Hervorgegangen aus")),
    Field("successors", "string", text("Destinazione (codici)", "Went to (codes)", "Aufgegangen in")),
    Field("events", "string", text("Eventi di inizio e fine", "Events that began and ended it", "Ereignisse")),
    Field("sources", "string", text("Fonti", "Sources", "Quellen")),
)
_BREAKDOWN = text("Suddivisione", "Breakdown", "Gliederung")
_CONVERTED = text(
    "Quota su territorio passato di comune",
    "Share on ground that went over to another municipality",
    "Anteil auf Gebiet, das die Gemeinde wechselte",
)
_PERIOD = Field("period", "string", text("Periodo", "Period", "Zeitraum"))
_STATUS_TITLE = text("stato", "status", "Status")
_PLACED = Field(
    "firms", "integer", text("Imprese collocate qui", "Firms placed here", "Hier verortet"), "1", in_tiles=True
)
_ACCOUNTS = (
    Field("register_firms", "integer", text("Imprese del registro", "Firms of the register", "Im Register"), "1"),
    Field("foreign", "integer", text("Sede all'estero", "Seat abroad", "Sitz im Ausland"), "1"),
    Field("unplaced", "integer", text("Non collocate", "Not placed", "Nicht verortet"), "1"),
    Field("unplaced_reasons", "string", text("Non collocate, per motivo", "Not placed, by reason", "Nach Grund")),
)
_QUALITIES = {
    "disagreement_share": text(
        "Quota con una contraddizione tra i dati dichiarati",
        "Share with a disagreement in what was declared",
        "Anteil mit einem Widerspruch in den Angaben",
    ),
    "elsewhere_share": text(
        "Quota dei punti che cadono altrove rispetto al dichiarato",
        "Share of points that lie elsewhere than declared",
        "Anteil der Punkte, die anderswo liegen als angegeben",
    ),
    "mean_confidence": text("Affidabilità media (0-1)", "Mean confidence (0-1)", "Mittlere Sicherheit (0-1)"),
}


def territory_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of territories."""
    return (_CODE, _NAME, *_names(level), *_PARENTS[level], *_nuts3(level), *_EXTENT)


def history_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a collection of territories through time."""
    members = () if level is Level.MUNICIPALITY else _MEMBERS
    fields = (_CODE, _NAME, *_names(level), *_PARENTS[level], *_nuts3(level), *members, *_VALIDITY, *_BOUNDARIES)
    return tuple(replace(field, in_tiles=False) for field in fields)


def indicator_fields(level: Level, indicators: Iterable[Indicator], in_tiles: Collection[str]) -> tuple[Field, ...]:
    """Return the fields of a wide collection: value, interval, firms and status of each indicator.

    Parameters
    ----------
    in_tiles
        Ids of the indicators whose value and status tiles carry; none: all of them.
    """
    wide = [
        field
        for indicator in indicators
        for field in _fields_of(indicator, is_in_tiles=not in_tiles or indicator.id in in_tiles)
    ]
    return (_CODE, _NAME, *_PARENTS[level], _PERIOD, *wide)


def observation_fields(level: Level, indicators: Iterable[Indicator], filiere: Iterable[str] = ()) -> tuple[Field, ...]:
    """Return the fields of a tidy collection: one value a row, and of which part of the firms; '' is all of them."""
    ids = tuple(indicator.id for indicator in indicators)
    return (
        _CODE,
        _NAME,
        *_PARENTS[level],
        Field("indicator", "string", text("Indicatore", "Indicator", "Indikator"), enum=ids, in_tiles=True),
        Field("period", "string", text("Periodo", "Period", "Zeitraum"), in_tiles=True),
        Field("filiera", "string", text("Filiera", "Filiera", "Filiera"), enum=("", *filiere), in_tiles=True),
        Field("stage", "string", text("Stadio", "Stage", "Stufe"), enum=("", *STAGES), in_tiles=True),
        Field("breakdown", "string", _BREAKDOWN, enum=("", *BREAKDOWNS), in_tiles=True),
        Field("category", "string", text("Categoria", "Category", "Kategorie"), in_tiles=True),
        Field("value", "number", text("Valore", "Value", "Wert"), in_tiles=True),
        Field("low", "number", text("Limite inferiore", "Lower bound", "Untergrenze")),
        Field("high", "number", text("Limite superiore", "Upper bound", "Obergrenze")),
        Field("smoothed", "number", text("Valore lisciato", "Smoothed value", "Geglätteter Wert")),
        Field("rank_low", "integer", text("Rango, da", "Rank, from", "Rang, von"), "1"),
        Field("rank_high", "integer", text("Rango, a", "Rank, to", "Rang, bis"), "1"),
        Field("unit", "string", text("Unità di misura", "Unit of measure", "Einheit")),
        Field("firms", "integer", text("Imprese", "Firms", "Unternehmen"), "1"),
        Field("firms_unknown", "integer", text("Imprese senza dato", "Firms without data", "Ohne Angabe"), "1"),
        Field("converted_share", "number", _CONVERTED, "1"),
        Field(
            "status",
            "string",
            text("Stato del valore", "Status of the value", "Status"),
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
    title = _QUALITIES.get(quality) or text(
        f"Quota di imprese collocate per metodo {group}",
        f"Share of firms placed by method {group}",
        f"Anteil der nach Methode {group} verorteten Unternehmen",
    )
    status = {language: f"{words}: {_STATUS_TITLE[language]}" for language, words in title.items()}
    return (
        Field(quality, "number", title, "1", in_tiles=True),
        Field(f"{quality}_status", "string", status, enum=STATUSES, in_tiles=True),
    )


def fields_of(
    definition: CollectionDefinition,
    indicators: Iterable[Indicator],
    *,
    in_tiles: Collection[str] = (),
    filiere: Iterable[str] = (),
) -> tuple[Field, ...]:
    """Return the fields of a collection, in the order in which its features state them.

    Parameters
    ----------
    indicators
        Those that the collection has.
    in_tiles
        Ids of the indicators that tiles carry; none: all of them.
    filiere
        Ids of all filiere.
    """
    kind, level = definition.kind, definition.level
    match kind:
        case Kind.TERRITORIES:
            return territory_fields(level)
        case Kind.HISTORY:
            return history_fields(level)
        case Kind.INDICATORS:
            return indicator_fields(level, indicators, in_tiles)
        case Kind.OBSERVATIONS:
            return observation_fields(level, indicators, filiere)
        case Kind.LINKAGE_QUALITY:
            return linkage_fields(level)
        case Kind.CATALOGUE:
            return definition_fields()
        case _:
            assert_never(kind)


def of_collection(definition: CollectionDefinition, indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """Return the indicators of a wide collection: all of them, or those that are published of filiere."""
    return tuple(each for each in indicators if each.breakdowns.filiera or not definition.each_filiera)


def _names(level: Level) -> tuple[Field, ...]:
    return _MUNICIPALITY_NAMES if level is Level.MUNICIPALITY else ()


def _nuts3(level: Level) -> tuple[Field, ...]:
    """Return the codes of NUTS 3, which are those of provinces."""
    return _NUTS3 if level in (Level.MUNICIPALITY, Level.PROVINCE) else ()


def _fields_of(indicator: Indicator, *, is_in_tiles: bool) -> tuple[Field, ...]:
    """Return the five columns of an indicator in a wide table."""
    name, title, unit = indicator.id, indicator.title.as_dict(), indicator.unit
    of = {language: f"{text}: {{}}" for language, text in title.items()}

    def titled(it: str, en: str, de: str) -> dict[str, str]:
        return {language: of[language].format(word) for language, word in text(it, en, de).items()}

    # a yearly value has a period of its own: the year may still be running at the reference date
    period = (Field(f"{name}_period", "string", titled("periodo", "period", "Zeitraum")),)
    return (
        Field(name, "number", title, unit, in_tiles=is_in_tiles),
        Field(f"{name}_low", "number", titled("limite inferiore", "lower bound", "Untergrenze"), unit),
        Field(f"{name}_high", "number", titled("limite superiore", "upper bound", "Obergrenze"), unit),
        Field(f"{name}_firms", "integer", titled("imprese", "firms", "Unternehmen"), "1"),
        Field(f"{name}_status", "string", titled(**_STATUS_TITLE), enum=STATUSES, in_tiles=is_in_tiles),
        *(period if indicator.period == "registration-year" else ()),
    )
