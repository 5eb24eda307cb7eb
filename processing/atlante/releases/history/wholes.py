"""Versions of provinces and regions, made of those of municipalities: one sweep through the days. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence

_MOST_CODES = 12  # in a text: a reform of a whole region is told by its number


@dataclass(frozen=True, slots=True)
class Labels:
    """What a level's territories are called in the columns of their municipalities.

    Attributes
    ----------
    code
        Column with the code of the province or region.
    names
        Columns that may hold its name, the best one first.
    attributes
        Columns that it has itself, beside the code.
    """

    code: str
    names: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, each once; the documents that they rest on are the last."""
        return (*dict.fromkeys((*self.names, *self.attributes)), "sources")


PROVINCES = Labels(
    "province_code", ("province", "sigla"), ("sigla", "region_code", "region", "nuts3_2021", "nuts3_2024")
)
REGIONS = Labels("region_code", ("region",), ())


class _Member(NamedTuple):
    """A version of a municipality in a whole; days are ISO texts, which sort as days do."""

    code: str
    whole: str
    begin: str
    end: str | None
    after: str | None  # the begin is uncertain: it became so after this day
    ground: int
    said: tuple[str | None, ...]  # its labels, in the order of the sweep's columns


@dataclass(frozen=True, slots=True)
class _Moves:
    """Municipalities that leave and join the wholes on one day, by whole."""

    leaving: Mapping[str, list[_Member]]
    joining: Mapping[str, list[_Member]]

    def wholes(self) -> list[str]:
        """Return the wholes that change."""
        return sorted(self.leaving.keys() | self.joining.keys())

    def others(self, whole: str, codes: Collection[str], side: Mapping[str, list[_Member]]) -> str | None:
        """Return the other wholes that some municipalities left, or joined."""
        found = {name for name, moved in side.items() if name != whole and any(each.code in codes for each in moved)}
        return ", ".join(sorted(found)) or None


class _Change(NamedTuple):
    """What moves have done to a whole: codes that are new and gone, and whether any member or ground is another."""

    joined: Collection[str]
    left: Collection[str]
    is_other: bool


class _Whole:
    """A province or region on the day that the sweep has come to.

    Attributes
    ----------
    members
        Ground of each municipality in it.
    row
        The version that is open; None where there is none.
    """

    def __init__(self, labels: Labels, shown: Container[int]) -> None:
        self.members: dict[str, int] = {}
        self.row: dict[str, Any] | None = None
        self._labels, self._shown = labels, shown
        self._hidden = 0  # members whose ground no boundaries show
        self._said = [Counter[str]() for _ in labels.columns]

    def move(self, leaving: Sequence[_Member], joining: Sequence[_Member]) -> _Change:
        """Let municipalities go and come; return what is another set than before."""
        before = {member.code: self.members.get(member.code) for member in (*leaving, *joining)}
        for member in leaving:
            self._count(member, -1)
            self.members.pop(member.code, None)
        for member in joining:
            self._count(member, 1)
            self.members[member.code] = member.ground
        after = {code: self.members.get(code) for code in before}
        return _Change(
            joined={code for code in before if before[code] is None and after[code] is not None},
            left={code for code in before if before[code] is not None and after[code] is None},
            is_other=before != after,
        )

    def grounds(self) -> tuple[int, ...]:
        """Return the grounds of its members, sorted; none if one of them is not shown."""
        return () if self._hidden else tuple(sorted(self.members.values()))

    def _count(self, member: _Member, by: int) -> None:
        self._hidden += 0 if member.ground in self._shown else by
        for said, text in zip(self._said, member.said, strict=True):
            if text is not None:
                said[text] += by

    def labels(self) -> dict[str, str | None]:
        """Return its labels: what most members say; of two texts as frequent the first by alphabet."""
        said = (min(((-n, text) for text, n in each.items() if n > 0), default=(0, None))[1] for each in self._said)
        found = dict(zip(self._labels.columns, said, strict=True))
        name = next((found[column] for column in self._labels.names if found[column]), None)
        return {"name": name} | {column: found[column] for column in self._labels.attributes}

    def sources(self) -> str:
        """Return the kinds of documents that its members rest on."""
        kinds = {kind for text, n in self._said[-1].items() if n > 0 for kind in text.split(", ")}
        return ", ".join(sorted(kinds))


