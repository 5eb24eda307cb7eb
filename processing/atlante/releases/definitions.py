"""The catalogue as features: what every indicator, filiera and sector is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from atlante.catalogue.formulas import formula, method
from atlante.catalogue.groups import LISTED
from atlante.catalogue.levels import COUNTRY_CODE
from atlante.releases.field import Field, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atlante.catalogue.groups import ActivityGroup
    from atlante.catalogue.indicators import Indicator
    from atlante.releases.field import FieldType

_LANGUAGES: Final = ("it", "en", "de")
DEFINITION_COLUMNS: Final = (
    "id", "kind", "position", *(f"{text}_{language}" for text in ("title", "definition", "formula", "source")
    for language in _LANGUAGES), "theme", "indicator_kind", "method", "unit", "digits", "polarity", "interval",
    "smoothing", "disclosure", "minimum", "period", "levels", "slices", "needs", "series_breaks", "is_proposal",
    "stages",
    *(f"members_{edition}" for edition in LISTED), "partial_share",
)  # fmt: skip


_TYPES: dict[str, FieldType] = {
    "position": "integer", "digits": "integer", "minimum": "integer", "partial_share": "number",
}  # fmt: skip
_TITLES = {
    "id": ("Codice", "Id", "Kennung"),
    "kind": ("Cosa è definito", "What is defined", "Was definiert wird"),
    "position": ("Ordine", "Order", "Reihenfolge"),
    "title": ("Titolo", "Title", "Titel"),
    "definition": ("Definizione", "Definition", "Definition"),
    "formula": ("Formula", "Formula", "Formel"),
    "source": ("Fonte", "Source", "Quelle"),
    "theme": ("Tema", "Theme", "Thema"),
    "indicator_kind": ("Tipo di indicatore", "Kind of indicator", "Art des Indikators"),
    "method": ("Metodo", "Method", "Methode"),
    "unit": ("Unità di misura", "Unit of measure", "Einheit"),
    "digits": ("Cifre decimali", "Digits after the point", "Nachkommastellen"),
    "polarity": ("Polarità", "Polarity", "Polarität"),
    "interval": ("Metodo dell'intervallo", "Method of the interval", "Verfahren des Intervalls"),
    "smoothing": ("Lisciamento", "Smoothing", "Glättung"),
    "disclosure": ("Tutela della riservatezza", "Disclosure policy", "Geheimhaltung"),
    "minimum": ("Denominatore minimo", "Smallest denominator", "Kleinster Nenner"),
    "period": ("Periodo", "Period", "Zeitraum"),
    "levels": ("Livelli", "Levels", "Ebenen"),
    "slices": ("Suddivisioni", "Slices", "Gliederungen"),
    "needs": ("Dati necessari", "Needed data", "Benötigte Daten"),
    "series_breaks": ("Interruzioni della serie", "Series breaks", "Brüche der Reihe"),
    "is_proposal": ("Proposta", "Proposal", "Vorschlag"),
    "stages": ("Stadi", "Stages", "Stufen"),
    "members": ("Codici ATECO", "ATECO codes", "ATECO-Codes"),
    "partial_share": (
        "Quota di imprese di codici parziali",
        "Share of firms of partial codes",
        "Anteil teilweiser Codes",
    ),
}


def definition_fields() -> tuple[Field, ...]:
    """Return the fields of the catalogue, of which every feature is a definition."""
    return tuple(
        Field(
            name,
            _TYPES.get(name, "string"),
            _title(name),
            enum=("indicator", "filiera", "sector") if name == "kind" else None,
        )
        for name in DEFINITION_COLUMNS
    )


def _title(name: str) -> dict[str, str]:
    stem, _, end = name.rpartition("_")
    if stem in _TITLES:
        it, en, de = _TITLES[stem]
        return text(f"{it} ({end})", f"{en} ({end})", f"{de} ({end})")
    return text(*_TITLES[name])


def definition_table(
    indicators: Iterable[Indicator], groups: Sequence[ActivityGroup], partial_shares: Mapping[str, float]
) -> pd.DataFrame:
    """Return one row a definition: indicators in the order of publication, then filiere and sectors.

    Parameters
    ----------
    partial_shares
        Of filiere, as far as known: the share of their firms whose code belongs only in part.
    """
    rows = [_indicator(each) for each in indicators]
    rows += [_group(each, partial_shares.get(each.id)) for each in groups]
    table = pd.DataFrame(rows, columns=list(DEFINITION_COLUMNS))
    table["position"] = range(1, len(table) + 1)
    whole = {"minimum": "Int64", "digits": "Int64", "partial_share": "float64"}
    return table.astype(whole).assign(code=COUNTRY_CODE)


def _indicator(indicator: Indicator) -> dict[str, Any]:
    needs, slices = indicator.needs, indicator.breakdowns
    needed = [
        *needs.registers,
        *sorted(needs.columns),
        *sorted(needs.context),
        *sorted(needs.sectors),
        *needs.indicators,
    ]
    return {
        "id": indicator.id,
        "kind": "indicator",
        **_texts("title", indicator.title.as_dict()),
        **_texts("definition", indicator.definition.as_dict()),
        **{f"formula_{language}": formula(indicator, language) for language in ("it", "en", "de")},
        **_texts("source", indicator.source.as_dict()),
        "theme": indicator.theme,
        "indicator_kind": indicator.kind,
        "method": method(indicator),
        "unit": indicator.unit,
        "digits": indicator.digits,
        "polarity": indicator.polarity,
        "interval": indicator.interval,
        "smoothing": indicator.smoothing,
        "disclosure": indicator.disclosure,
        "minimum": indicator.minimum,
        "period": indicator.period,
        "levels": _listed(indicator.levels),
        "slices": _listed([*(["filiera"] if slices.filiera else []), *(["stage"] if slices.stage else []), *slices.by]),
        "needs": _listed([*needed, *([needs.survey] if needs.survey else []), *(["past"] if needs.has_past else [])]),
        "series_breaks": "; ".join(f"{each.date}: {each.reason.en}" for each in indicator.series_breaks) or None,
    }


def _group(group: ActivityGroup, partial_share: float | None) -> dict[str, Any]:
    return {
        "id": group.id,
        "kind": group.kind,
        **_texts("title", group.title.as_dict()),
        **_texts("definition", group.definition.as_dict()),
        **_texts("source", group.source.as_dict()),
        "is_proposal": "yes" if group.is_proposal else "no",
        "stages": _listed(stage.id for stage in group.stages),
        **{f"members_{edition}": _members(group, edition) for edition in LISTED},
        "partial_share": partial_share,
    }


def _members(group: ActivityGroup, edition: str) -> str:
    """Return the codes as ``stage:code``, with ``*weight`` where only some firms of a code belong."""
    return " ".join(
        (f"{stage}:" if stage else "") + code + (f"*{weight:g}" if weight < 1 else "")
        for code, (stage, weight) in group.members(edition).items()
    )


def _texts(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_{language}": texts[language] for language in _LANGUAGES}


def _listed(words: Iterable[str]) -> str | None:
    return " ".join(words) or None
