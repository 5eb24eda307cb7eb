"""Spellings of one name: what they are compared by, and how a name in capitals is written."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

_SMALL = re.compile(
    r"a|ad|agli|ai|all?|alla|alle|allo|am|an|auf|bei|con|d|da|dai|dall?|dalla|dalle|de|degli|dei|dell?|della|delle|dello|dem|"
    r"den|der|di|e|ed|ex|fra|gli|i|il|im|in|l|ne|nei|nell?|nella|nelle|presso|sull?|sulla|sulle|sullo|und"
)
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"(?=..)x{0,3}(?:ix|iv|v?i{0,3})")
_JOINS = "-/("  # what follows begins a name of its own


def fold(names: pd.Series[str]) -> pd.Series[str]:
    """Return what spellings of one name have in common: letters and digits, small, without accents; null stays null.

    >>> fold(pd.Series(["Forlì", "FORLI'", "Pont-Canavese", None])).tolist()
    ['forli', 'forli', 'pontcanavese', None]
    """
    return _each(names, _folded)


def proper_case(names: pd.Series[str]) -> pd.Series[str]:
    """Return names in capitals, or with a capital in every word, as names are written.

    >>> proper_case(pd.Series(["SANT'ANGELO DE' LOMBARDI", "Forlì Del Sannio", "L'AQUILA"])).tolist()
    ["Sant'Angelo de' Lombardi", 'Forlì del Sannio', "L'Aquila"]
    """
    return _each(names, _cased)


def _each(names: pd.Series[str], write: Callable[[str], str]) -> pd.Series[str]:
    """Write each distinct name once."""
    places, distinct = pd.factorize(names)
    written = pd.Series([*(write(name) for name in distinct), None], dtype=object)
    return pd.Series(written.to_numpy()[places], index=names.index, dtype=object)


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def _cased(name: str) -> str:
    small = name.lower()

    def write(match: re.Match[str]) -> str:
        word, begin = match[0], match.start()
        if begin and small[begin - 1] not in _JOINS and _SMALL.fullmatch(word):
            return word
        return word.upper() if _ROMAN.fullmatch(word) else word[0].upper() + word[1:]

    return _WORD.sub(write, small)
