"""Groups of activities in TOML: one file each, the file's name is the id.

::

    proposal = true            # nobody official has published this list
    [title]                    # it, en, de; so definition and source
    [stages.core]
    title = { it = "Nucleo", en = "Core", de = "Kern" }
    [stages.core.members.2007] # of 2022, too
    "10" = 1                   # all firms of division 10
    "20.15" = 0.5              # some firms of class 20.15
    [stages.core.members.2025]
    "10" = 1

A sector has ``[members.2007]`` and ``[members.2025]`` instead of stages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from atlante.catalogue.groups import LISTED, STAGES, WHOLE, ActivityGroup, Stage
from atlante.catalogue.lines import lines_of
from atlante.catalogue.tables import Table
from atlante.catalogue.text import Text, read_definition
from atlante.classifications import classification, compact, dotted
from atlante.errors import InvalidActivityCode, InvalidDefinition

if TYPE_CHECKING:
    from pathlib import Path

type Kind = Literal["filiera", "sector"]
type Weight = Annotated[float, Field(gt=0, le=1)]
type Lists = dict[Literal["2007", "2022", "2025"], dict[str, Weight]]

_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")


class _Group(Table):
    title: Text
    definition: Text
    source: Text
    proposal: bool


class _Stage(Table):
    """A stage of a filiera: members by edition."""

    title: Text
    members: Lists


class FilieraFile(_Group):
    """A file of ``filiere/``: members by stage and edition."""

    stages: Annotated[dict[Literal["upstream", "core", "downstream"], _Stage], Field(min_length=1)]


class SectorFile(_Group):
    """A file of ``sectors/``: members by edition."""

    members: Lists


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file of a group.

    Attributes
    ----------
    key
        The table of the file, or the code in it.
    line
        Where it stands; None: what is missing stands nowhere.
    """

    key: str
    text: str
    line: int | None = None


def read_group(path: Path, kind: Kind) -> ActivityGroup:
    """Return the group that a file defines.

    Raises
    ------
    InvalidDefinition
        If the file says something that can't be; names file, line and key, and codes near an unknown one.
    """
    group, problems = inspect_group(path, kind)
    if problems:
        first = problems[0]
        raise InvalidDefinition(path, first.key, first.text, line=first.line)
    return group


def inspect_group(path: Path, kind: Kind) -> tuple[ActivityGroup, list[Problem]]:
    """Return the group that a file defines without the codes that can't be, and everything wrong with its lists.

    Raises
    ------
    InvalidDefinition
        If the file is not TOML, or not a group of this kind at all.
    """
    if not _ID.fullmatch(path.stem):
        raise InvalidDefinition(path, "file", "the id is the file's name: expected a-z, 0-9 and _, a letter first")
    read, stages, parts = _read(path, kind)
    lists, problems = _lists(path, parts)
    group = ActivityGroup(
        id=path.stem,
        kind=kind,
        title=read.title,
        definition=read.definition,
        source=read.source,
        is_proposal=read.proposal,
        stages=stages,
        lists=lists,
        path=path,
    )
    return group, problems


def _read(path: Path, kind: Kind) -> tuple[_Group, tuple[Stage, ...], dict[str, Lists]]:
    """Return what a file says, its stages in order, and the lists of each; a sector has one of no name."""
    if kind == "sector":
        sector = read_definition(path, SectorFile)
        return sector, (), {WHOLE: sector.members}
    filiera = read_definition(path, FilieraFile)
    stages = {stage: filiera.stages[stage] for stage in STAGES if stage in filiera.stages}
    return (
        filiera,
        tuple(Stage(id_, stage.title) for id_, stage in stages.items()),
        {id_: stage.members for id_, stage in stages.items()},
    )


def _lists(path: Path, parts: dict[str, Lists]) -> tuple[dict[str, dict[str, tuple[str, float]]], list[Problem]]:
    """Return the codes of each edition with stage and weight, and what can't be."""
    lines = lines_of(path.read_text(encoding="utf-8"))
    lists: dict[str, dict[str, tuple[str, float]]] = {}
    problems: list[Problem] = []
    for stage, members in parts.items():
        table = ("stages", stage, "members") if stage else ("members",)
        for edition, codes in members.items():
            listed = lists.setdefault(edition, {})
            for written, weight in codes.items():
                problem, key = _add(listed, edition, written, (stage, weight)), (*table, edition, written)
                if problem:
                    problems.append(Problem(".".join(key), problem, lines.get(key)))
    problems += [
        Problem("members", f"there is no code of {edition}; expected lists for 2007 and 2025")
        for edition in LISTED
        if not lists.setdefault(edition, {})
    ]
    without = [stage for stage, members in parts.items() if "2022" in lists and "2022" not in members]
    problems += [
        Problem(f"stages.{stage}.members", "another stage has a list of 2022: expected one here, too, or in none")
        for stage in without
    ]
    return lists, problems


def _add(codes: dict[str, tuple[str, float]], edition: str, written: str, place: tuple[str, float]) -> str | None:
    """Add a code to the list of an edition, or return why it can't be there."""
    try:
        code = compact(written)
    except InvalidActivityCode as exc:
        return str(exc)
    tree = classification(edition)
    if not tree.contains(code):
        near = ", ".join(f"{dotted(each)} {tree.title(each)}" for each in tree.near(code))
        return f"ATECO {edition} has no code {written}" + (f"; near it are: {near}" if near else "")
    if code in codes:
        other = codes[code][0]
        return (
            f"{written} stands in two stages, {other} and {place[0]}"
            if other != place[0]
            else f"{written} stands twice"
        )
    codes[code] = place
    return None
