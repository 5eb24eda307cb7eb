"""The files of a call of ``territories load``: told apart, read, and those left out named."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.cli import boundaries as boundary_commands
from atlante.cli.console import note
from atlante.errors import InvalidDocument, InvalidSetting, ReferenceDateMissing

if TYPE_CHECKING:
    from atlante.cli.console import Report
    from atlante.territories import Boundaries
    from atlante.territories.documents import Document

_TOLD = 3  # of what the reader of one document skipped
_SINGLY = "Boundaries beside documents are loaded one by one: `atlante territories load {path} --as-of YYYY-MM-DD`."
_UNDATED = "Its name does not say which day it shows: `atlante territories load {path} --as-of YYYY-MM-DD`."


@dataclasses.dataclass(frozen=True, slots=True)
class Inputs:
    """Files to load, told apart, and what the call says about them.

    Attributes
    ----------
    documents, boundaries
        Files that the call names.
    found
        Documents of folders that it names: one that can't be read keeps no other from being loaded.
    left_out
        By file of a folder, why it is not loaded.
    is_partial
        Whether lists speak only of the municipalities that they have.
    """

    as_of: dt.date | None
    population: Path | None
    codes: Path | None
    is_repair: bool
    is_partial: bool
    documents: list[Path] = dataclasses.field(default_factory=list)
    found: list[Path] = dataclasses.field(default_factory=list)
    boundaries: list[Path] = dataclasses.field(default_factory=list)
    left_out: dict[Path, str] = dataclasses.field(default_factory=dict)

    def sort(self, files: list[Path]) -> None:
        """Tell documents from boundaries; a folder without documents is one of boundaries.

        Raises
        ------
        InvalidSetting
            If boundaries come without their day.
        """
        from atlante.territories.documents import is_document
        from atlante.territories.layers import is_dataset

        for path in files:
            inside = sorted(path.iterdir()) if path.is_dir() else []
            documents = [file for file in inside if is_document(file)]
            if documents:
                self.found.extend(documents)
                beside = [file for file in inside if file not in documents and is_dataset(file)]
                self.left_out.update({file: _SINGLY.format(path=file) for file in beside})
            else:
                (self.documents if is_document(path) else self.boundaries).append(path)
        if self.boundaries and self.as_of is None:
            raise InvalidSetting("--as-of", None, "the day that the boundaries show, as YYYY-MM-DD")

    def read_documents(self, report: Report) -> list[Document]:
        """Return the documents; those of folders that can't be read are left out.

        Raises
        ------
        InvalidDocument, InvalidDefinition, ReferenceDateMissing
            If a file that the call names can't be read.
        """
        read = []
        for path in [*self.documents, *self.found]:
            report(f"reading {path.name}")
            try:
                read.append(self._document(path))
            except ReferenceDateMissing:
                if path in self.documents:
                    raise
                self.left_out[path] = _UNDATED.format(path=path)
            except InvalidDocument as exc:
                if path in self.documents:
                    raise
                self.left_out[path] = exc.told
        return read

    def _document(self, path: Path) -> Document:
        """Return a document; of several, ``--as-of`` is for those whose names don't say the day."""
        from atlante.territories.documents import read_document

        is_single = len(self.documents) + len(self.found) == 1
        try:
            document = read_document(path, as_of=self.as_of if is_single else None)
        except ReferenceDateMissing:
            if self.as_of is None:
                raise
            document = read_document(path, as_of=self.as_of)
        return dataclasses.replace(document, is_complete=not (self.is_partial and document.is_snapshot))

    def read_boundaries(self, url: str, report: Report) -> list[Boundaries]:
        """Return the boundaries; what they lack is taken from the history, where there is one."""
        from atlante.pipeline.territories import territory_history
        from atlante.territories import read_boundaries

        if not self.boundaries or self.as_of is None:
            return []
        report("reading boundaries")
        day, population, codes = self.as_of, self.population, self.codes
        if self.is_repair:
            return [boundary_commands.repaired(url, path, day, codes, population) for path in self.boundaries]
        history = territory_history(url)
        known = history if len(history.versions) else None
        return [
            read_boundaries(path, reference_date=day, population=population, codes=codes, history=known)
            for path in self.boundaries
        ]


def tell_skipped(documents: list[Document]) -> None:
    """Tell what readers skipped or mended, document by document."""
    for document in documents:
        for sentence in document.skipped[:_TOLD]:
            note(f"{document.document_id}: {sentence}")
        if len(document.skipped) > _TOLD:
            note(f"{document.document_id}: … and {len(document.skipped) - _TOLD:,} more")
