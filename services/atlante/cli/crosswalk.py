"""The command that converts between the territories of two days."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.catalogue.levels import Level
from atlante.cli.console import JsonOption, emit_json, emit_table, note, progress
from atlante.cli.context import ready_database
from atlante.cli.dates import parse_day, tell_days
from atlante.errors import InvalidSetting

if TYPE_CHECKING:
    import pandas as pd

    from atlante.pipeline.crosswalk import ConvertedTable
    from atlante.territories.crosswalk import Crosswalk


class _Codes(StrEnum):
    BELFIORE = "belfiore"
    ISTAT = "istat"


class _Weights(StrEnum):  # these two repeat those of the library, which takes a second to import
    AREA = "area"
    POPULATION = "population"
    FIRMS = "firms"
    EQUAL = "equal"


class _Kinds(StrEnum):
    COUNT = "count"
    RATE = "rate"
    MEAN = "mean"


class _Levels(StrEnum):
    MUNICIPALITY = "municipality"
    PROVINCE = "province"
    REGION = "region"


_SHOWN = 5  # codes named in a message
_DIGITS = "%.15g"  # whole numbers stay whole


def register(territories: typer.Typer) -> None:
    """Add the command to those about territories."""
    territories.command()(crosswalk)


def crosswalk(
    context: typer.Context,
    *,
    since: Annotated[
        str, typer.Option("--from", envvar="ATLANTE_FROM", metavar="YYYY-MM-DD", help="The day of the old territories.")
    ],
    until: Annotated[
        str,
        typer.Option(
            "--to", envvar="ATLANTE_TO", metavar="YYYY-MM-DD", help="The day of the new ones; it may be earlier."
        ),
    ],
    weights: Annotated[
        _Weights,
        typer.Option(envvar="ATLANTE_WEIGHTS", help="What the parts of a territory that was divided are measured by."),
    ] = _Weights.AREA,
    level: Annotated[_Levels, typer.Option(envvar="ATLANTE_LEVEL", help="The territories.")] = _Levels.MUNICIPALITY,
    codes: Annotated[
        _Codes, typer.Option(envvar="ATLANTE_CODE_KIND", help="The codes of municipalities, in and out.")
    ] = _Codes.BELFIORE,
    source: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_SOURCE", help="Whose firms are weights; default: the newest extract's."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(envvar="ATLANTE_CSV", help="Write the crosswalk to this file.")] = None,
    series: Annotated[
        Path | None, typer.Option(envvar="ATLANTE_SERIES", help="A table (CSV) to convert; it takes --key.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="ATLANTE_KEY", help="The header of the table's column of codes.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(envvar="ATLANTE_VALUE", help="A header of values; default: all columns of numbers."),
    ] = None,
    kind: Annotated[
        _Kinds, typer.Option(envvar="ATLANTE_KIND", help="What the values are: counts add up, the others don't.")
    ] = _Kinds.COUNT,
    denominator: Annotated[
        str | None,
        typer.Option(envvar="ATLANTE_DENOMINATOR", help="The header of what rates are per, or means are over."),
    ] = None,
    accept_unknown: Annotated[
        bool,
        typer.Option(
            "--accept-unknown",
            envvar="ATLANTE_ACCEPT_UNKNOWN",
            help="Convert the table although it has codes that are not of the first day.",
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option(envvar="ATLANTE_OUTPUT", help="Write the converted table here; default: to stdout.")
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", envvar="ATLANTE_ALL", help="Print also the territories that stay as they are.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show which territories of one day became which of another, with weights, or convert a table with them."""
    from atlante.pipeline.crosswalk import CrosswalkRequest, SeriesRequest, convert_table, make_crosswalk
    from atlante.territories.crosswalk import SeriesKind, WeightKind

    request = CrosswalkRequest(
        since=parse_day("--from", since),
        until=parse_day("--to", until),
        weights=WeightKind(weights.value),
        level=Level(level.value),
        has_istat_codes=codes is _Codes.ISTAT,
        source_id=source,
    )
    url = ready_database(context)
    tell_days(url, {"--from": request.since, "--to": request.until})
    if series is None:
        with progress() as report:
            report("following events")
            made = make_crosswalk(url, request)
        _report_unreached(made)
        _show_crosswalk(made, csv=csv, json=json, show_all=show_all)
        return
    if key is None:
        raise InvalidSetting("--key", None, "the header of the column of codes in the table")
    table = SeriesRequest(
        series, key, SeriesKind(kind.value), tuple(value or ()), denominator, accept_unknown=accept_unknown
    )
    with progress() as report:
        report(f"converting {series.name}")
        converted = convert_table(url, request, table)
    _show_converted(converted, csv=csv, output=output, json=json)


