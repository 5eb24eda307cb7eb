"""Boundaries of another day from those that are there."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from atlante.errors import UnderivableBoundaries
from atlante.geometry import as_multipolygons, dissolve, make_polygons_valid, mend_coverage
from atlante.territories.boundaries import COLUMNS, check_municipalities
from atlante.territories.checking.labels import CODES, as_listed, join_notes
from atlante.territories.crosswalk import successors
from atlante.territories.derivation.lines import cut_by_others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from atlante.territories.boundaries import Boundaries
    from atlante.territories.history import History

_WGS84 = 4326
_SHOWN = 8


def derive_boundaries(
    base: Boundaries,
    history: History,
    day: date,
    *,
    listed: pd.DataFrame | None = None,
    residents: pd.Series[int] | None = None,
    others: Sequence[Boundaries] = (),
) -> Boundaries:
    """Return boundaries of another day, earlier or later: the ground of each municipality goes where the events say.

    Municipalities that merged become the union of their polygons, vertex by vertex: the total area stays, and so does
    the coverage. A new line is never invented.

    Parameters
    ----------
    base
        Municipalities of a day, complete: each that existed has its polygon.
    listed
        Codes and names of the day; None: those of the history. All codes must be known.
    residents
        Persons of that day by Belfiore code. Others have the sum of their predecessors, null where one is unknown.
    others
        Boundaries of other days: where a municipality was divided, the line is taken from them.

    Raises
    ------
    UnderivableBoundaries
        If ground or codes are missing, or a municipality was divided and nobody has the line; lists them.
    """
    labels = as_listed(history.at(day) if listed is None else listed)
    rows = _as_coverage(pd.DataFrame(base.municipalities))
    pairs = _pairs(rows, history, base.reference_date, day)
    _refuse_unknown(rows, pairs, labels, history, base)
    pieces = _pieces(rows, pairs)
    pieces = cut_by_others(pieces, pairs, labels, history, day, others)
    derived = _united(pieces, labels, base.reference_date)
    if residents is not None:
        stated = derived["municipality_code"].map(residents).astype("Int64")
        derived["population"] = stated.where(stated.notna(), derived["population"])
    municipalities = gpd.GeoDataFrame(derived[list(COLUMNS)], geometry="geometry", crs=_WGS84)
    check_municipalities(municipalities, f"boundaries derived for {day}")
    return dataclasses.replace(
        base,
        reference_date=day,
        source=f"{base.source}; carried from {base.reference_date} to {day} by the events between",
        sha256=_digest(base, day, [pairs, labels, *([residents] if residents is not None else [])], others),
        municipalities=municipalities,
    )


def _as_coverage(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values("municipality_code", ignore_index=True)
    return rows.assign(geometry=mend_coverage(make_polygons_valid(rows["geometry"].to_numpy())).geoms)


def _pairs(rows: pd.DataFrame, history: History, since: date, until: date) -> pd.DataFrame:
    """Return who has the ground of whom: columns code, successor_code, is_partial, events."""
    told = successors(history, since=since, until=until)
    alone = rows.loc[~rows["municipality_code"].isin(told["code"]), "municipality_code"]
    itself = pd.DataFrame({"code": alone, "successor_code": alone, "is_partial": False, "events": ""})
    return pd.concat([told, itself], ignore_index=True) if len(itself) else told


def _refuse_unknown(
    rows: pd.DataFrame, pairs: pd.DataFrame, labels: pd.DataFrame, history: History, base: Boundaries
) -> None:
    """Raise if a municipality has no ground, no successor, or no codes."""
    names = history.versions.drop_duplicates("municipality_code", keep="last").set_index("municipality_code")["name"]
    without = sorted(set(pairs["code"]) - set(rows["municipality_code"]))
    _refuse(without, names, f"no polygon in the boundaries of {base.reference_date}. Repair these first "
            "(atlante territories check --repair), or give the day that they show")  # fmt: skip
    heirs = pairs["successor_code"]
    lost = sorted(pairs.loc[heirs.isna() | ~heirs.isin(labels["municipality_code"]), "code"])
    _refuse(lost, names, "not there on that day, and no event says whose the ground is then. Load a document "
            "that tells it (atlante territories load)")  # fmt: skip
    for column in ("istat_code", "sigla", "province", "region_code", "region"):
        unknown = labels.loc[labels[column].isna(), "municipality_code"]
        _refuse(list(unknown), names, f"no known {CODES.get(column, column)} on that day. Load a list of "
                "municipalities that has them (atlante territories load LIST)")  # fmt: skip


def _refuse(codes: Sequence[str], names: pd.Series[str], problem: str) -> None:
    if codes:
        shown = ", ".join(f"{names.get(code, 'unknown')} ({code})" for code in codes[:_SHOWN])
        raise UnderivableBoundaries(len(codes), shown + (", …" if len(codes) > _SHOWN else ""), problem)


def _pieces(rows: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the polygons with their successors: heir (null where several have the ground), events."""
    whole = pairs[~pairs["is_partial"].astype(bool)].set_index("code")
    return rows.assign(
        heir=rows["municipality_code"].map(whole["successor_code"]),
        events=rows["municipality_code"].map(pairs.drop_duplicates("code").set_index("code")["events"]).fillna(""),
    )


def _united(pieces: pd.DataFrame, labels: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return one row per successor, labelled, with the union of its pieces."""
    order = np.sort(pieces["heir"].unique())
    groups = np.searchsorted(order, pieces["heir"].to_numpy(dtype=order.dtype))
    derived = labels.set_index("municipality_code", drop=False).loc[order].reset_index(drop=True)
    geoms = dissolve(pieces["geometry"].to_numpy(), groups)
    if not shapely.coverage_is_valid(geoms):  # a line of other boundaries ends between two vertices
        geoms = mend_coverage(geoms).geoms
    by_heir = pieces.groupby("heir", sort=True)
    return derived.assign(
        geometry=as_multipolygons(geoms),
        population=by_heir["population"].agg(lambda residents: residents.sum(skipna=False)).astype("Int64").array,
        provenance=join_notes(
            [_inherited(group["provenance"]) for _, group in by_heir],
            [_note(str(heir), group, day) for heir, group in by_heir],
        ),
    )


def _inherited(provenance: pd.Series[str]) -> str:
    return "; ".join(dict.fromkeys(note for note in provenance if isinstance(note, str) and note))


def _note(heir: str, group: pd.DataFrame, day: date) -> str:
    """Return from which polygons and events a municipality was made; empty where it is as it was."""
    if len(group) == 1 and group["municipality_code"].iloc[0] == heir and not group["is_cut"].iloc[0]:
        return ""
    parts = [
        f"{'part of ' if is_cut else ''}{name} ({code})"
        for name, code, is_cut in zip(group["name"], group["municipality_code"], group["is_cut"], strict=True)
    ]
    events = "; ".join(dict.fromkeys(event for event in group["events"] if event))
    return f"geometry: {' and '.join(parts)} of {day}" + (f", by {events}" if events else "")


def _digest(
    base: Boundaries, day: date, tables: Sequence[pd.DataFrame | pd.Series[int]], others: Sequence[Boundaries]
) -> str:
    digest = hashlib.sha256(f"derived for {day}\n{base.sha256}\n".encode())
    for table in tables:
        digest.update(table.to_csv().encode())
    for other in others:
        digest.update(other.sha256.encode())
    return digest.hexdigest()
