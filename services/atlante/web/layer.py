"""One layer of the atlas: an indicator for all territories of a level, with its classes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from atlante.catalogue.levels import Level
from atlante.database import load_queries
from atlante.geometry import BBox
from atlante.web.classes import ClassInterval, classify

if TYPE_CHECKING:
    from atlante.published import Collection, Field, Release, Snapshot

STATUSES = ("value", "low-reliability", "suppressed", "not-available")
COUNTRY_COLLECTION = f"indicators-{Level.COUNTRY.plural}"

_QUERIES = load_queries("atlante.web")
_LAYERS_KEPT = 64  # every indicator at every level of one release, and some to spare


@dataclass(frozen=True, slots=True)
class Place:
    """One territory with one indicator: None where a value is suppressed or not available; ``status`` says which."""

    code: str
    name: str
    province: str | None
    region: str | None
    value: float | None
    low: float | None
    high: float | None
    firms: float | None
    status: str

    @property
    def within(self) -> str:
        """The province and region that the territory is part of."""
        return ", ".join(parent for parent in (self.province, self.region) if parent)


@dataclass(frozen=True)
class Layer:
    """One indicator for all territories of a level, with its classes.

    Attributes
    ----------
    country
        The same indicator for Italy; None where it is not published.
    digits
        Decimals of the published values.
    """

    places: tuple[Place, ...]
    country: Place | None
    digits: int

    @cached_property
    def values(self) -> list[float]:
        """The values that are published."""
        return [place.value for place in self.places if place.value is not None]

    @cached_property
    def classes(self) -> tuple[ClassInterval, ...]:
        """The classes of the published values."""
        return classify(self.values)

    @cached_property
    def by_code(self) -> dict[str, Place]:
        """The territories by code."""
        return {place.code: place for place in self.places}

    @cached_property
    def count_by_status(self) -> dict[str, int]:
        """Territories in each of the four states."""
        counted = Counter(place.status for place in self.places)
        return {status: counted[status] for status in STATUSES}


class Layers:
    """Reads layers, and keeps them: a release never changes, so each is read and classed once, whoever asks."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], Layer] = {}

    def layer(self, snapshot: Snapshot, release: Release, collection_id: str, indicator: str) -> Layer:
        """Return an indicator's values, territory by territory.

        Raises
        ------
        DatabaseUnavailable
            If the database does not answer.
        """
        key = (release.key, collection_id, indicator)
        layer = self._kept.get(key)
        if layer is None:
            layer = read_layer(snapshot, release, collection_id, indicator)
            if len(self._kept) >= _LAYERS_KEPT:
                self._kept.clear()  # most are of an older release
            self._kept[key] = layer
        return layer


def read_layer(snapshot: Snapshot, release: Release, collection_id: str, indicator: str) -> Layer:
    """Read an indicator's values from the database."""
    asked = {"release_id": release.release_id, "collection_id": collection_id, "indicator": indicator}
    country = snapshot.fetch(_QUERIES["atlas_places"], asked | {"collection_id": COUNTRY_COLLECTION})
    [(digits,)] = snapshot.fetch(_QUERIES["atlas_digits"], asked)
    return Layer(
        places=tuple(Place(*row) for row in snapshot.fetch(_QUERIES["atlas_places"], asked)),
        country=Place(*country[0]) if country else None,
        digits=digits,
    )


def read_bounds(snapshot: Snapshot, release: Release, collection_id: str, territory: str) -> BBox | None:
    """Read the extent of a territory; None where the collection does not have it."""
    asked = {"release_id": release.release_id, "collection_id": collection_id, "territory": territory}
    rows = snapshot.fetch(_QUERIES["atlas_bounds"], asked)
    return BBox(*rows[0]) if rows else None


def indicators_of(collection: Collection) -> dict[str, Field]:
    """Return the indicators among the fields of a wide collection, by id: those that have a status."""
    return {name: field for name, field in collection.fields.items() if f"{name}_status" in collection.fields}
