"""Territories through time, as a release shows them: versions, what began and ended them, outlines.

The ground of a municipality is what lies within its borders. It stays the same until a merger, a cession or the like,
whatever changes in names and codes; so one outline serves all versions in between, and provinces and regions, which are
made of municipalities, fit them on every day.
"""

from atlante.releases.history.features import HistoryFeatures, HistoryLevels
from atlante.releases.history.reading import HistorySource, read_history_source

__all__ = ["HistoryFeatures", "HistoryLevels", "HistorySource", "read_history_source"]
