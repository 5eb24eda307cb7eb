"""Which municipality millions of points are in: exact, by a raster index.

The road of a point: `grid` gives it a cell; the cell answers (`tables`), or the segments in it do (`deciding`, with the
certain arithmetic of `sides`), or, within a rounding distance of a line, the polygons. The road of the polygons:
`rings` takes them apart, `borders` marks the cells that they touch, `crossings` and `painting` fill the others,
`storage` and `cache` keep all that on disk. `nearest` is for points outside. Why it is made so, with figures:
docs/explanation/why-a-raster-point-index.md.
"""

from atlante.geometry.point_index.cache import open_point_index
from atlante.geometry.point_index.index import PointIndex

__all__ = ["PointIndex", "open_point_index"]
