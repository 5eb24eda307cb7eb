"""Errors about registers: extracts that can't be read, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.errors.base import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


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
