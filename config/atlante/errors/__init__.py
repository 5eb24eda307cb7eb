"""Every error that Atlante raises, named after its cause.

A message says what happened, to what, and what to do. The branch decides the exit code of the command line::

    AtlanteError
    ├── UsageError (exit 2)            the call is off
    │   ├── InvalidSetting
    │   ├── UnknownSource
    │   ├── UnknownSurvey              no questionnaire of this id is in the catalogue
    │   ├── UnknownIndicator           no indicator of this id is in the catalogue
    │   ├── UnknownContext             no table of the context of this id is in the catalogue
    │   ├── UnknownVintage             no boundaries of this id are loaded
    │   ├── UnknownDocument            nothing of this id is loaded that could be withdrawn
    │   ├── UnknownEdition             of ATECO
    │   ├── DayNotTold                 before the history of territories, or to come
    │   └── ReferenceDateMissing
    ├── DataError (exit 1)             what was given can't be used; nothing has changed
    │   ├── InvalidDefinition          a TOML file of the catalogue
    │   ├── InvalidExpression          a condition or number of the catalogue
    │   ├── UnreadableRegister
    │   │   ├── EmptyFile
    │   │   ├── WrongEncoding
    │   │   ├── MissingColumn
    │   │   ├── DuplicateColumn
    │   │   └── NotARegister
    │   ├── RejectedRows               the file is kept out for some of its rows
    │   ├── MixedRegisters             synthetic firms beside real ones
    │   ├── UnreadableAnswers          a file that is no table of survey answers
    │   ├── UnreadableContext          a file that is no table of the context
    │   ├── MixedAnswers               invented answers beside real ones
    │   ├── IncomparableVersions       two versions of a questionnaire ask different things
    │   ├── UnweightableSample         a sample can't stand for its population
    │   ├── StaleExtract
    │   ├── SuspiciousShrinkage        an extract that would close many firms
    │   ├── InvalidBoundaries
    │   ├── UnderivableBoundaries      the ground of another day is not known
    │   ├── InvalidDocument            a list of codes, an archive or a table of events
    │   ├── PartialList                a list that lacks many municipalities of its day
    │   ├── BoundariesInUse            the current release is made with them
    │   ├── UnknownTerritory           no code and no name of any time
    │   ├── InvalidActivityCode        no code of any edition is written so
    │   ├── UnknownActivityCode        the edition has no such code
    │   ├── UndecidedEdition           the codes of an extract don't tell their edition
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

import difflib
from typing import TYPE_CHECKING

from atlante.errors.base import AtlanteError, DataError, InfrastructureError, UsageError
from atlante.errors.infrastructure import (
    ClusterFailed,
    DatabaseNotReady,
    DatabaseUnavailable,
    DiskFull,
    PipelineBusy,
    PortTaken,
    PostgresNotInstalled,
    QueryTooSlow,
    UnexpectedFailure,
)
from atlante.errors.registers import (
    DuplicateColumn,
    EmptyFile,
    MissingColumn,
    MixedRegisters,
    NotARegister,
    RejectedRows,
    StaleExtract,
    SuspiciousShrinkage,
    UnreadableRegister,
    WrongEncoding,
)
from atlante.errors.territories import (
    BoundariesInUse,
    DayNotTold,
    InvalidBoundaries,
    InvalidDocument,
    InvalidSeries,
    PartialList,
    UnderivableBoundaries,
    UnknownCodes,
    UnknownDocument,
    UnknownTerritory,
    UnknownVintage,
    WeightsMissing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "AtlanteError",
    "BoundariesInUse",
    "CheckFailed",
    "ClusterFailed",
    "DataError",
    "DatabaseNotReady",
    "DatabaseUnavailable",
    "DayNotTold",
    "DiskFull",
    "DuplicateColumn",
    "EmptyFile",
    "IncomparableVersions",
    "InfrastructureError",
    "InvalidActivityCode",
    "InvalidBoundaries",
    "InvalidCounts",
    "InvalidDefinition",
    "InvalidDocument",
    "InvalidExpression",
    "InvalidSeries",
    "InvalidSetting",
    "MissingColumn",
    "MixedAnswers",
    "MixedRegisters",
    "NotARegister",
    "NothingLoaded",
    "PartialList",
    "PipelineBusy",
    "PortTaken",
    "PostgresNotInstalled",
    "QueryTooSlow",
    "ReferenceDateMissing",
    "RejectedRows",
    "StaleExtract",
    "SuspiciousShrinkage",
    "UndecidedEdition",
    "UnderivableBoundaries",
    "UnexpectedFailure",
    "UnknownActivityCode",
    "UnknownCodes",
    "UnknownContext",
    "UnknownDocument",
    "UnknownEdition",
    "UnknownIndicator",
    "UnknownSource",
    "UnknownSurvey",
    "UnknownTerritory",
    "UnknownVintage",
    "UnreadableAnswers",
    "UnreadableContext",
    "UnreadableIndex",
    "UnreadableRegister",
    "UnweightableSample",
    "UsageError",
    "ValueRefused",
    "WeightsMissing",
    "WrongEncoding",
]


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


class UnknownIndicator(UsageError):
    """No indicator of the catalogue has this id."""

    def __init__(self, indicator_id: str, known: Iterable[str]) -> None:
        self.indicator_id = indicator_id
        near = difflib.get_close_matches(indicator_id, list(known))
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"There is no indicator {indicator_id!r}.{hint} `atlante indicators list` shows them all.")


class UnknownSurvey(UsageError):
    """No questionnaire of the catalogue has this id."""

    def __init__(self, survey_id: str, known: Iterable[str]) -> None:
        self.survey_id = survey_id
        super().__init__(
            f"There is no survey {survey_id!r}. Known: {', '.join(sorted(known)) or 'none'}. "
            "Add a TOML file to catalogue/surveys/ to define another."
        )


class UnknownEdition(UsageError):
    """There is no edition of ATECO of this name."""

    def __init__(self, edition: str, known: Iterable[str]) -> None:
        self.edition = edition
        super().__init__(
            f"There is no edition {edition!r} of ATECO; known are {', '.join(known)} (2022: the update of ATECO 2007)."
        )


class ReferenceDateMissing(UsageError):
    """Neither the file's name nor the call says which day the extract shows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path.name} does not say which day it shows. Give it with --as-of YYYY-MM-DD.")


