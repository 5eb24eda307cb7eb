"""Boundaries carried to another day by the events between: mergers by union, labels from the history."""

from atlante.territories.derivation.derive import derive_boundaries
from atlante.territories.derivation.labels import labels_on, last_known_day

__all__ = ["derive_boundaries", "labels_on", "last_known_day"]
