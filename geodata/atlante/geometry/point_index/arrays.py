"""Names for the arrays of the point index."""

from __future__ import annotations

from typing import Any

import numpy as np

type Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
type Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
type Small = np.ndarray[tuple[int], np.dtype[np.int32]]
type Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
type Wholes = np.ndarray[tuple[int], np.dtype[np.signedinteger[Any]]]
type Numbers = np.ndarray[tuple[int], np.dtype[Any]]
"""Coordinates as a caller has them: floats or whole numbers of any width."""
type Places = np.ndarray[tuple[int], np.dtype[np.complex128]]
"""Points x, y as complex numbers x + iy: one look-up fetches both."""
