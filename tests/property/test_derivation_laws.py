"""Laws of boundaries carried to another day, on random mergers and divisions of a grid."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from kilometre_grid import DAY, boundaries, history, square

from atlante.geometry import area_km2
from atlante.territories.derivation import derive_boundaries

_LATER = date(2024, 6, 1)
_SIDE = 4
OLD = [f"A{i:03}" for i in range(_SIDE * _SIDE)]
GRID = {code: square(i % _SIDE, i // _SIDE) for i, code in enumerate(OLD)}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=len(OLD), max_size=len(OLD)))
def test_mergers_keep_the_total_area_and_the_coverage(groups: list[int]) -> None:
    new = [f"B{group:03}" for group in groups]
    lives: dict[str, tuple[str | None, str | None]] = dict.fromkeys(OLD, (None, "2024-01-01"))
    told = history(
        lives | dict.fromkeys(new, ("2024-01-01", None)),
        [("2024-01-01", "merger", old, heir) for old, heir in zip(OLD, new, strict=True)],
    )
    base = boundaries(GRID)
    derived = derive_boundaries(base, told, _LATER).municipalities
    assert sorted(derived["municipality_code"]) == sorted(set(new))
    assert area_km2(derived.geometry.to_numpy()).sum() == pytest.approx(len(OLD), rel=1e-9)
    assert shapely.coverage_is_valid(derived.geometry.to_numpy())
    assert derived["population"].sum() == base.municipalities["population"].sum()
    back = derive_boundaries(boundaries(dict(zip(derived["municipality_code"], derived.geometry, strict=True)), _LATER),
                             told, DAY, others=[base]).municipalities  # fmt: skip
    assert back["municipality_code"].tolist() == OLD
    assert np.allclose(area_km2(back.geometry.to_numpy()), 1, atol=1e-5)
    assert shapely.coverage_is_valid(back.geometry.to_numpy())
