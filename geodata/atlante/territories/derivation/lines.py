"""Lines that divide a municipality, taken from boundaries of another day that have both parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from atlante.errors import UnderivableBoundaries
from atlante.geometry import make_polygons_valid
from atlante.territories.checking.shapes import SLIVER_WIDTH_M, measure
from atlante.territories.crosswalk import successors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from atlante.territories.boundaries import Boundaries
    from atlante.territories.history import History

_MAIN = 0.01  # of a municipality: a smaller common part is that borders were redrawn meanwhile


def cut_by_others(
    pieces: pd.DataFrame,
    pairs: pd.DataFrame,
    labels: pd.DataFrame,
    history: History,
    day: date,
    others: Sequence[Boundaries],
) -> pd.DataFrame:
    """Return pieces that each have one heir, and whether they were cut (column is_cut).

    Parameters
    ----------
    pieces
        Polygons of the base with their heir; null where several have the ground.
    pairs
        Columns code, successor_code: who has the ground of whom.
    labels
        The municipalities of the day: each must get ground.
    others
        The first that has the line is taken.

    Raises
    ------
    UnderivableBoundaries
        If nobody has a line that is needed.
    """
    pieces = pieces.assign(is_cut=False)
    for other in (None, *others):
        heirs = {} if other is None else _outlines(other, history, day)
        divided = pieces[pieces["heir"].isna()]
        groundless = set(labels["municipality_code"]) - set(pairs["successor_code"])
        groundless -= set(pieces["heir"].dropna())
        if divided.empty and not groundless:
            return pieces
        wanted = {
            code: list(pairs.loc[pairs["code"] == code, "successor_code"]) for code in divided["municipality_code"]
        }
        for code in sorted(groundless & set(heirs)):
            for holder in _holders(pieces, heirs[code]):
                wanted.setdefault(holder, [pieces.set_index("municipality_code").loc[holder, "heir"]]).append(code)
        pieces = _cut(pieces, wanted, heirs)
    _refuse_undivided(pieces, pairs, labels)
    return pieces


def _refuse_undivided(pieces: pd.DataFrame, pairs: pd.DataFrame, labels: pd.DataFrame) -> None:
    divided = pieces[pieces["heir"].isna()]
    names = labels.set_index("municipality_code")["name"]
    texts = []
    for row in divided.itertuples():
        heirs = pairs.loc[pairs["code"] == row.municipality_code, "successor_code"]
        parts = ", ".join(f"{names.get(heir, 'unknown')} ({heir})" for heir in heirs)
        texts.append(f"{row.name} ({row.municipality_code}) into {parts}")
    groundless = sorted(set(labels["municipality_code"]) - set(pieces["heir"]) - set(pairs["successor_code"]))
    texts += [f"{names[code]} ({code}), made of unknown ground" for code in groundless]
    if texts:
        raise UnderivableBoundaries(
            len(texts),
            "; ".join(texts),
            "divided, and no loaded boundaries have the line. Load boundaries of a day after it "
            "(atlante territories load)",
        )


def _outlines(other: Boundaries, history: History, day: date) -> dict[str, shapely.Geometry]:
    """Return the polygons that other boundaries have of municipalities of the day, by their code."""
    pairs = successors(history, since=other.reference_date, until=day)
    whole = pairs[~pairs["is_partial"].astype(bool)].dropna(subset=["successor_code"]).set_index("code")
    rows = other.municipalities
    heirs = rows["municipality_code"].map(whole["successor_code"])
    heirs = heirs.where(rows["municipality_code"].isin(pairs["code"]), rows["municipality_code"])
    incomplete = set(pairs.loc[pairs["is_partial"].astype(bool), "successor_code"].dropna())
    geoms = make_polygons_valid(rows["geometry"].to_numpy())
    places = pd.Series(range(len(rows))).groupby(heirs.to_numpy()).apply(list)
    return {
        str(heir): shapely.union_all(geoms[parts])
        for heir, parts in zip(places.index, places, strict=True)
        if heir not in incomplete
    }


def _holders(pieces: pd.DataFrame, outline: shapely.Geometry) -> Iterable[str]:
    """Return the municipalities whose ground lies under an outline."""
    near = pieces[shapely.intersects(pieces["geometry"].to_numpy(), outline)]
    area = measure(outline)[0]
    for code, geom in zip(near["municipality_code"], near["geometry"], strict=True):
        common, width = measure(shapely.intersection(geom, outline))
        if common > _MAIN * area and width >= SLIVER_WIDTH_M:
            yield code


def _cut(pieces: pd.DataFrame, wanted: dict[str, list[str]], outlines: dict[str, shapely.Geometry]) -> pd.DataFrame:
    """Cut polygons along the outlines of their heirs, where all but one of these are known.

    Residents of a part are not known.
    """
    divided = pieces["municipality_code"].isin(wanted)
    cut = [pieces[~divided]]
    for place in pieces.index[divided]:
        row = pieces.loc[[place]]
        parts = _parts(row["geometry"].iloc[0], wanted[row["municipality_code"].iloc[0]], outlines)
        if parts:
            row = pd.concat([row] * len(parts), ignore_index=True)
            geoms = np.array(list(parts.values()), dtype=object)
            unknown = pd.array([pd.NA] * len(parts), dtype="Int64")
            row = row.assign(heir=list(parts), geometry=geoms, is_cut=True, population=unknown)
        cut.append(row)
    return pd.concat(cut, ignore_index=True)


def _parts(
    ground: shapely.Geometry, heirs: Sequence[str], outlines: dict[str, shapely.Geometry]
) -> dict[str, shapely.Geometry]:
    """Return the parts of some ground by heir; nothing where the line between two of them is not known."""
    unknown = [heir for heir in heirs if heir not in outlines]
    if len(unknown) > 1:
        return {}
    parts: dict[str, shapely.Geometry] = {}
    for heir in heirs:
        if heir in outlines:
            parts[heir] = _polygonal(shapely.intersection(ground, outlines[heir]))
            ground = _polygonal(shapely.difference(ground, outlines[heir]))
    taker = unknown[0] if unknown else max(parts, key=lambda heir: shapely.area(parts[heir]))
    parts[taker] = _polygonal(shapely.union(parts[taker], ground)) if taker in parts else ground
    return parts


def _polygonal(geom: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(geom)
    return shapely.MultiPolygon(list(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]))
