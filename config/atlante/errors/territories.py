"""Errors about territories: documents, boundaries, the history and crosswalks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.errors.base import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

_EXAMPLES = 3  # named in a message
_NAMED = 10  # territories named in a message


class UnknownVintage(UsageError):
    """No boundaries of this id are loaded, and no file has this name."""

    def __init__(self, vintage_id: str, known: Iterable[str]) -> None:
        self.vintage_id = vintage_id
        loaded = ", ".join(known) or "none"
        super().__init__(
            f"{vintage_id!r} is neither a file nor a boundary vintage. Loaded are: {loaded}. "
            "Load another with `atlante territories load`."
        )


class UnknownDocument(UsageError):
    """Neither a document nor a boundary vintage of this id is loaded."""

    def __init__(self, document_id: str, near: Sequence[str]) -> None:
        self.document_id = document_id
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(
            f"{document_id!r} is neither a document nor a boundary vintage that is loaded.{hint} "
            "`atlante territories documents` lists the documents, `atlante status` the vintages."
        )


class DayNotTold(UsageError):
    """A day is before the history of territories begins, or has not come and no document speaks of it."""

    def __init__(self, name: str, day: date, first: date, last: date) -> None:
        self.day, self.first, self.last = day, first, last
        begins = f"the history of territories begins on {first}"
        problem = begins if day < first else "that day is to come, and no document speaks of it"
        super().__init__(f"{name} is {day}, but {problem}. Give a day from {first} to {last}.")


class InvalidBoundaries(DataError):
    """A boundary file lacks something that a territory must have."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


class UnderivableBoundaries(DataError):
    """Boundaries can't be carried to another day: ground, codes or a line are not known."""

    def __init__(self, n: int, which: str, problem: str) -> None:
        self.n = n
        super().__init__(f"{n:,} {'municipality' if n == 1 else 'municipalities'} ({which}): {problem}.")


class InvalidDocument(DataError):
    """A document about territories can't be read, or says what can't be."""

    def __init__(self, path: Path | str, problem: str, *, line: int | None = None, column: str | None = None) -> None:
        self.path, self.problem, self.line, self.column = path, problem, line, column
        place = "".join([f", line {line}" if line else "", f", column {column!r}" if column else ""])
        self.told = f"{place.removeprefix(', ').capitalize()}: {problem}" if place else problem
        super().__init__(f"{path}{place}: {problem}")


class PartialList(DataError):
    """A list lacks so many municipalities of its day that it may be that of a region, or cut off."""

    def __init__(self, document: str, lacking: Sequence[str], existing: int, others: str) -> None:
        self.lacking, self.existing = list(lacking), existing
        super().__init__(
            f"{document} lacks {len(lacking):,} of the {existing:,} municipalities that {others} (for example "
            f"{', '.join(lacking[:_EXAMPLES])}); nothing was loaded. It would end all of them. Load it with --partial "
            "if it speaks only of those that it has, or with --whole if the others did not exist on its day."
        )


class BoundariesInUse(DataError):
    """The current release is made with boundaries that are to be withdrawn."""

    def __init__(self, vintage_id: str, release_id: str) -> None:
        self.vintage_id, self.release_id = vintage_id, release_id
        super().__init__(
            f"The current release {release_id} is made with the boundaries {vintage_id}; nothing was withdrawn. Load "
            "others, build and publish first, or withdraw them with --although-published: the release is served on."
        )


class UnknownTerritory(DataError):
    """No territory of any time has this code or name."""

    def __init__(self, text: str, near: Sequence[str]) -> None:
        self.text, self.near = text, list(near)
        hint = f"Did you mean {', '.join(near)}?" if near else "Give a Belfiore or ISTAT code, a sigla, or a name."
        super().__init__(f"No municipality or province is or was called {text!r}. {hint}")


class WeightsMissing(DataError):
    """A territory is divided in a crosswalk, and what its parts are measured by is not loaded."""

    def __init__(self, territories: Sequence[str], needed: str, remedy: str | None) -> None:
        self.territories = list(territories)
        load = f"Load them with `{remedy}`, or choose" if remedy else "Choose"
        named = ", ".join(self.territories[:_NAMED])
        more = f" and {len(self.territories) - _NAMED:,} more" if len(self.territories) > _NAMED else ""
        several = f"{len(self.territories):,} territories: " if len(self.territories) > 1 else ""
        super().__init__(
            f"No {needed} of {several}{named}{more} are loaded, by which parts of a divided territory are measured. "
            f"{load} other --weights (equal, if nothing is known)."
        )


class InvalidSeries(DataError):
    """A table of values by territory can't be converted to another day's territories."""

    def __init__(self, table: object, problem: str) -> None:
        super().__init__(f"{table}: {problem}")


class UnknownCodes(InvalidSeries):
    """A table has codes of territories that were not there on the day that it is said to show."""

    def __init__(self, table: object, codes: Sequence[str], hints: str) -> None:
        self.codes = list(codes)
        super().__init__(
            table,
            f"{len(self.codes):,} codes are not those of a territory on that day. {hints} Give the day of the table "
            "with --from, correct it, or convert the others with --accept-unknown.",
        )
