"""Files of survey answers: one row a firm and item, with every row accounted for."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from atlante.catalogue.sources import fold_wording
from atlante.errors import UnreadableAnswers
from atlante.maturity.vetting import AnswerReason, Reject, Vetting, reject_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from atlante.catalogue.surveys import Survey

SYNTHETIC_MARK: Final = "DATI SINTETICI"
_HEADERS: Final = {
    "firm_id": ("codice fiscale", "fiscal code", "impresa", "firm", "firm id"),
    "survey": ("indagine", "survey", "umfrage"),
    "item": ("voce", "domanda", "item", "frage"),
    "version": ("versione", "version", "fassung"),
    "answered_on": ("data", "date", "datum"),
    "answer": ("risposta", "answer", "antwort"),
    "provenance": ("provenienza", "provenance", "herkunft"),
}
_OPTIONAL: Final = frozenset({"provenance"})
_DELIMITERS: Final = ",;|\t"


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of a file's rows; ``len(rows) + len(rejects) = rows_in_file``, always.

    Attributes
    ----------
    rows
        Accepted rows: ``row_number`` (line of the file, the header being 1), ``firm_id``, ``item``, ``answered_on``,
        ``answer`` (a whole number; null: the item was left open).
    rejects
        Other rows: ``row_number``, ``field``, ``reason``, ``value``; each by its first reason.
    is_synthetic
        Whether a row says that it is invented; one is enough.
    """

    path: Path
    sha256: str
    rows: pd.DataFrame
    rejects: pd.DataFrame
    rows_in_file: int
    is_synthetic: bool


def read_answer_file(path: Path, survey: Survey, surveys: Mapping[str, Survey], *, today: dt.date) -> Answers:
    """Read answers to a survey from a table, comma-separated (or ``;``, ``|``, tab) UTF-8, or Parquet.

    Parameters
    ----------
    surveys
        All surveys of the catalogue: to tell items of other versions from mistakes.
    today
        No answer may be of a day after it.

    Raises
    ------
    UnreadableAnswers
        If the file is no such table.
    """
    content = _read(path)
    read = _read_parquet(path) if path.suffix == ".parquet" else _read_text(path, content)
    rows = _renamed(path, read.rows)
    vetting = Vetting(rows)
    vetting.check(survey, surveys, today)
    rejects = pd.concat([reject_table(read.rejects), vetting.rejects()]).sort_values("row_number", ignore_index=True)
    marks = rows["provenance"].str.upper().str.startswith(SYNTHETIC_MARK)
    return Answers(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        rows=vetting.accepted(),
        rejects=rejects,
        rows_in_file=len(rows) + len(read.rejects),
        is_synthetic=bool(marks.any()),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows as text, with `row_number`, and those that have another number of fields than the header."""

    rows: pd.DataFrame
    rejects: list[Reject]


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise UnreadableAnswers(path, exc.strerror or "it can't be read") from exc
    if not content.strip():
        raise UnreadableAnswers(path, "it is empty")
    return content


def _read_parquet(path: Path) -> _Read:
    try:
        table = pyarrow.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as exc:
        raise UnreadableAnswers(path, f"it is no Parquet file: {str(exc).splitlines()[0]}") from exc
    columns = {}
    for name in table.schema.names:
        texts = table[name].to_pandas()
        written = texts.map(str).where(texts.notna(), "").astype("object")
        columns[name] = written.str.removesuffix(".0") if texts.dtype.kind == "f" else written
    frame = pd.DataFrame(columns, dtype="object")
    frame.insert(0, "row_number", np.arange(2, len(frame) + 2))
    if frame.empty:
        raise UnreadableAnswers(path, "it holds no row")
    return _Read(frame, [])


def _read_text(path: Path, content: bytes) -> _Read:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        problem = f"byte {exc.start} is not UTF-8; save it as UTF-8"
        raise UnreadableAnswers(path, problem) from exc
    lines = text.split("\n")
    header = lines[0].rstrip("\r")
    delimiter = max(_DELIMITERS, key=header.count)
    names = [name.strip() for name in _fields(header, delimiter)]
    rows: list[list[str]] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    for number, raw in enumerate(lines[1:], 2):
        line = raw.rstrip("\r")
        if not line.strip():
            continue
        fields = _fields(line, delimiter)
        if len(fields) == len(names):
            rows.append(fields)
            numbers.append(number)
        else:
            rejects.append((number, "row", AnswerReason.WRONG_FIELDS, line[:200]))
    if not rows and not rejects:
        raise UnreadableAnswers(path, "it holds a header and no row")
    frame = pd.DataFrame(rows, columns=names, dtype="object")
    if frame.columns.duplicated().any():
        raise UnreadableAnswers(path, f"the header {frame.columns[frame.columns.duplicated()][0]!r} stands there twice")
    frame.insert(0, "row_number", numbers)
    return _Read(frame, rejects)


def _fields(line: str, delimiter: str) -> list[str]:
    """Return the fields of a line; none where its quotes can't be made sense of."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []


def _renamed(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are read, by our names and without padding."""
    found: dict[str, str] = {}
    folded = {name: fold_wording(name) for name in frame.columns if name != "row_number"}
    for ours, wordings in _HEADERS.items():
        places = [name for name, text in folded.items() if text in wordings]
        if len(places) > 1:
            raise UnreadableAnswers(path, f"its columns {' and '.join(map(repr, places))} both mean {ours}; remove one")
        if not places and ours not in _OPTIONAL:
            given, accepted = ", ".join(map(repr, folded)), ", ".join(map(repr, wordings))
            problem = f"it has no column for {ours} (accepted headers: {accepted}); its header is {given}"
            raise UnreadableAnswers(path, problem)
        found |= {ours: places[0]} if places else {}
    columns = {ours: frame[name].str.strip() for ours, name in found.items()}
    rows = pd.DataFrame({"row_number": frame["row_number"], "provenance": "", **columns})
    return rows.astype({"row_number": np.int64})
