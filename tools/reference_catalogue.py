"""The reference pages of what the catalogue holds: indicators, collections, sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reference_markdown import code, table

from atlante.catalogue.formulas import formula, method
from atlante.catalogue.indicators import Catalogue, Indicator, load_indicators
from atlante.catalogue.publication import Kind, load_publication
from atlante.catalogue.sources import FIELD_KINDS, Column, SourceDefinition, load_sources
from atlante.releases.fields import fields_of, of_collection

if TYPE_CHECKING:
    from atlante.catalogue.levels import Level
    from atlante.catalogue.periods import SeriesBreak
    from atlante.releases.field import Field

CATALOGUE = Path(__file__).parents[1] / "config" / "catalogue"

_INDICATORS = """# Indicators

What is computed for every territory. An indicator is a file in `config/catalogue/indicators/`; its name is the id, and
the name of the property in the [collections](collections.md). Beside the value a feature has its interval, the firms
that it rests on, and its status: `value`, `suppressed`, `not-available` or `low-reliability`
([glossary](../glossary.md#indicators)).
"""
_COLLECTIONS = """# Collections

What a release holds, under `/api/collections/`. It is said in `config/catalogue/publication.toml`. *Tiles*: whether a
collection has vector tiles, and whether they carry a field.
"""
_SOURCES = """# Sources

Registers that `atlante ingest SOURCE FILE` can read. A source is a file in `config/catalogue/sources/`
([how to add one](../how-to/load-your-own-register.md#another-register)). In headers and texts, case, accents,
punctuation, blanks and footnote marks don't matter.
"""
_FEATURE_IS = {
    Kind.TERRITORIES: "A territory with its codes, population, area and full border.",
    Kind.INDICATORS: "A territory with the latest value of every indicator, side by side, and its full border.",
    Kind.OBSERVATIONS: "A territory, an indicator, a period and a part of the firms, with a generalised border; "
    "`datetime` selects periods.",
    Kind.HISTORY: "A territory in a period in which it did not change; `datetime` selects what was valid. Its "
    "border is null where no boundaries show the ground of then.",
    Kind.CATALOGUE: "A definition without geometry: of an indicator, a filiera or a sector.",
    Kind.LINKAGE_QUALITY: "A territory, with how the firms there were placed: each value with its status.",
}
_ENCODINGS = {"utf-8": "UTF-8", "latin-1": "ISO 8859-1 (latin-1)", "cp1252": "Windows-1252"}


def indicators() -> str:
    """Return the page of indicators."""
    catalogue = _catalogue().indicators
    rows = [
        (f"[`{name}`](#{name})", each.title.en, each.theme, each.kind, each.unit) for name, each in catalogue.items()
    ]
    listed = table(("id", "title", "theme", "kind", "unit"), rows)
    return "\n".join((f"{_INDICATORS}\n{listed}", *map(_indicator, catalogue.values())))


def _indicator(indicator: Indicator) -> str:
    rows = [
        ("theme", indicator.theme),
        ("kind", indicator.kind),
        ("unit", indicator.unit),
        ("digits after the point", str(indicator.digits)),
        ("computed as", code([formula(indicator, "en")])),
        ("method", method(indicator).replace("\n", " Source: ")),
        ("needs", ", ".join(_needed(indicator)) or "nothing but firms"),
        ("slices", ", ".join(_slices(indicator)) or "none"),
        ("levels", ", ".join(indicator.levels)),
        ("period", "reference date" if indicator.period == "reference-date" else "each year of registration"),
        ("interval", _INTERVALS[indicator.interval]),
        *([("smoothing", _SMOOTHING[indicator.smoothing])] if indicator.smoothing != "none" else ()),
        *([("unknown", _UNKNOWN[indicator.unknown])] if indicator.unknown else ()),
        *((f"series break {each.date}", _broken(each)) for each in indicator.series_breaks),
        ("disclosure", _DISCLOSURE[indicator.disclosure]),
        ("better is", {"positive": "more", "negative": "less", "neutral": "neither"}[indicator.polarity]),
        *((f"title, {language}", text) for language, text in indicator.title.as_dict().items()),
        *((f"definition, {language}", text) for language, text in indicator.definition.as_dict().items()),
        ("source", indicator.source.en),
    ]
    return f"## {indicator.id}\n" + table(("", indicator.title.en), rows)


def _needed(indicator: Indicator) -> list[str]:
    needs = indicator.needs
    registers = [f"a register {' or '.join(f'`{name}`' for name in needs.registers)}"] if needs.registers else []
    named = [f"`{name}`" for name in (*sorted(needs.columns), *sorted(needs.context), *needs.indicators)]
    sectors = [f"sector `{name}`" for name in sorted(needs.sectors)]
    survey = [f"survey `{needs.survey}`"] if needs.survey else []
    return [*registers, *named, *sectors, *survey, *(["an earlier extract"] if needs.has_past else [])]


def _slices(indicator: Indicator) -> list[str]:
    slices = indicator.breakdowns
    return [*(["filiera"] if slices.filiera else []), *(["stage"] if slices.stage else []), *slices.by]


def _broken(each: SeriesBreak) -> str:
    what = "comparison of filiere and stages" if each.applies_to == "slices" else "comparison"
    return f"{each.reason.en} A {what} across it is {'refused' if each.refuses else 'flagged'}."


_INTERVALS = {
    "garwood": "exact Poisson (Garwood), 95 %",
    "wilson": "Wilson score, 95 %",
    "student": "Student's t, 95 %",
    "mover": "MOVER-R of Wilson limits, 95 %",
    "greenwood": "Greenwood, 95 %",
    "design": "by the weights of the sample, 95 %",
    "none": "none",
}
_SMOOTHING = {
    "empirical-bayes": "empirical Bayes, towards the country",
    "empirical-bayes-spatial": "empirical Bayes, towards the neighbours",
}
_UNKNOWN = {
    "excluded": "firms of which it is unknown are left out, and counted in `firms_unknown`",
    "counted-as-not-declared": "firms of which it is unknown count as not declaring: the share is a lower bound",
}
_DISCLOSURE = {
    "public-register": "published as it is: it is on the public register",
    "threshold": "withheld where it rests on too few firms ([why](../explanation/why-suppression.md))",
}


def collections() -> str:
    """Return the page of collections and their fields."""
    publication = load_publication(CATALOGUE)
    listed = [
        (
            f"`{each.collection_id}`" + ("-FILIERA" if each.each_filiera else ""),
            each.title.en,
            each.title.it,
            f"[{each.kind}](#{each.kind})",
            "yes" if each.tiles else "",
        )
        for each in publication.collection
    ]
    limits = f"Threshold of suppression: {publication.threshold} firms. Releases kept: {publication.keep_releases}."
    all_of_them = table(("id", "title", "in Italian", "a feature is", "tiles"), listed)
    return "\n".join((f"{_COLLECTIONS}\n{limits}\n\n{all_of_them}", *map(_kind, Kind)))


def _kind(kind: Kind) -> str:
    """Return the fields of one kind of collection, each with the levels that have it."""
    publication = load_publication(CATALOGUE)
    chosen = [each for each in publication.collection if each.kind is kind and not each.each_filiera]
    levels = [each.level for each in chosen]
    found: dict[str, tuple[Field, list[Level]]] = {}
    for each in chosen:
        for field in fields_of(
            each, of_collection(each, _catalogue().indicators.values()), in_tiles=publication.tiles_indicators
        ):
            found.setdefault(field.name, (field, []))[1].append(each.level)
    rows = [
        (
            f"`{field.name}`",
            field.title["en"],
            field.type,
            field.unit if field.unit and field.unit != "1" else "",
            "all" if having == levels else ", ".join(having),
            "yes" if field.in_tiles else "",
        )
        for field, having in found.values()
    ]
    return f"## {kind}\n{_FEATURE_IS[kind]}\n\n" + table(("field", "is", "type", "unit", "levels", "tiles"), rows)


def sources() -> str:
    """Return the page of register sources."""
    found = load_sources(CATALOGUE)
    listed = table(("source", "is"), [(f"[`{name}`](#{name})", each.title.en) for name, each in found.items()])
    return "\n".join((f"{_SOURCES}\n{listed}", *map(_source, found.values())))


def _source(source: SourceDefinition) -> str:
    editions = [
        f"ATECO {each.edition}"
        + (f" until {each.until}" if each.until else " after it" * (len(source.activity_editions) > 1))
        for each in source.activity_editions
    ]
    rows = [
        ("publisher", source.publisher),
        ("licence", source.licence),
        ("encoding", _ENCODINGS[source.encoding]),
        ("between fields", f"`{source.delimiter}`" + ("; fields may be in double quotes" if source.is_quoted else "")),
        ("a firm is identified by", code(source.key)),
        ("day in the file's name", code(source.reference_dates)),
        ("lines that only explain", f"`{source.legend}`" if source.legend else "none"),
        ("texts for “not known”", code(source.unknown) + " and blanks" if source.unknown else "blanks"),
        ("activity codes", ", ".join(editions)),
    ]
    columns = [
        (f"`{name}`", _holds(name, each), _need(each), code(each.headers)) for name, each in source.columns.items()
    ]
    wordings = [
        (f"`{name}`", meaning, code(texts))
        for name, column in source.columns.items()
        for meaning, texts in column.wordings.items()
    ]
    return (
        f"## {source.source_id}\n{source.title.en}\n\n{table(('', ''), rows)}\n"
        f"{table(('field', 'holds', 'must be there', 'accepted headers'), columns)}\n"
        f"Texts and what they mean; any other is rejected:\n\n{table(('field', 'means', 'texts'), wordings)}"
    )


def _holds(name: str, column: Column) -> str:
    first = f" from {column.not_before} on" if column.not_before else ""
    return FIELD_KINDS[name].value + first


def _need(column: Column) -> str:
    if column.required:
        return "in every row"
    return "in the header" if column.in_every_file else ""


@cache
def _catalogue() -> Catalogue:
    return load_indicators(CATALOGUE)
