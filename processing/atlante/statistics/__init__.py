"""Arithmetic on arrays of counts: intervals and diversity. Pure: no database, no files, no state."""

from atlante.statistics.diversity import effective_number, shannon_entropy
from atlante.statistics.intervals import Interval, garwood_interval, wilson_interval

__all__ = ["Interval", "effective_number", "garwood_interval", "shannon_entropy", "wilson_interval"]
