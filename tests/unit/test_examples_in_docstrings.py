"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "atlante.disclosure.protection",
        "atlante.statistics.counts",
        "atlante.statistics.diversity",
        "atlante.statistics.intervals",
    ],
)
def test_examples_give_what_they_say(module: str) -> None:
    outcome = doctest.testmod(import_module(module))
    assert outcome.attempted > 0
    assert outcome.failed == 0