def _show_crosswalk(made: Crosswalk, *, csv: Path | None, json: bool, show_all: bool) -> None:
    """Print what changed, or write all of it where the call says."""
    rows = _written(made)
    if csv is not None:
        rows.to_csv(csv, index=False)
        note(f"{len(rows):,} rows written to {csv}")
    if json:
        days = {"from": made.since, "to": made.until}
        emit_json(
            {**days, "level": made.level, "codes": made.codes, "rows": _records(rows), "unreached": made.unreached}
        )
    elif csv is None:
        is_same = (rows["code"] == rows["successor_code"]) & (rows["events"] == "") & (not show_all)
        shown = rows[~is_same].astype({"weight": object}).fillna("-")
        emit_table(("old", "new", "weight", "by", "events"), shown.itertuples(index=False))
        if is_same.any():
            note(
                f"{is_same.sum():,} of {rows['code'].nunique():,} territories stay as they are: --all prints them, too"
            )


def _written(made: Crosswalk) -> pd.DataFrame:
    """Return the rows with weights whose decimals add up to exactly 1."""
    from atlante.territories.crosswalk import written_weights

    return made.rows.assign(weight=written_weights(made.rows["weight"], made.rows["code"]))


def _show_converted(converted: ConvertedTable, *, csv: Path | None, output: Path | None, json: bool) -> None:
    """Write the converted table where the call says; what is said about it goes to stderr."""
    _report(converted)
    series = converted.series
    if csv is not None:
        _written(converted.crosswalk).to_csv(csv, index=False)
    if output is not None:
        series.table.to_csv(output, index=False, float_format=_DIGITS)
    if json:
        shares = {"converted_share": series.converted_share, "estimated_share": series.estimated_share}
        lists = {name: _records(getattr(series, name)) for name in ("table", "left", "unknown")}
        emit_json({**shares, **lists, "absent": series.absent})
    elif output is None:
        series.table.to_csv(sys.stdout, index=False, float_format=_DIGITS)


def _report(converted: ConvertedTable) -> None:
    """Tell how much was converted, and what could not be."""
    series = converted.series
    for column, share in series.converted_share.items():
        divided = series.estimated_share[column]
        note(f"{column}: {share:.2%} changed territory or code, {divided:.2%} was divided by weights")
    for table, what in ((series.left, "left the country"), (series.unknown, "unknown code")):
        if not table.empty:
            note(f"{len(table):,} rows: {what}: {_few(table['code'].tolist())}")
    if series.absent:
        note(f"{len(series.absent):,} territories of the first day are not in the table: {_few(series.absent)}")
    _report_unreached(converted.crosswalk)
    if converted.left_out:
        note(f"columns without numbers, left out: {', '.join(converted.left_out)}")


def _report_unreached(made: Crosswalk) -> None:
    if made.unreached:
        note(
            f"{len(made.unreached):,} territories of {made.until} are of ground of which no event tells whose it was; "
            f"it is still counted with others: {_few(made.unreached)}. Declare it: territories load --declared FILE"
        )


def _few(codes: Any) -> str:  # noqa: ANN401 - a sequence
    more = ", …" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON: null for what is unknown."""
    names = list(rows.columns)
    known = rows.astype(object).where(rows.notna(), None)
    return [dict(zip(names, values, strict=True)) for values in known.itertuples(index=False, name=None)]
