"""Commands about indicators: which there are, what one means and how it is computed, whether files hold together."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_summary, emit_table, errors, note
from atlante.cli.context import settings_of
from atlante.errors import CheckFailed, UnknownIndicator

if TYPE_CHECKING:
    from atlante.catalogue.indicators import Catalogue, Indicator, Needs

app = typer.Typer(no_args_is_help=True, help="Indicators: what is computed, how, and from what.")


class Tongue(StrEnum):
    """A language of titles and definitions."""

    IT = "it"
    EN = "en"
    DE = "de"


class Document(StrEnum):
    """A kind of file of the catalogue that has a schema."""

    INDICATOR = "indicator"
    CONTEXT = "context"
    FILIERA = "filiera"
    MATURITY = "maturity"
    SECTOR = "sector"
    SURVEY = "survey"


LangOption = Annotated[
    Tongue, typer.Option("--lang", envvar="ATLANTE_LANG", help="Language of titles and definitions.")
]


@app.command("list")
def show_all(
    context: typer.Context,
    *,
    theme: Annotated[
        str | None, typer.Option(envvar="ATLANTE_THEME", help="Only those of this theme; default: all.")
    ] = None,
    lang: LangOption = Tongue.EN,
    json: JsonOption = False,
) -> None:
    """List the indicators of the catalogue, and of your own folder beside it."""
    from atlante.errors import InvalidSetting

    every = _catalogue(context).indicators.values()
    themes = dict.fromkeys(each.theme for each in every)
    if theme is not None and theme not in themes:
        raise InvalidSetting("--theme", theme, f"one of {', '.join(themes)}")
    rows = [
        {
            "id": each.id,
            "theme": each.theme,
            "kind": each.kind,
            "title": each.title.as_dict()[lang],
            "unit": each.unit,
            "disclosure": each.disclosure,
        }
        for each in every
        if theme in (None, each.theme)
    ]
    if json:
        emit_json(rows)
    else:
        emit_table(("id", "theme", "kind", "title", "unit", "disclosure"), ([*row.values()] for row in rows))


@app.command()
def explain(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="Its id, as `atlante indicators list` shows it.")],
    *,
    lang: LangOption = Tongue.EN,
    json: JsonOption = False,
) -> None:
    """Explain an indicator: definition, formula, SQL, source, intervals, what it needs, policy and series breaks."""
    catalogue = _catalogue(context)
    if indicator not in catalogue.indicators:
        raise UnknownIndicator(indicator, catalogue.indicators)
    explained = _explained(catalogue.indicators[indicator], catalogue, lang)
    if json:
        emit_json(explained)
    else:
        lines = {key: "\n".join(value) if isinstance(value, list) else value for key, value in explained.items()}
        emit_summary({key: value for key, value in lines.items() if value not in ("", None)}, json=False)


@app.command()
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of indicators, looked at as if they were in the catalogue.", show_default=False),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Look for mistakes in the indicators, or in files that are to become some, and tell what would be valid."""
    from atlante.catalogue.indicators import inspect_indicators

    settings = settings_of(context)
    catalogue, problems = inspect_indicators(settings.catalogue_dir, settings.extra_catalogue_dir, files=files or ())
    if json:
        emit_json(
            {
                "indicators": len(catalogue.indicators),
                "problems": [
                    {"file": str(each.path), "line": each.line, "key": each.key, "problem": each.problem}
                    for each in problems
                ],
            }
        )
    for each in problems:
        errors.print(str(each), soft_wrap=True, markup=False)
    if problems:
        raise CheckFailed(f"{len(problems):,} mistakes in the definitions of indicators.")
    note(f"{len(catalogue.indicators):,} indicators, {len(catalogue.measures):,} measures: no mistake")


@app.command()
def schema(
    *,
    of: Annotated[
        Document, typer.Option("--of", envvar="ATLANTE_OF", help="Kind of file that the schema is of.")
    ] = Document.INDICATOR,
) -> None:
    """Print the JSON Schema of the files, by which editors complete and check what is written."""
    from atlante.catalogue.schema import schemas

    sys.stdout.write(schemas()[f"{of.value}.schema.json"])
    sys.stdout.flush()


def _catalogue(context: typer.Context) -> Catalogue:
    from atlante.catalogue.indicators import load_indicators

    settings = settings_of(context)
    return load_indicators(settings.catalogue_dir, settings.extra_catalogue_dir)


def _explained(indicator: Indicator, catalogue: Catalogue, lang: Tongue) -> dict[str, Any]:
    """Return what there is to say of an indicator, by heading; lists where there may be several."""
    from atlante.catalogue.formulas import formula, method

    slices = indicator.breakdowns
    return {
        "id": indicator.id,
        "title": indicator.title.as_dict()[lang],
        "theme": indicator.theme,
        "definition": indicator.definition.as_dict()[lang],
        "kind": indicator.kind,
        "formula": formula(indicator, lang.value),
        "method": method(indicator),
        "sql": [f"-- {measure.id}\n{measure.readable_sql()}" for measure in indicator.measures],
        "unit": indicator.unit,
        "better is": {"positive": "more", "negative": "less", "neutral": "neither"}[indicator.polarity],
        "interval": indicator.interval,
        "smoothing": indicator.smoothing,
        "unknown": indicator.unknown,
        "period": indicator.period,
        "levels": [level.value for level in indicator.levels],
        "slices": [*(["filiera"] if slices.filiera else []), *(["stage"] if slices.stage else []), *slices.by],
        "smallest denominator": indicator.minimum,
        "disclosure": indicator.disclosure,
        "needs": _needed(indicator.needs),
        "series breaks": [
            f"{each.date}: {each.reason.as_dict()[lang]} "
            f"({'refused' if each.refuses else 'flagged'}, of {'filiere' if each.applies_to == 'slices' else 'all'})"
            for each in indicator.series_breaks
        ],
        "source": indicator.source.as_dict()[lang],
        "file": str(catalogue.files[indicator.id]),
    }


def _needed(needs: Needs) -> list[str]:
    """Return what must be there for an indicator to be available, in words."""
    found = {
        "columns": sorted(needs.columns),
        "registers": needs.registers,
        "sectors": sorted(needs.sectors),
        "context": sorted(needs.context),
        "indicators": needs.indicators,
        "survey": [needs.survey] if needs.survey else [],
        "earlier extracts": ["of the same source"] if needs.has_past else [],
    }
    return [f"{what}: {', '.join(names)}" for what, names in found.items() if names]
