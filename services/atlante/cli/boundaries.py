"""Commands that check, repair and derive boundaries."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_summary, emit_table, note, progress
from atlante.cli.context import ready_database
from atlante.cli.dates import parse_day
from atlante.cli.tables import CsvOption, emit_frame
from atlante.errors import DatabaseNotReady, InvalidSetting

if TYPE_CHECKING:
    from atlante.pipeline.boundaries import CheckRequest, CheckResult
    from atlante.territories import Boundaries
    from atlante.territories.checking import BoundaryReport, Finding, FindingKind

_SHOWN = 5  # findings of a kind, for people; --csv and --json have all
_NAMED = 3  # municipalities of a finding, for people


def register(territories: typer.Typer) -> None:
    """Add the commands to those about territories."""
    territories.command()(check)
    territories.command()(derive)


def check(
    context: typer.Context,
    *,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[VINTAGE|FILE]", help="A vintage that is loaded, or a file; default: the latest."),
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_CODES", help="A list of municipalities of that day; default: the history."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date",
            "--as-of",
            envvar="ATLANTE_AS_OF",
            metavar="YYYY-MM-DD",
            help="The day that a file shows; default: as its name says.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            envvar="ATLANTE_AGAINST",
            metavar="VINTAGE|FILE",
            help="Boundaries of another day to compare with; default: the nearest that are loaded or packaged.",
        ),
    ] = None,
    area_jump: Annotated[
        float,
        typer.Option(
            envvar="ATLANTE_AREA_JUMP", min=0, help="Share by which an area may differ from those without an event."
        ),
    ] = 0.05,
    repair: Annotated[
        bool,
        typer.Option("--repair", envvar="ATLANTE_REPAIR", help="Mend what can be derived; a vintage becomes another."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(envvar="ATLANTE_OUTPUT", metavar="FILE.parquet", help="Write the repaired boundaries here."),
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Report what is wrong with boundaries, and repair it; the exit code is 1 where something is wrong."""
    from atlante.pipeline.boundaries import CheckRequest

    file = Path(target) if target is not None and Path(target).exists() else None
    if repair and file is not None and output is None:
        raise InvalidSetting("--output", None, "where to write them; to load them: atlante territories load --repair")
    request = CheckRequest(
        codes=codes,
        against=Path(against) if against is not None and Path(against).exists() else against,
        area_jump=area_jump,
        is_repair=repair,
    )
    result, url = _checked(context, file or target, day, request)
    vintage_id = _kept(result, url if file is None else None, output)
    _show(result, vintage_id, json=json, csv=csv)
    if not (result.left or result.found).is_clean:
        raise typer.Exit(1)


def repaired(url: str, path: Path, day: dt.date, codes: Path | None, population: Path | None) -> Boundaries:
    """Return the boundaries of a file, repaired for loading; tell what was mended and what is left."""
    from atlante.pipeline.boundaries import read_repaired, require_loadable

    boundaries, result = read_repaired(url, path, day=day, codes=codes, population=population)
    left = result.left or result.found
    for kind, n in result.found.counts().items():
        note(f"{path.name}: {kind}: {n:,} found, {n - left.counts().get(kind, 0):,} repaired")
        for sentence in _unrepaired(left, kind):
            note(f"  {sentence}")
    for sentence in boundaries.notes:
        note(f"{path.name}: {sentence}")
    require_loadable(boundaries, path)
    return boundaries


def _unrepaired(left: BoundaryReport, kind: FindingKind) -> list[str]:
    """Return what is wrong of a kind after a repair, the first ones by name, and what can be done."""
    of_kind = [finding for finding in left.findings if finding.kind is kind and finding.is_wrong]
    if not of_kind:
        return []
    named = [f"not repaired: {', '.join(filter(None, _line(finding)))}" for finding in of_kind[:_SHOWN]]
    more = (
        [f"… and {len(of_kind) - _SHOWN:,} more: `atlante territories check` tells all"]
        if len(of_kind) > _SHOWN
        else []
    )
    return [*named, *more, of_kind[0].remedy]


def _checked(
    context: typer.Context, target: Path | str | None, day: str | None, request: CheckRequest
) -> tuple[CheckResult, str | None]:
    from atlante.pipeline import boundaries as verbs

    shown = parse_day("--date", day) if day else None
    url = _url(context, is_needed=not isinstance(target, Path))
    with progress() as report:
        report("reading boundaries")
        boundaries = verbs.read_target(url, target, day=shown)
        report("reading what is known of that day")
        knowledge = verbs.read_knowledge(url)
        report("checking")
        return verbs.check(url, boundaries, request, knowledge), url


def _url(context: typer.Context, *, is_needed: bool) -> str | None:
    """Return the address of the database; None where a file can be checked without one."""
    try:
        return ready_database(context)
    except DatabaseNotReady:
        if is_needed:
            raise
        note("The database is not initialised: checking with the packaged documents alone.")
        return None


def _kept(result: CheckResult, url: str | None, output: Path | None) -> str | None:
    """Write or load repaired boundaries, and return the id of the vintage that they became."""
    from atlante.pipeline.boundaries import load_repaired

    if result.repaired is None:
        return None
    if output is not None:
        result.repaired.municipalities.to_parquet(output)
        note(f"Repaired boundaries: {output}")
        return None
    if url is None or result.found.is_clean:
        return None
    return load_repaired(url, result.repaired).vintage_id


