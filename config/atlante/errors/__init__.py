"""Every error that Atlante raises, named after its cause.

A message says what happened, to what, and what to do. The branch decides the exit code of the command line::

    AtlanteError
    ├── UsageError (exit 2)            the call is off
    │   ├── InvalidSetting
    │   ├── UnknownSource
    │   ├── UnknownVintage             no boundaries of this id are loaded
    │   └── ReferenceDateMissing
    ├── DataError (exit 1)             what was given can't be used; nothing has changed
    │   ├── InvalidDefinition          a TOML file of the catalogue
    │   ├── UnreadableRegister
    │   │   ├── EmptyFile
    │   │   ├── WrongEncoding
    │   │   ├── MissingColumn
    │   │   ├── DuplicateColumn
    │   │   └── NotARegister
    │   ├── RejectedRows               the file is kept out for some of its rows
    │   ├── MixedRegisters             synthetic firms beside real ones
    │   ├── StaleExtract
    │   ├── SuspiciousShrinkage        an extract that would close many firms
    │   ├── InvalidBoundaries
    │   ├── UnderivableBoundaries      the ground of another day is not known
    │   ├── InvalidDocument            a list of codes, an archive or a table of events
    │   ├── UnknownTerritory           no code and no name of any time
    │   ├── InvalidCounts
    │   ├── NothingLoaded
    │   ├── UnreadableIndex            a kept point index is damaged, or of another version
    │   ├── WeightsMissing             what divides a territory in a crosswalk is not loaded
    │   ├── InvalidSeries              a table that a crosswalk can't convert
    │   │   └── UnknownCodes           of territories that were not there on its day
    │   ├── ValueRefused               the database can't use a value
    │   └── CheckFailed
    └── InfrastructureError (exit 3)   the machine or the database
        ├── PostgresNotInstalled
        ├── ClusterFailed
        │   └── DiskFull
        ├── PortTaken
        ├── DatabaseUnavailable
        ├── DatabaseNotReady           not initialised, or by another version
        ├── QueryTooSlow               the database stopped it at its time limit
        ├── PipelineBusy
        └── UnexpectedFailure          a defect of Atlante
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class AtlanteError(Exception):
    """The root: catch this to catch everything that Atlante raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(AtlanteError):
    """The call can't be carried out as it was made."""

    exit_code = 2


class InvalidSetting(UsageError):
    """A setting or option has a value that it can't have."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        self.name, self.value, self.expected = name, value, expected
        super().__init__(f"{name} is {value!r}; expected {expected}.")


class UnknownSource(UsageError):
    """No source definition has this name."""

    def __init__(self, source_id: str, known: Iterable[str]) -> None:
        self.source_id = source_id
        super().__init__(
            f"There is no source {source_id!r}. Known: {', '.join(sorted(known))}. "
            "Add a TOML file to catalogue/sources/ to define another."
        )


class UnknownVintage(UsageError):
    """No boundaries of this id are loaded, and no file has this name."""

    def __init__(self, vintage_id: str, known: Iterable[str]) -> None:
        self.vintage_id = vintage_id
        loaded = ", ".join(known) or "none"
        super().__init__(
            f"{vintage_id!r} is neither a file nor a boundary vintage. Loaded are: {loaded}. "
            "Load another with `atlante territories load`."
        )


class ReferenceDateMissing(UsageError):
    """Neither the file's name nor the call says which day the extract shows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path.name} does not say which day it shows. Give it with --as-of YYYY-MM-DD.")


class DataError(AtlanteError):
    """What was given can't be used. Nothing has been changed."""


class InvalidDefinition(DataError):
    """A TOML file of the catalogue says something that can't be."""

    def __init__(self, path: Path, key: str, problem: str) -> None:
        self.path, self.key, self.problem = path, key, problem
        super().__init__(f"{path}: {key}: {problem}")


class UnreadableRegister(DataError):
    """A register extract can't be read at all."""


class EmptyFile(UnreadableRegister):
    """The file holds nothing, or a header alone."""

    def __init__(self, path: Path, what: str = "nothing") -> None:
        self.path = path
        super().__init__(f"{path} holds {what}. Fetch the extract again.")


class WrongEncoding(UnreadableRegister):
    """The bytes are not text in the encoding that the source declares."""

    def __init__(self, path: Path, encoding: str, position: int, found: str, *, remedy: str | None = None) -> None:
        self.path, self.encoding, self.position = path, encoding, position
        super().__init__(
            f"{path} is not {encoding}: byte {position} {found}. "
            + (remedy or f"Save it as {encoding}, or change `encoding` in the source definition.")
        )


class MissingColumn(UnreadableRegister):
    """A column that the source requires is not in the header."""

    def __init__(self, path: Path, field: str, accepted: Iterable[str], found: Iterable[str]) -> None:
        self.path, self.field = path, field
        super().__init__(
            f"{path} has no column for {field!r} (accepted headers: {', '.join(map(repr, accepted))}). "
            f"Its header is: {', '.join(map(repr, found))}. Add its wording to the source definition."
        )


class DuplicateColumn(UnreadableRegister):
    """Two columns have one header, or two headers mean one field."""

    def __init__(self, path: Path, header: str, columns: Iterable[int]) -> None:
        self.path, self.header = path, header
        super().__init__(
            f"{path} has the header {header!r} in columns {', '.join(map(str, columns))}. "
            "Remove or rename one of them: it is not clear which one holds the data."
        )


