"""The verb that loads tables of the context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atlante.catalogue.context import load_context
from atlante.database import copy_rows
from atlante.errors import RejectedRows, UnknownContext
from atlante.measures.context_tables import REJECT_COLUMNS, ContextFile, KnownCodes, context_day, read_context_file
from atlante.pipeline.runs import QUERIES, Run, open_run
from atlante.territories import latest_vintage
from atlante.territories.history import read_history

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

_NAMED: Final = 3  # municipalities, as examples
_VALUES = ("context_id", "reference_date", "variable_id", "municipality_code", "value")


@dataclass(frozen=True, slots=True)
class ContextIntake:
    """A table of the context to load.

    Attributes
    ----------
    as_of
        The day that the table shows; None: the file's name says it.
    accept_rejects
        Load the accepted rows although others were rejected. Otherwise one rejected row keeps the whole file out.
    """

    context_id: str
    path: Path
    as_of: dt.date | None = None
    accept_rejects: bool = False


@dataclass(frozen=True, slots=True)
class ContextSummary:
    """What was loaded: ``accepted + rejected = rows_in_file``; `values` known ones, `unknown` the others."""

    reference_date: dt.date
    rows_in_file: int
    accepted: int
    rejected: int
    variables: int
    values: int
    unknown: int


def load_context_table(
    url: str,
    catalogue_dir: Path,
    intake: ContextIntake,
    *,
    extra_catalogue_dir: Path | None = None,
    on_read: Callable[[ContextFile], None] = lambda _: None,
) -> ContextSummary:
    """Read a table of the context and load it; the one of the same day before it is replaced.

    Codes are those of the table's day where the history of territories is loaded, else those of the newest boundaries.

    Parameters
    ----------
    on_read
        Is given what became of the rows before anything is written: the place to report rejects.

    Raises
    ------
    UnknownContext, UnreadableContext, ReferenceDateMissing, RejectedRows, NothingLoaded
        Nothing has changed in the database.
    """
    tables = load_context(catalogue_dir, extra_catalogue_dir)
    if intake.context_id not in tables:
        raise UnknownContext(intake.context_id, tables)
    table = tables[intake.context_id]
    day = context_day(intake.path, table, intake.as_of)
    with open_run(url, "context load") as run:
        known = _known_codes(run, day, is_istat=table.code == "istat")
        file = read_context_file(intake.path, table, reference_date=day, known=known)
        on_read(file)
        if len(file.rejects) and not intake.accept_rejects:
            raise RejectedRows(intake.path, len(file.rejects), file.rows_in_file)
        summary = _write(run, file)
        run.summarise(summary)
    return summary


def _known_codes(run: Run, day: dt.date, *, is_istat: bool) -> KnownCodes:
    """Return the municipalities by the codes that a file of that day uses, and what to load where one is missing."""
    then = read_history(run.connection).at(day)
    if then.empty:
        vintage = latest_vintage(run.connection)
        rows = run.connection.execute(QUERIES["codes_of_vintage"], {"vintage_id": vintage.vintage_id}).fetchall()
        whose = f"the boundaries of {vintage.reference_date}"
        advice = f"no history of territories tells of {day}: load it with `atlante territories load`"
        return KnownCodes({str(row[0 if is_istat else 1]): str(row[1]) for row in rows}, whose, advice)
    coded = then.dropna(subset=["istat_code"]) if is_istat else then
    codes = coded["istat_code" if is_istat else "municipality_code"]
    nameless = then[~then["municipality_code"].isin(coded["municipality_code"])]
    names = ", ".join(
        f"{name} ({code})" for code, name in nameless[["municipality_code", "name"]].head(_NAMED).to_numpy()
    )
    advice = (
        f"of {len(nameless):,} municipalities of {day} no document tells the ISTAT code, such as {names}: load ISTAT's "
        "list of that time with `atlante territories load FILE --as-of DAY`"
    )
    municipalities = dict(zip(codes.astype(str), coded["municipality_code"].astype(str), strict=True))
    return KnownCodes(municipalities, day.isoformat(), advice if len(nameless) else "")


def _write(run: Run, file: ContextFile) -> ContextSummary:
    context_id, day = file.table.id, file.reference_date
    run.connection.execute(QUERIES["delete_context"], {"context_id": context_id, "reference_date": day})
    record = {
        "context_id": context_id,
        "reference_date": day,
        "file_name": file.file_name,
        "sha256": file.sha256,
        "rows_in_file": file.rows_in_file,
        "rows_accepted": len(file.values),
        "rows_rejected": len(file.rejects),
        "run_id": run.run_id,
    }
    run.connection.execute(QUERIES["insert_context_file"], record)
    long = file.values.melt(id_vars="municipality_code", var_name="variable_id", value_name="value")
    rows = (
        (context_id, day, name, code, None if value != value else value)  # noqa: PLR0124 - nan is unequal to itself
        for code, name, value in long.itertuples(index=False, name=None)
    )
    copy_rows(run.connection, "measure.context", _VALUES, rows)
    rejects = ((run.run_id, *row) for row in file.rejects.itertuples(index=False, name=None))
    copy_rows(run.connection, "ops.reject", ("run_id", *REJECT_COLUMNS), rejects)
    known = int(long["value"].notna().sum())
    return ContextSummary(
        reference_date=day,
        rows_in_file=file.rows_in_file,
        accepted=len(file.values),
        rejected=len(file.rejects),
        variables=len(file.table.variables),
        values=known,
        unknown=len(long) - known,
    )
