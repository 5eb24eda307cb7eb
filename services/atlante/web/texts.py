"""What the page says, in Italian, English and German: words, numbers, dates."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

type Language = Literal["it", "en", "de"]

LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)  # Italian first: it is the one without ?lang=
_MARKS = {"it": (".", ","), "en": (",", "."), "de": (".", ",")}  # of thousands, of decimals
_PER_CENT = {"it": "\u202f%", "en": "%", "de": "\u202f%"}  # with a narrow space that does not break
_DASH = "\u2013"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's words, numbers and dates."""

    language: Language
    words: Mapping[str, str]

    def __call__(self, key: str, **given: object) -> str:
        """Return a text with its ``{braces}`` filled in."""
        return self.words[key].format(**given)

    def unit(self, unit: str | None) -> str:
        """Return a published unit of measure in this language; as it was published if it is new to the page."""
        return self.words.get(f"unit: {unit}", unit or "")

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with a fixed count of decimals, in the language's marks.

        >>> Texts("it", {}).number(1234.5, 1), Texts("en", {}).number(1234.5, 1)
        ('1.234,5', '1,234.5')
        """
        thousands, decimals = _MARKS[self.language]
        text = f"{value:,.{digits}f}"
        return text.replace(",", " ").replace(".", decimals).replace(" ", thousands)

    def date(self, day: dt.date) -> str:
        """Return a day in full: ``19 maggio 2025``."""
        return self("date", day=day.day, month=self("months").split()[day.month - 1], year=day.year)


@dataclass(frozen=True, slots=True)
class Measure:
    """How the values of one indicator are written.

    Attributes
    ----------
    unit
        As published: ``firms``, ``share, 0 to 1``.
    digits
        Decimals of the published values. Shares (0..1) are written in per cent, with two decimals fewer.
    """

    texts: Texts
    unit: str | None
    digits: int

    @property
    def is_share(self) -> bool:
        """Whether values are shares (0..1), written in per cent."""
        return (self.unit or "").startswith("share")

    @property
    def is_comparable(self) -> bool:
        """Whether a territory's value can stand beside Italy's: rates and shares can, counts grow with size."""
        return self.is_share or " per " in (self.unit or "")

    @property
    def shown_digits(self) -> int:
        """Decimals as written."""
        return max(self.digits - 2, 0) if self.is_share else self.digits

    def plain(self, value: float | None) -> str:
        """Return a value as it stands in a table; a dash where there is none."""
        if value is None:
            return _DASH
        if self.is_share:
            return self.texts.number(value * 100, self.shown_digits) + _PER_CENT[self.texts.language]
        return self.texts.number(value, self.shown_digits)

    def interval(self, low: float | None, high: float | None) -> str:
        """Return an interval; a dash where there is none."""
        return _DASH if low is None or high is None else f"{self.plain(low)} {_DASH} {self.plain(high)}"


def load_texts() -> dict[Language, Texts]:
    """Return the words of the page by language."""
    content = tomllib.loads(files(__package__).joinpath("texts.toml").read_text(encoding="utf-8"))
    return {language: Texts(language, {key: text[language] for key, text in content.items()}) for language in LANGUAGES}
