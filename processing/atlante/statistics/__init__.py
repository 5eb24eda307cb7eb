"""Arithmetic on arrays: intervals, concentration, inequality, smoothing, ranks, growth. Pure: no I/O, no state.

Counts may be whole numbers, or floats where nan is unknown; from an unknown number follows nan, never another number.
What can't have been counted is refused with :class:`atlante.errors.InvalidCounts` and the first place of it.
"""

from atlante.statistics.colocation import coagglomeration, colocation_quotient, overlap
from atlante.statistics.completeness import stages_present
from atlante.statistics.concentration import hhi
from atlante.statistics.diversity import effective_number, shannon_entropy, shannon_evenness, theil_redundancy
from atlante.statistics.growth import Growth, GrowthStatus, cagr, difference, growth_rate, index_number
from atlante.statistics.inequality import TheilDecomposition, gini, theil_decomposition
from atlante.statistics.intervals import Interval, garwood_interval, jeffreys_interval, wilson_interval
from atlante.statistics.means import RatioForm, RatioInterval, mean_interval, ratio_interval
from atlante.statistics.p_values import binomial_p_values, interval_p_values, poisson_p_values
from atlante.statistics.ranks import RankInterval, rank_interval
from atlante.statistics.rates import SmoothedRates, empirical_bayes_rates, empirical_bayes_shares
from atlante.statistics.significance import Significance, benjamini_hochberg, significance_against
from atlante.statistics.specialisation import LocationQuotient, finger_kreinin, krugman, location_quotient
from atlante.statistics.survival import Survival, kaplan_meier, survival_share

__all__ = [
    "Growth",
    "GrowthStatus",
    "Interval",
    "LocationQuotient",
    "RankInterval",
    "RatioForm",
    "RatioInterval",
    "Significance",
    "SmoothedRates",
    "Survival",
    "TheilDecomposition",
    "benjamini_hochberg",
    "binomial_p_values",
    "cagr",
    "coagglomeration",
    "colocation_quotient",
    "difference",
    "effective_number",
    "empirical_bayes_rates",
    "empirical_bayes_shares",
    "finger_kreinin",
    "garwood_interval",
    "gini",
    "growth_rate",
    "hhi",
    "index_number",
    "interval_p_values",
    "jeffreys_interval",
    "kaplan_meier",
    "krugman",
    "location_quotient",
    "mean_interval",
    "overlap",
    "poisson_p_values",
    "rank_interval",
    "ratio_interval",
    "shannon_entropy",
    "shannon_evenness",
    "significance_against",
    "stages_present",
    "survival_share",
    "theil_decomposition",
    "theil_redundancy",
    "wilson_interval",
]
