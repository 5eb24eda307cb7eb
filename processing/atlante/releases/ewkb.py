"""Geometries as the text that PostGIS reads in COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from atlante.geometry import GeometryArray


def ewkb_texts(geoms: GeometryArray, srid: int) -> list[str]:
    """Return geometries as hexadecimal EWKB."""
    texts: list[str] = shapely.to_wkb(shapely.set_srid(geoms, srid), hex=True, include_srid=True).tolist()
    return texts
