"""Commands that tell how territories were and what became of them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from atlante.cli.console import JsonOption, emit_json, note
from atlante.cli.context import ready_database, settings_of
from atlante.cli.dates import parse_day, tell_days
from atlante.cli.tables import CsvOption, emit_frame, records
from atlante.errors import InvalidSetting, NothingLoaded, UnknownTerritory

if TYPE_CHECKING:
    import pandas as pd

    from atlante.territories.history import History

_REMEDY = "atlante territories load"
_PROVINCE_ATTRIBUTES = ("sigla", "province_code")


class _Level(StrEnum):
    MUNICIPALITY = "municipality"
    PROVINCE = "province"
    REGION = "region"


_COLUMNS = {
    _Level.MUNICIPALITY: ("municipality_code", "istat_code", "name", "sigla", "province", "region", "valid_from"),
    _Level.PROVINCE: ("province_code", "sigla", "province", "region"),
    _Level.REGION: ("region_code", "region"),
}

_OF_DOCUMENTS = ("document_id", "statements", "events", "source")


def register(territories: typer.Typer) -> None:
    """Add the commands to those about territories."""
    for command in (at, history, documents, conflicts):
        territories.command()(command)


def at(
    context: typer.Context,
    date: Annotated[str, typer.Argument(metavar="DATE", help="A day, as YYYY-MM-DD.")],
    *,
    level: Annotated[_Level, typer.Option(envvar="ATLANTE_LEVEL", help="The territories.")] = _Level.MUNICIPALITY,
    known_at: Annotated[
        str | None,
        typer.Option(
            envvar="ATLANTE_KNOWN_AT",
            metavar="MOMENT",
            help="As this database knew it then, as YYYY-MM-DD or YYYY-MM-DDTHH:MM (UTC); default: now.",
        ),
    ] = None,
    csv: CsvOption = False,
    json: JsonOption = False,
) -> None:
    """Show the municipalities, provinces or regions of a day."""
    day, moment = parse_day("DATE", date), _moment(known_at) if known_at else None
    tell_days(ready_database(context), {"DATE": day}, known_at=moment)
    known = _history(context, known_at=moment)
    rows = _of_level(known.at(day), level)
    emit_frame(rows, json=json, csv=csv)
    note(f"{len(rows):,} on {day}")


def history(
    context: typer.Context,
    territory: Annotated[
        str,
        typer.Argument(
            metavar="CODE-OR-NAME",
            help="Belfiore code, ISTAT code of any time, sigla or code of a province, or any name of any time.",
        ),
    ],
    *,
    json: JsonOption = False,
) -> None:
    """Show what a municipality was called, what it belonged to, what became of it, and what documents disagree on.

    Municipalities of one name are all shown. A sigla or a province's code gives the municipalities that it had.
    """
    from atlante.catalogue.placement import load_aliases
    from atlante.territories.history import near_names, part_of, trace

    known = _history(context)
    aliases = {alias.name: alias.municipality_code for alias in load_aliases(settings_of(context).catalogue_dir)}
    found = trace(known, territory, aliases=aliases)
    if found.empty:
        raise UnknownTerritory(territory, near_names(known, territory, aliases=aliases))
    is_province = found["matched"].isin(_PROVINCE_ATTRIBUTES)
    codes = found.loc[~is_province, "municipality_code"].drop_duplicates().tolist()
    members = found[is_province & ~found["municipality_code"].isin(codes)]
    parts = [part_of(known, [code]) for code in codes]
    if json:
        emit_json([*map(_document, parts), *records(_named(members, known))])
        return
    for part in parts:
        _show(part)
    if len(members):
        emit_frame(_named(members, known), title=f"Municipalities of {territory}")


def documents(context: typer.Context, *, csv: CsvOption = False, json: JsonOption = False) -> None:
    """Show the documents that the history rests on."""
    from atlante.pipeline.territories import territory_documents

    loaded = territory_documents(ready_database(context))
    emit_frame(loaded if json or csv else loaded[list(_OF_DOCUMENTS)], json=json, csv=csv)


def conflicts(
    context: typer.Context,
    *,
    attribute: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_ATTRIBUTE", help="This one alone, such as sigla, istat_code, existence."),
    ] = None,
    csv: CsvOption = False,
    json: JsonOption = False,
) -> None:
    """Show what documents disagree on: what was taken, from which kind of document, and what was not."""
    rows = _history(context).conflicts
    if attribute is not None:
        known = sorted(rows["attribute"].unique())
        if attribute not in known:
            raise InvalidSetting("--attribute", attribute, f"one that documents disagree on: {', '.join(known)}")
        rows = rows[rows["attribute"] == attribute]
    emit_frame(rows, json=json, csv=csv)
    note(f"{len(rows):,} conflicts")


def _history(context: typer.Context, *, known_at: dt.datetime | None = None) -> History:
    from atlante.pipeline.territories import territory_history

    known = territory_history(ready_database(context), known_at=known_at)
    if known.versions.empty:
        raise NothingLoaded("history of territories" + (f" that was known at {known_at}" if known_at else ""), _REMEDY)
    return known


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as exc:
        raise InvalidSetting("--known-at", text, "a day or moment as YYYY-MM-DD or YYYY-MM-DDTHH:MM") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _of_level(municipalities: pd.DataFrame, level: _Level) -> pd.DataFrame:
    """Return territories of a level, those above the municipality with how many they have."""
    columns = list(_COLUMNS[level])
    if level is _Level.MUNICIPALITY:
        return municipalities[columns]
    return municipalities.groupby(columns, dropna=False).size().reset_index(name="municipalities")


def _named(members: pd.DataFrame, known: History) -> pd.DataFrame:
    """Return municipalities of a province with the name that each had when it began to belong to it."""
    names = known.versions[["municipality_code", "valid_from", "istat_code", "name", "sigla"]]
    rows = members.merge(names, on=["municipality_code", "valid_from"])
    return rows[["municipality_code", "istat_code", "name", "sigla", "valid_from", "valid_to"]]


def _document(part: History) -> dict[str, object]:
    return {
        "municipality_code": part.versions["municipality_code"].iloc[0],
        "name": part.versions["name"].iloc[-1],
        "versions": records(part.versions),
        "events": records(part.events),
        "conflicts": records(part.conflicts),
    }


def _show(part: History) -> None:
    """Print a municipality: its versions, then its events, then what documents disagree on."""
    last = part.versions.iloc[-1]
    label = f"{last['name']} ({last['municipality_code']}, {last['sigla']})"
    columns = ["valid_from", "valid_to", "changed_after", "istat_code", "name", "sigla", "region"]
    emit_frame(part.versions[columns].dropna(axis="columns", how="all"), title=label)
    if len(part.events):
        emit_frame(part.events.dropna(axis="columns", how="all"), title=f"Events of {label}")
    if len(part.conflicts):
        emit_frame(part.conflicts.drop(columns="municipality_code"), title=f"Documents disagree on {label}")
