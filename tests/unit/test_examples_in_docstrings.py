"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "atlante.disclosure.protection",
        "atlante.statistics.colocation",
        "atlante.statistics.completeness",
        "atlante.statistics.concentration",
        "atlante.statistics.counts",
        "atlante.statistics.diversity",
        "atlante.statistics.growth",
        "atlante.statistics.inequality",
        "atlante.statistics.intervals",
        "atlante.statistics.means",
        "atlante.statistics.p_values",
        "atlante.statistics.ranks",
        "atlante.statistics.rates",
        "atlante.statistics.significance",
        "atlante.statistics.specialisation",
        "atlante.statistics.survival",
        "atlante.statistics.territories",
    ],
)
def test_examples_give_what_they_say(module: str) -> None:
    outcome = doctest.testmod(import_module(module))
    assert outcome.attempted > 0
    assert outcome.failed == 0