def derive(
    context: typer.Context,
    *,
    day: Annotated[
        str,
        typer.Option("--date", "--as-of", envvar="ATLANTE_AS_OF", metavar="YYYY-MM-DD", help="The day to show."),
    ],
    vintage: Annotated[
        str | None,
        typer.Option("--from", envvar="ATLANTE_FROM_VINTAGE", help="Vintage to derive from; default: the nearest."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Carry boundaries to another day by the events between, and load them as a vintage of their own."""
    from atlante.pipeline.boundaries import derive as derive_vintage

    shown, today = parse_day("--date", day), dt.datetime.now(dt.UTC).date()
    if shown > today:  # a build takes the latest boundaries: those of a day to come would be taken from now on
        raise InvalidSetting("--date", day, f"a day up to {today}")
    url = ready_database(context)
    with progress() as report:
        report(f"deriving the boundaries of {shown}")
        derived, loaded = derive_vintage(url, shown, vintage_id=vintage)
    emit_summary(_summary(derived, loaded.vintage_id), json=json)


def _summary(boundaries: Boundaries, vintage_id: str) -> dict[str, Any]:
    rows = boundaries.municipalities
    return {
        "vintage_id": vintage_id,
        "reference_date": boundaries.reference_date,
        "municipalities": len(rows),
        "provinces": rows["province_code"].nunique(),
        "regions": rows["region_code"].nunique(),
        "changed": int(rows["provenance"].notna().sum()),
        "population_unknown": int(rows["population"].isna().sum()),
        "source": boundaries.source,
    }


def _show(result: CheckResult, vintage_id: str | None, *, json: bool, csv: bool) -> None:
    report = result.left or result.found
    if json:
        emit_json(_document(result, vintage_id))
    elif csv:
        emit_frame(_frame(report), csv=True)
    else:
        _tell(result, report, vintage_id)


def _document(result: CheckResult, vintage_id: str | None) -> dict[str, Any]:
    document = {
        **_as_dict(result.found),
        "compared_with": result.compared_with,
        "fits": result.fits,
        "vintage_id": vintage_id,
    }
    return document | ({"left": _as_dict(result.left)} if result.left else {})


def _as_dict(report: BoundaryReport) -> dict[str, Any]:
    return {
        "reference_date": report.reference_date,
        "source": report.source,
        "municipalities": report.municipalities,
        "is_clean": report.is_clean,
        "counts": {str(kind): n for kind, n in report.counts().items()},
        "findings": [finding.as_dict() for finding in report.findings],
    }


def _frame(report: BoundaryReport) -> Any:  # noqa: ANN401 - a DataFrame, imported when it is needed
    import pandas as pd

    columns = ["kind", "is_wrong", "codes", "names", "figure", "unit", "detail", "remedy"]
    return pd.DataFrame([finding.as_dict() for finding in report.findings], columns=columns)


def _tell(result: CheckResult, report: BoundaryReport, vintage_id: str | None) -> None:
    heading = f"{report.municipalities:,} municipalities on {report.reference_date}: {report.source}"
    rows = [(kind, n, result.found.counts().get(kind, 0) - n) for kind, n in report.counts().items()]
    gone = [(kind, 0, n) for kind, n in result.found.counts().items() if kind not in report.counts()]
    is_repaired = result.left is not None
    columns = ("", "left", "repaired") if is_repaired else ("", "found")
    emit_table((heading,), [])
    emit_table(columns, [row if is_repaired else row[:2] for row in [*rows, *gone]])
    for kind in report.counts():
        of_kind = [finding for finding in report.findings if finding.kind is kind]
        emit_table((f"\n{kind}: {of_kind[0].remedy}",), [])
        emit_table(("", "", ""), map(_line, of_kind[:_SHOWN]))
        if len(of_kind) > _SHOWN:
            emit_table(("",), [(f"… and {len(of_kind) - _SHOWN:,} more (--csv, --json)",)])
    note(f"Compared with: {result.compared_with}")
    _tell_days(result)
    if vintage_id is not None:
        note(f"Repaired boundaries are loaded as {vintage_id}")


def _tell_days(result: CheckResult) -> None:
    """Tell on which days the municipalities were those of the boundaries, if it is not the day that was given."""
    fits, day = result.fits, result.found.reference_date
    if fits is not None and not (fits.first <= day and (fits.last is None or day <= fits.last)):
        until = f"{fits.first} to {fits.last}" if fits.last else f"{fits.first} and after"
        note(f"The municipalities are those of {until}, with {fits.differences:,} differences. Is {day} the day?")


def _line(finding: Finding) -> tuple[str, str, str]:
    names = ", ".join(
        f"{name} ({code})" for name, code in list(zip(finding.names, finding.codes, strict=True))[:_NAMED]
    )
    more = f" and {len(finding.codes) - _NAMED:,} more" if len(finding.codes) > _NAMED else ""
    return names + more, f"{finding.figure:,.6g} {finding.unit}", finding.detail
