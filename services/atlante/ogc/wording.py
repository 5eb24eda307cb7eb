"""The words of pygeoapi's HTML pages."""

from __future__ import annotations

from gettext import NullTranslations
from typing import Final, Self

_KEYS: Final = {"text_direction": "ltr"}  # of all languages that are served


class Wording(NullTranslations):
    """English, as it stands in the templates, and what they name by a key.

    Stands in for ``babel.support.Translations``: the translations of pygeoapi are in its repository and not in what
    is installed, so a page would say ``dir="text_direction"``.
    """

    @classmethod
    def load(cls, *_: object) -> Self:
        """Return the wording, whatever folder and languages pygeoapi looks for."""
        return cls()

    def gettext(self, message: str) -> str:
        """Return what a key stands for; every other text as it is."""
        return _KEYS.get(message, message)