def whole_versions(municipalities: pd.DataFrame, labels: Labels, *, shown: Container[int]) -> pd.DataFrame:
    """Return the versions of the provinces or regions, by code and date.

    A version lasts while its labels, the set of its municipalities and the ground of each stay the same. Where members
    disagree on a label, most decide.

    Parameters
    ----------
    municipalities
        What :func:`atlante.releases.history.versions.municipality_versions` returned. Those without a code of the whole
        are in none.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name`` (null: not known), the attributes of the level, ``municipalities`` (their number),
        ``grounds`` (of its members, sorted, if all are shown; otherwise none), ``valid_from``, ``valid_to`` (NaT: still
        so), ``changed_after``, ``predecessors``, ``successors`` (codes of others that municipalities came from and went
        to), ``events``, ``sources``.
    """
    wholes = defaultdict[str, _Whole](lambda: _Whole(labels, shown))
    rows: list[dict[str, Any]] = []
    for day, moves in _days(_members(municipalities, labels)):
        for code in moves.wholes():
            row = _changed(wholes[code], code, day, moves)
            rows += [row] if row else []
    return _frame(rows, labels)


def _members(municipalities: pd.DataFrame, labels: Labels) -> list[_Member]:
    inside = municipalities[municipalities[labels.code].notna()]

    def texts(column: str) -> list[str | None]:
        values = inside[column]
        if values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        return [value if isinstance(value, str) else None for value in values.tolist()]

    said = zip(*map(texts, labels.columns), strict=True)
    of_member = ("code", labels.code, "valid_from", "valid_to", "changed_after")
    columns = zip(*map(texts, of_member), inside["ground"].tolist(), said, strict=True)
    return [_Member(*row) for row in columns]


def _days(members: Iterable[_Member]) -> Iterator[tuple[str, _Moves]]:
    """Yield the days on which a municipality leaves or joins a whole, or changes in it."""
    leaving, joining = (defaultdict[str, defaultdict[str, list[_Member]]](lambda: defaultdict(list)) for _ in range(2))
    for member in members:
        joining[member.begin][member.whole].append(member)
        if member.end is not None:
            leaving[member.end][member.whole].append(member)
    for day in sorted(leaving.keys() | joining.keys()):
        yield day, _Moves(leaving[day], joining[day])


def _changed(whole: _Whole, code: str, day: str, moves: _Moves) -> dict[str, Any] | None:
    """Move a whole's members and return the version that begins with that, if one does."""
    joining = moves.joining.get(code, [])
    change = whole.move(moves.leaving.get(code, []), joining)
    now, row = whole.labels(), whole.row
    if row is not None and not change.is_other and all(row[column] == now[column] for column in now):
        return None
    event = f"{day} {_told(row, now, change, is_over=not whole.members)}"
    if row is not None:
        row["valid_to"], row["successors"] = day, moves.others(code, change.left, moves.joining)
        row["events"] += f"; {event}"
    whole.row = None
    if whole.members:
        whole.row = {
            "code": code,
            **now,
            "municipalities": len(whole.members),
            "grounds": whole.grounds(),
            "valid_from": day,
            "valid_to": None,
            "changed_after": min((member.after for member in joining if member.after), default=None),
            "predecessors": moves.others(code, change.joined, moves.leaving),
            "successors": None,
            "events": event,
            "sources": whole.sources(),
        }
    return whole.row


def _told(row: Mapping[str, Any] | None, now: Mapping[str, str | None], change: _Change, *, is_over: bool) -> str:
    """Return in words what a version begins or ends with."""
    if row is None:
        return f"begins with {len(change.joined)} municipalities"
    if is_over:
        return f"ends with {len(change.left)} municipalities"
    labels = [f"{key}: {row[key] or '?'} → {text or '?'}" for key, text in now.items() if row[key] != text]
    sets = (("joined", change.joined), ("left", change.left))
    moved = [f"{verb}: {_listed(codes)}" for verb, codes in sets if codes]
    return ", ".join((*labels, *moved)) or "ground changed"


def _listed(codes: Collection[str]) -> str:
    return " ".join(sorted(codes)) if len(codes) <= _MOST_CODES else f"{len(codes)} municipalities"


def _frame(rows: Sequence[Mapping[str, Any]], labels: Labels) -> pd.DataFrame:
    columns = [
        "code", "name", *labels.attributes, "municipalities", "grounds", "valid_from", "valid_to", "changed_after",
        "predecessors", "successors", "events", "sources",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    for column in ("valid_from", "valid_to", "changed_after"):
        table[column] = pd.to_datetime(table[column].astype(object)).astype("datetime64[s]")
    return table.sort_values(["code", "valid_from"], ignore_index=True)
