"""Which edition of ATECO the codes of an extract are of, beside what its source says.

Codes are counted while the rows pass, the distinct ones of a block at a time: nothing is read twice, and six million
rows cost less than a second. Only a source that leaves it to the codes (``edition = "detect"``) has its file read once
more, before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from atlante.catalogue.sources import DETECT, ActivityEdition
from atlante.classifications import EDITIONS, detect_edition
from atlante.errors import UndecidedEdition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pyarrow as pa

    from atlante.catalogue.sources import SourceDefinition
    from atlante.classifications import EditionEvidence
    from atlante.registers.extract import Block

_NEWEST: Final = EDITIONS[-1]


@dataclass(frozen=True, slots=True)
class EditionReport:
    """What an extract's codes say about their edition.

    Attributes
    ----------
    activity_edition
        The edition that was stored; None: the rows that came have no codes.
    edition_warning
        Why that may be wrong, with the evidence; None: nothing speaks against it.
    """

    activity_edition: str | None
    edition_warning: str | None


class ActivityTally:
    """Firms by activity code, counted as rows pass."""

    def __init__(self) -> None:
        self.firms: Counter[str] = Counter()
        self.edition: str | None = None

    def add(self, rows: pa.Table) -> None:
        """Count the codes of some accepted rows."""
        if "activity_code" not in rows.schema.names:
            return
        counts: Any = pc.value_counts(rows["activity_code"])
        for code, n in zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True):
            if code is not None:
                self.firms[code] += n  # two spellings of a code are two entries of a dictionary
        if self.edition is None and self.firms:
            self.edition = pc.first(rows["activity_edition"], skip_nulls=True).as_py()

    def evidence(self) -> EditionEvidence:
        """Return what the codes say."""
        return detect_edition(self.firms)

    def report(self, source_id: str, reference_date: date) -> EditionReport:
        """Return the edition that was stored, and what speaks against it."""
        if self.edition is None:
            return EditionReport(None, None)
        evidence = self.evidence()
        warning = None
        if evidence.speaks_against(self.edition):
            warning = (
                f"The source {source_id} says that extracts of {reference_date} have codes of ATECO {self.edition}, "
                f"which is not so. {evidence} They are stored as {self.edition}: correct `activity_editions` of the "
                f'source, or let the codes decide with edition = "{DETECT}".'
            )
        return EditionReport(self.edition, warning)


def with_decided_edition(
    path: Path,
    source: SourceDefinition,
    reference_date: date,
    blocks: Callable[[SourceDefinition], Iterable[Block]],
) -> SourceDefinition:
    """Return a source with the edition that the codes of a file decide for, where the source leaves it to them.

    Parameters
    ----------
    blocks
        Reads the file as a source says.

    Raises
    ------
    UndecidedEdition
        If the codes don't tell; shows the evidence.
    """
    if not source.activity_editions or source.activity_edition(reference_date) != DETECT:
        return source
    tally = ActivityTally()
    for block in blocks(_decided(source, _NEWEST)):
        tally.add(block.rows)
    if not tally.firms:
        return _decided(source, _NEWEST)  # of no code
    evidence = tally.evidence()
    if evidence.verdict is None:
        raise UndecidedEdition(path, str(evidence))
    return _decided(source, evidence.verdict)


def _decided(source: SourceDefinition, edition: str) -> SourceDefinition:
    """Return a source whose extracts have one edition; the others may be registered from earlier ones."""
    earlier = [ActivityEdition(edition=each, until=date.min) for each in EDITIONS if each != edition]
    return source.model_copy(update={"activity_editions": (*earlier, ActivityEdition(edition=edition))})