class NotARegister(UnreadableRegister):
    """The file is something else: another format, or a binary file."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(f"{path} is not an extract of this source: {problem}.")


class RejectedRows(DataError):
    """Some rows of an extract can't be accepted, and the call did not say to load the others."""

    def __init__(self, path: Path, rejected: int, rows_in_file: int) -> None:
        self.rejected, self.rows_in_file = rejected, rows_in_file
        super().__init__(
            f"{rejected:,} of the {rows_in_file:,} rows of {path} are rejected; nothing was loaded. "
            f"Mend them, or load the other {rows_in_file - rejected:,} with --accept-rejects."
        )


class MixedRegisters(DataError):
    """A synthetic extract is given to a source that holds a real register, or the other way round."""

    def __init__(self, source_id: str, *, is_synthetic: bool) -> None:
        given, held = ("synthetic", "a real") if is_synthetic else ("real", "a synthetic")
        super().__init__(
            f"The extract is {given}, but the source {source_id} holds {held} register in this database. "
            "Use another database for it (another ATLANTE_DATA_DIR, or ATLANTE_DATABASE_URL)."
        )


class StaleExtract(DataError):
    """An extract is older than what has been loaded from the same source."""

    def __init__(self, reference_date: object, latest: object) -> None:
        super().__init__(
            f"This extract shows {reference_date}, but {latest} is loaded already. "
            "History is kept in order: load extracts from old to new."
        )


class SuspiciousShrinkage(DataError):
    """An extract lacks so many of the firms that are registered that it may be cut off."""

    def __init__(self, path: Path, closed: int, registered: int) -> None:
        self.closed, self.registered = closed, registered
        super().__init__(
            f"{path} lacks {closed:,} of the {registered:,} firms that the register holds; nothing was loaded. "
            "Is the file cut off? If it is right, load it with --accept-shrinkage."
        )


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
        super().__init__(f"{path}{place}: {problem}")


class UnknownTerritory(DataError):
    """No territory of any time has this code or name."""

    def __init__(self, text: str, near: Sequence[str]) -> None:
        self.text, self.near = text, list(near)
        hint = f"Did you mean {', '.join(near)}?" if near else "Give a Belfiore or ISTAT code, a sigla, or a name."
        super().__init__(f"No municipality or province is or was called {text!r}. {hint}")


class InvalidCounts(DataError):
    """Counts given to a statistical function contradict each other."""

    def __init__(self, problem: str, index: int) -> None:
        self.index = index
        super().__init__(f"{problem} (first at index {index}).")


class NothingLoaded(DataError):
    """A step needs what an earlier step has not made yet."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"There is no {what}. Run `{remedy}` first.")


class UnreadableIndex(DataError):
    """A file does not hold a point index that this version can use."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path} holds no usable point index: {problem}. Remove the file; it is only a cache.")


class WeightsMissing(DataError):
    """A territory is divided in a crosswalk, and what its parts are measured by is not loaded."""

    def __init__(self, territory: str, needed: str, remedy: str | None, period: str) -> None:
        self.territory = territory
        load = f"Load them with `{remedy}`, or choose" if remedy else "Choose"
        super().__init__(
            f"No {needed} of {territory} {period} are loaded, by which parts of a divided territory are measured. "
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


class ValueRefused(DataError):
    """A value reached the database that it can't use: out of range, or no valid geometry."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The database can't use a value: {problem}. Correct the value, or report it if it is not yours."
        )


class CheckFailed(DataError):
    """A check of published answers found something wrong."""


class InfrastructureError(AtlanteError):
    """The machine, the network or the database."""

    exit_code = 3


class PostgresNotInstalled(InfrastructureError):
    """No PostgreSQL server with PostGIS is on this machine."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"{missing} was not found. Install PostgreSQL 15 or newer with PostGIS 3.3 or newer "
            "(Debian, Ubuntu: apt-get install postgresql-postgis), or set ATLANTE_DATABASE_URL."
        )


class ClusterFailed(InfrastructureError):
    """The private PostgreSQL cluster can't be made, started or stopped."""


class DiskFull(ClusterFailed):
    """There is no room for the database."""

    def __init__(self, path: object, free_mib: int, needed_mib: int) -> None:
        super().__init__(
            f"The disk of {path} has {free_mib} MiB free and {needed_mib} MiB are needed. "
            "Free some space, or choose another folder with ATLANTE_DATA_DIR."
        )


class PortTaken(InfrastructureError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"Port {port} on {host} is taken by another program. Stop it, or choose another with {setting}."
        )


class DatabaseUnavailable(InfrastructureError):
    """The database does not answer, or the connection was lost."""


class DatabaseNotReady(InfrastructureError):
    """The database is not initialised, or by another version of Atlante."""


class QueryTooSlow(InfrastructureError):
    """A question to the database was stopped at its time limit."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The database stopped a query: {problem}. "
            "Ask for less at once: a smaller bbox, fewer items, a simpler filter."
        )


class PipelineBusy(InfrastructureError):
    """Another process is writing to this database."""

    def __init__(self) -> None:
        super().__init__(
            "Another atlante process is loading, building or publishing in this database. Wait for it to end."
        )


class UnexpectedFailure(InfrastructureError):
    """Something failed that Atlante did not foresee."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            f"{type(cause).__name__}: {cause}. This is a defect: please report it with what --debug shows. "
            "Nothing was changed by this call."
        )