class InvalidDefinition(DataError):
    """A TOML file of the catalogue says something that can't be; ``line`` is that of the key, None: not known."""

    def __init__(self, path: Path, key: str, problem: str, *, line: int | None = None) -> None:
        self.path, self.key, self.problem, self.line = path, key, problem, line
        super().__init__(f"{path}{f', line {line}' if line else ''}: {key}: {problem}")


class InvalidExpression(DataError):
    """A condition or number of the catalogue can't be read; ``position`` counts characters from 1."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.text, self.position, self.problem = text, position, problem
        super().__init__(f"{text!r}, character {position}: {problem}")


class UnreadableAnswers(DataError):
    """A file is no table of survey answers."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path} is not a table of survey answers: {problem}.")


class UnknownContext(UsageError):
    """No table of the context in the catalogue has this id."""

    def __init__(self, context_id: str, known: Iterable[str]) -> None:
        self.context_id = context_id
        super().__init__(
            f"There is no context table {context_id!r}. Known: {', '.join(sorted(known)) or 'none'}. "
            "Add a TOML file to catalogue/context/ to define another."
        )


class UnreadableContext(DataError):
    """A file is not the table of the context that it is given as."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path} is not a table of the context: {problem}.")


class MixedAnswers(DataError):
    """Invented answers are given where real ones or real firms are, or the other way round."""

    def __init__(self, survey_id: str, held: str, *, is_synthetic: bool) -> None:
        given = "synthetic" if is_synthetic else "real"
        super().__init__(
            f"The answers to {survey_id} are {given}, but this database holds {held}. "
            "Use another database for them (another ATLANTE_DATA_DIR, or ATLANTE_DATABASE_URL)."
        )


class IncomparableVersions(DataError):
    """Two versions of a questionnaire ask different things: a difference between them is not one of firms."""

    def __init__(self, first: str, second: str, reason: str) -> None:
        self.first, self.second, self.reason = first, second, reason
        super().__init__(f"{first} and {second} can't be compared: {reason} Compare surveys that ask the same.")


class UnweightableSample(DataError):
    """A sample can't be weighted so that it stands for its population."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        super().__init__(f"{problem}. {remedy}.")


class InvalidActivityCode(DataError):
    """A text can't be a code of ATECO, of whatever edition."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is not an activity code: expected two to six digits, with or without dots (62, 62.0, 62.01, "
            "62.01.00, 620100), or the letter of a section."
        )


class UnknownActivityCode(DataError):
    """An edition of ATECO has no such code."""

    def __init__(self, code: str, edition: str, near: Sequence[str]) -> None:
        self.code, self.edition, self.near = code, edition, list(near)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"ATECO {edition} has no code {code}.{hint}")


class UndecidedEdition(DataError):
    """A source leaves it to the codes of an extract to tell their edition, and they don't."""

    def __init__(self, path: Path, evidence: str) -> None:
        self.path = path
        super().__init__(
            f"{path}: the activity codes don't tell which edition of ATECO they are of; nothing was loaded. {evidence} "
            "Give the edition in `activity_editions` of the source."
        )


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


class ValueRefused(DataError):
    """A value reached the database that it can't use: out of range, or no valid geometry."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The database can't use a value: {problem}. Correct the value, or report it if it is not yours."
        )


class CheckFailed(DataError):
    """A check of published answers found something wrong."""
