"""Everything the atlas page shows, put together for its template."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from atlante.catalogue.levels import Level
from atlante.published import Collection, Field, Release, Snapshot, in_language
from atlante.web.histogram import Histogram, histogram
from atlante.web.layer import STATUSES, Layer, Layers, Place, indicators_of, read_bounds
from atlante.web.table import Table, table_of
from atlante.web.texts import Measure, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.geometry import BBox
    from atlante.web.address import Address
    from atlante.web.classes import ClassInterval

_LEVELS = (Level.REGION, Level.PROVINCE, Level.MUNICIPALITY)


@dataclass(frozen=True, slots=True)
class Page:
    """What one request sees.

    Attributes
    ----------
    selected
        The territory of the card; None: none is selected.
    selected_bounds
        Its extent, for the map to go there.
    notices
        What was asked for and is not there.
    """

    address: Address
    texts: Texts
    release: Release
    levels: tuple[Level, ...]
    collection: Collection
    indicator: Field
    layer: Layer
    measure: Measure
    table: Table
    histogram: Histogram | None
    selected: Place | None
    selected_bounds: BBox | None
    notices: tuple[str, ...]

    @property
    def title(self) -> str:
        """The indicator's title in the reader's language."""
        return in_language(self.indicator.title, self.texts.language)

    @property
    def collection_title(self) -> str:
        """The collection's title in the reader's language, as QGIS lists it."""
        return in_language(self.collection.title, self.texts.language)

    @property
    def unit(self) -> str:
        """The unit of measure in the reader's language."""
        return self.texts.unit(self.indicator.unit)

    @property
    def sources(self) -> list[str]:
        """Who made what the values were computed from, and under what licence, one sentence each."""
        return [self._source(source) for source in self.release.sources]

    def _source(self, source: Mapping[str, Any]) -> str:
        title = in_language(source["title"], self.texts.language)
        date = self.texts.date(dt.date.fromisoformat(source["date"]))
        key = f"source_{source['kind'].replace(' ', '_')}"
        return self.texts(key, title=title, date=date, publisher=source["publisher"], licence=source["licence"])

    @property
    def indicators(self) -> dict[str, str]:
        """The titles of the indicators to choose from, by id."""
        language = self.texts.language
        return {name: in_language(field.title, language) for name, field in indicators_of(self.collection).items()}

    @property
    def sentence(self) -> str:
        """What the page shows, in one sentence for those who listen."""
        date = self.texts.date(self.release.reference_date)
        if self.selected is None:
            counts = {"count": len(self.layer.places), "published": len(self.layer.values)}
            return self.texts("sentence_all", indicator=self.title, date=date, **counts)
        place = self.selected
        value = self.texts(f"status_{place.status}") if place.value is None else self.measure.plain(place.value)
        return self.texts("sentence_place", name=place.name, value=value, indicator=self.title, date=date)

    def label(self, interval: ClassInterval) -> str:
        """Return a class's label in the legend: both ends written out."""
        low, high = self.measure.plain(interval.low), self.measure.plain(interval.high)
        if interval.is_last:
            return self.texts("class_single" if low == high else "class_last", low=low, high=high)
        return self.texts("class_up_to", low=low, high=high)

    def comparison(self) -> str | None:
        """Return how the selected territory stands to Italy; None where that can't be said."""
        country = self.layer.country
        if self.selected is None or country is None or country.value is None or not self.measure.is_comparable:
            return None
        key = compare(self.selected, country.value)
        return key and self.texts(f"compare_{key}")

    def map_settings(self, tiles: str) -> dict[str, Any]:
        """Return what the map's script needs to know.

        Parameters
        ----------
        tiles
            Template of the tiles' address, from the root of this host.
        """
        return {
            "tiles": tiles,
            "collection": self.collection.collection_id,
            "bounds": self.collection.bbox,
            "indicator": self.indicator.name,
            "lows": [interval.low for interval in self.layer.classes],
            "colours": [interval.colour for interval in self.layer.classes],
            "selected": self.selected.code if self.selected else None,
            "selectedBounds": self.selected_bounds,
            "language": self.texts.language,
            "digits": self.measure.shown_digits,
            "isShare": self.measure.is_share,
            "statuses": {status: self.texts(f"status_{status}") for status in STATUSES},
        }


def compare(place: Place, country_value: float) -> Literal["above", "below", "unclear"] | None:
    """Return whether a territory's whole interval lies above or below the country's value.

    None without an interval; ``unclear`` if the interval holds the country's value.
    """
    if place.low is None or place.high is None:
        return None
    if place.low > country_value:
        return "above"
    return "below" if place.high < country_value else "unclear"


def build_page(snapshot: Snapshot, layers: Layers, address: Address, texts: Texts) -> Page | None:
    """Return the page that an address asks for; None if nothing is published that could be drawn.

    What is asked for and not published is replaced by what is, and said in a notice.

    Raises
    ------
    DatabaseUnavailable
        If the database does not answer.
    """
    release = snapshot.release
    levels = _drawable(release) if release else {}
    if release is None or not levels:
        return None
    collection = levels.get(address.level) or next(iter(levels.values()))
    indicators = indicators_of(collection)
    indicator = indicators.get(address.indicator) or next(iter(indicators.values()))
    layer = layers.layer(snapshot, release, collection.collection_id, indicator.name)
    selected = layer.by_code.get(address.territory)
    return Page(
        address=address,
        texts=texts,
        release=release,
        levels=tuple(levels),
        collection=collection,
        indicator=indicator,
        layer=layer,
        measure=Measure(texts, indicator.unit, layer.digits),
        table=table_of(layer.places, address),
        histogram=histogram(layer.values, layer.classes),
        selected=selected,
        selected_bounds=read_bounds(snapshot, release, collection.collection_id, selected.code) if selected else None,
        notices=_notices(address, texts, indicator, selected),
    )


def _drawable(release: Release) -> dict[Level, Collection]:
    """Return the collections that the map can draw, by level."""
    found = (release.collections.get(f"indicators-{level.plural}") for level in _LEVELS)
    return {
        level: collection
        for level, collection in zip(_LEVELS, found, strict=True)
        if collection and collection.has_tiles and indicators_of(collection)
    }


def _notices(address: Address, texts: Texts, indicator: Field, selected: Place | None) -> tuple[str, ...]:
    notices = []
    if address.indicator not in {"", indicator.name}:
        shown = in_language(indicator.title, texts.language)
        notices.append(texts("unknown_indicator", asked=address.indicator, shown=shown))
    if address.territory and selected is None:
        notices.append(texts("unknown_territory", asked=address.territory))
    return tuple(notices)
