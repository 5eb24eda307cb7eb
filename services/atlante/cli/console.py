"""What a person sees: data on stdout, everything else on stderr."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from atlante.errors import AtlanteError

_WIDE = 1000  # columns: what goes into a file or another program is never wrapped

errors = Console(stderr=True, highlight=False)
_output = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)

type Report = Callable[[str], None]

JsonOption = Annotated[bool, typer.Option("--json", envvar="ATLANTE_JSON", help="Print one JSON document.")]


def fail(error: AtlanteError) -> int:
    """Print an error and return its exit code."""
    errors.print(f"[bold red]{type(error).__name__}[/]: {_escaped(str(error))}", soft_wrap=True)
    return error.exit_code


def note(text: str) -> None:
    """Tell something on stderr."""
    errors.print(_escaped(text), soft_wrap=True)


def emit_json(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document on stdout."""
    sys.stdout.buffer.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table on stdout."""
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_escaped(str(cell)) for cell in row))
    _output.print(table)
    sys.stdout.flush()  # notes on stderr come after it, also where both go to one place


def emit_summary(summary: Mapping[str, object], *, json: bool) -> None:
    """Print what a command came to: one JSON document, or a table of two columns."""
    if json:
        emit_json(summary)
    else:
        emit_table(("", ""), summary.items())


@contextmanager
def progress(total: int | None = None) -> Iterator[Report]:
    """Show what is being done, and for how long, while the block runs; nothing where stderr is not a terminal.

    The block gets a function that it calls with a few words whenever it begins another step.
    """
    if not errors.is_terminal:
        yield lambda _: None
        return
    columns = [SpinnerColumn(), TextColumn("{task.description}")]
    if total:
        columns += [BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TimeElapsedColumn(), console=errors, transient=True) as bar:
        task = bar.add_task("", total=total)

        def report(step: str) -> None:
            bar.update(task, description=step, advance=1 if bar.tasks[0].description else 0)

        yield report


@contextmanager
def gauge(step: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a step has come while the block runs; nothing where stderr is not a terminal.

    The block gets a function that it calls with how much is done and how much there is.
    """
    if not errors.is_terminal:
        yield lambda _done, _total: None
        return
    columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()]
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=errors, transient=True) as bar:
        task = bar.add_task(step, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=step if done < total else "finishing")

        yield advance


class Stopwatch:
    """Seconds per step, for people and for ``--json``."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as a step."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begin, 3)


def _escaped(text: str) -> str:
    """Return text that rich prints as it is."""
    return text.replace("[", r"\[")
