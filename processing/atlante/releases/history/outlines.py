"""Which boundaries show the ground of which version, and the outlines that no vintage of the release has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from atlante.database import copy_rows, load_queries
from atlante.geometry import WGS84, as_multipolygons, dissolve, geojson_texts
from atlante.releases.ewkb import ewkb_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from atlante.catalogue.levels import Level
    from atlante.database import Connection
    from atlante.releases.history.reading import HistorySource

_QUERIES = load_queries(__package__)
HISTORY = "history"  # the vintage_id of outlines of the past
_DIGEST_BYTES = 12


class Polygon(NamedTuple):
    """One municipality in one boundary vintage."""

    vintage_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a version.

    Attributes
    ----------
    vintage_id, territory_code
        Its row in ``publish.geometry``.
    polygons
        What it is made of.
    boundary_date
        Day of the boundaries; of several the first.
    provenance
        What was repaired, or of which days the boundaries are; None: nothing to say.
    """

    vintage_id: str
    territory_code: str
    polygons: tuple[Polygon, ...]
    boundary_date: pd.Timestamp
    provenance: str | None


def municipality_outlines(versions: pd.DataFrame, source: HistorySource, vintage_id: str) -> dict[int, Outline]:
    """Return the outline of each ground that boundaries show, by the ground's number.

    Boundaries show a ground if their day lies in its time and the municipality is in them. All such boundaries show the
    same ground: the release's own are taken before others, as neighbours then fit, and the latest of the others.
    """
    spans = versions.drop_duplicates("ground")[["ground", "code", "valid_from"]]
    ends = versions.drop_duplicates("ground", keep="last").set_index("ground")["valid_to"]
    days = source.vintages.assign(rank=range(len(source.vintages)), is_own=source.vintages["vintage_id"] == vintage_id)
    shown = source.shown.merge(days, on="vintage_id")
    found = spans.assign(valid_to=spans["ground"].map(ends)).merge(shown, on="code")
    found = found[(found["valid_from"] <= found["day"]) & ~(found["valid_to"] <= found["day"])]
    best = found.sort_values(["ground", "is_own", "rank"], ascending=[True, False, False]).drop_duplicates("ground")
    columns = ("ground", "vintage_id", "code", "is_own", "day", "provenance")
    return {
        ground: Outline(
            vintage if is_own else HISTORY,
            code if is_own else f"{code}@{vintage}",
            (Polygon(vintage, code),),
            day,
            note,
        )
        for ground, vintage, code, is_own, day, note in zip(*(best[name].tolist() for name in columns), strict=True)
    }


def whole_outlines(
    versions: pd.DataFrame, level: Level, municipalities: Mapping[int, Outline], source: HistorySource, vintage_id: str
) -> dict[tuple[int, ...], Outline]:
    """Return the outline of each province or region all of whose municipalities have one, by their grounds."""
    own = _own_wholes(source.shown[source.shown["vintage_id"] == vintage_id], level, vintage_id)
    found: dict[tuple[int, ...], Outline] = {}
    for code, grounds in zip(versions["code"], versions["grounds"], strict=True):
        if grounds in found or not grounds:
            continue
        parts = [municipalities[ground] for ground in grounds]
        polygons = tuple(sorted(polygon for part in parts for polygon in part.polygons))
        own_code = own.get(polygons)
        key = (vintage_id, own_code) if own_code is not None else (HISTORY, f"{code}@{_digest(polygons)}")
        days = sorted({part.boundary_date for part in parts})
        mixture = f"boundaries of {', '.join(str(day.date()) for day in days)}" if len(days) > 1 else None
        found[grounds] = Outline(*key, polygons, days[0], mixture)
    return found


def _own_wholes(shown: pd.DataFrame, level: Level, vintage_id: str) -> dict[tuple[Polygon, ...], str]:
    """Return the code of each province or region of a vintage by what it is made of."""
    by_whole = shown.groupby(f"{level}_code")["code"]
    return {tuple(Polygon(vintage_id, code) for code in sorted(codes)): str(whole) for whole, codes in by_whole}


def _digest(polygons: Iterable[Polygon]) -> str:
    text = "\n".join("/".join(polygon) for polygon in polygons)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def publish_outlines(connection: Connection, level: Level, outlines: Iterable[Outline]) -> None:
    """Write the outlines of the past that are not there yet."""
    there = set(connection.execute(_QUERIES["outlines_there"]).fetchall())
    missing = {each.territory_code: each for each in outlines if each.vintage_id == HISTORY}
    missing = {code: each for code, each in missing.items() if (level.value, code) not in there}
    if not missing:
        return
    shapes = _shapes(connection, {polygon for each in missing.values() for polygon in each.polygons})
    geoms = as_multipolygons(np.array([_union(each, shapes) for each in missing.values()], dtype=object))
    copy_rows(
        connection,
        "publish.geometry",
        ("vintage_id", "level", "territory_code", "geometry_json", "geom_4326"),
        (
            (HISTORY, level.value, code, text, ewkb)
            for code, text, ewkb in zip(missing, geojson_texts(geoms), ewkb_texts(geoms, WGS84), strict=True)
        ),
    )


def _shapes(connection: Connection, polygons: set[Polygon]) -> dict[Polygon, shapely.Geometry]:
    vintage_ids, codes = zip(*sorted(polygons), strict=True)
    asked = {"vintage_ids": list(vintage_ids), "codes": list(codes)}
    rows = connection.execute(_QUERIES["outlines"], asked).fetchall()
    geoms = shapely.from_wkb(np.array([wkb for *_, wkb in rows], dtype=object))
    return {Polygon(*row[:2]): geom for row, geom in zip(rows, geoms, strict=True)}


def _union(outline: Outline, shapes: Mapping[Polygon, shapely.Geometry]) -> shapely.Geometry:
    """Return the union of neighbours; only boundaries of one vintage are sure to share their borders."""
    geoms = np.array([shapes[polygon] for polygon in outline.polygons], dtype=object)
    if len({polygon.vintage_id for polygon in outline.polygons}) > 1:
        return shapely.union_all(geoms)
    union: shapely.Geometry = dissolve(geoms, [0] * len(geoms))[0]
    return union
