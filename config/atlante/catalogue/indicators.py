"""Indicators: one TOML file each in ``indicators/``; the file's name is the id.

An indicator counts firms that fulfil conditions on columns of the register. Conditions are data, never SQL::

    [numerator]
    where = [{ column = "women_led", is = ["majority", "strong", "exclusive"] }]

Adding a file adds an indicator. What a file may say is checked here, key by key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, assert_never

from pydantic import Field, ValidationInfo, field_validator, model_validator

from atlante.catalogue.measures import ALL_FIRMS, Measure, Predicate, Table, quoted, refuse
from atlante.catalogue.text import Text, read_definition
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

Kind = Literal["count", "rate", "share", "diversity"]
IntervalMethod = Literal["garwood", "wilson", "none"]
Unknown = Literal["excluded", "counted-as-not-declared"]

_INTERVALS: dict[Kind, tuple[IntervalMethod, ...]] = {
    "count": ("garwood", "none"),
    "rate": ("garwood", "none"),
    "share": ("wilson", "none"),
    "diversity": ("none",),
}
_DENOMINATORS: dict[Kind, str | None] = {"count": None, "rate": "inhabitants", "share": "firms", "diversity": None}
_SERVED_SUFFIXES = ("_low", "_high", "_firms", "_status", "_period")  # of the properties beside an indicator's own


class Selection(Table):
    """Firms that fulfil every one of some conditions; without conditions, all firms."""

    where: tuple[Predicate, ...] = ()


class Denominator(Table):
    """What the firms counted are divided by.

    Attributes
    ----------
    of
        ``firms`` (of a share) or ``inhabitants`` (of a rate).
    where
        Conditions on the firms.
    per
        Inhabitants that a rate refers to: 100000.
    """

    of: Literal["firms", "inhabitants"]
    where: tuple[Predicate, ...] = ()
    per: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.of == "inhabitants" and self.where:
            raise refuse("'where' selects firms; inhabitants can't be selected by it: leave it out")
        if self.of == "firms" and self.per != 1:
            raise refuse("a share lies between 0 and 1; leave out 'per'")
        return self


class Indicator(Table):
    """What is published of every territory, and how it follows from counts of firms.

    Attributes
    ----------
    id
        The file's name; names of served properties begin with it.
    position
        Order of publication; where it is equal, by id.
    kind
        ``count`` of firms; ``rate``: firms per inhabitants; ``share`` of firms, 0..1; ``diversity``: effective number
        of activity divisions.
    unit, digits
        Of the value; digits after the point when it is published.
    polarity
        Whether more is better.
    period
        ``reference-date``: firms of that day; ``registration-year``: one value for each year of registration.
    interval
        How the interval is computed; ``none``: there is none.
    unknown
        Of a share: firms whose numerator is unknown are excluded, or counted as not declared (a lower bound).
    disclosure
        ``public-register``: published as it is; ``threshold``: withheld where it rests on too few firms.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)
    position: int = Field(default=1000, ge=1)
    kind: Kind
    title: Text
    definition: Text
    source: Text
    unit: str = Field(min_length=1)
    digits: int = Field(ge=0, le=6)
    polarity: Literal["positive", "negative", "neutral"]
    disclosure: Literal["public-register", "threshold"]
    period: Literal["reference-date", "registration-year"] = "reference-date"
    interval: IntervalMethod
    numerator: Selection
    denominator: Denominator | None = Field(default=None, validate_default=True)
    unknown: Unknown | None = Field(default=None, validate_default=True)

    @field_validator("id")
    @classmethod
    def _is_no_served_property(cls, name: str) -> str:
        if name.endswith(_SERVED_SUFFIXES):
            raise refuse(
                f"{name!r} would be taken for a property of another indicator: don't end in {_SERVED_SUFFIXES}"
            )
        return name

    @field_validator("disclosure")
    @classmethod
    def _threshold_is_for_shares(cls, disclosure: str, info: ValidationInfo) -> str:
        if disclosure == "threshold" and info.data.get("kind", "share") != "share":
            raise refuse("only a 'share' can be protected by a threshold; expected 'public-register'")
        return disclosure

    @field_validator("period")
    @classmethod
    def _period_fits_kind(cls, period: str, info: ValidationInfo) -> str:
        if period == "registration-year" and info.data.get("kind", "count") != "count":
            raise refuse("only a 'count' can be split by year of registration; expected 'reference-date'")
        return period

    @field_validator("interval")
    @classmethod
    def _interval_fits_kind(cls, interval: IntervalMethod, info: ValidationInfo) -> IntervalMethod:
        kind: Kind = info.data.get("kind", "count")
        if "kind" in info.data and interval not in _INTERVALS[kind]:
            raise refuse(f"a {kind} has no {interval} interval; expected {quoted(_INTERVALS[kind])}")
        return interval

    @field_validator("numerator")
    @classmethod
    def _share_asks_something(cls, numerator: Selection, info: ValidationInfo) -> Selection:
        if info.data.get("kind") == "share" and not numerator.where:
            raise refuse("a share needs 'where': the condition that it is the share of")
        return numerator

    @field_validator("denominator")
    @classmethod
    def _denominator_fits_kind(cls, denominator: Denominator | None, info: ValidationInfo) -> Denominator | None:
        if "kind" in info.data:
            kind: Kind = info.data["kind"]
            expected = _DENOMINATORS[kind]
            if (denominator.of if denominator else None) != expected:
                raise refuse(f"a {kind} " + (f"needs of = {expected!r}" if expected else "has none: leave it out"))
            if denominator and denominator.where and info.data.get("disclosure") == "threshold":
                raise refuse("the firms selected by 'where' would be shown beside the protected share: leave it out")
        return denominator

    @field_validator("unknown")
    @classmethod
    def _unknown_fits_kind(cls, unknown: Unknown | None, info: ValidationInfo) -> Unknown | None:
        if "kind" in info.data and (unknown is not None) != (info.data["kind"] == "share"):
            raise refuse("a share, and nothing else, says 'excluded' or 'counted-as-not-declared'")
        return unknown

    @property
    def asked(self) -> Measure:
        """The firms among which the numerator is looked for."""
        return Measure(where=self.denominator.where) if self.denominator else ALL_FIRMS

    @property
    def counted(self) -> Measure:
        """The firms of the numerator."""
        return Measure(where=self.asked.where + self.numerator.where)

    @property
    def undecided(self) -> Measure | None:
        """The firms of which it is unknown whether they belong to the numerator; None: it is known of all."""
        return Measure(where=self.asked.where, unknown=self.numerator.where) if self.numerator.where else None

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that has to be counted for it."""
        match self.kind:
            case "share":
                needed: Collection[Measure | None] = (self.asked, self.counted, self.undecided)
            case "count" | "rate" | "diversity":
                needed = (self.counted, self.undecided)
            case _:
                assert_never(self.kind)
        return tuple(measure for measure in needed if measure is not None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The indicators, by id, in the order of publication."""

    indicators: dict[str, Indicator]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What has to be counted, each measure once; the count of all firms is the first."""
        needed = [ALL_FIRMS]
        needed.extend(measure for indicator in self.indicators.values() for measure in indicator.measures)
        return tuple({measure.id: measure for measure in needed}.values())

    @property
    def protected(self) -> frozenset[str]:
        """The ids of the indicators whose values are withheld where they rest on too few firms."""
        return frozenset(name for name, indicator in self.indicators.items() if indicator.disclosure == "threshold")


def load_indicators(catalogue_dir: Path) -> Catalogue:
    """Return the indicators of ``catalogue_dir/indicators/*.toml``.

    Raises
    ------
    InvalidDefinition
        If a file is not what it should be, or there is none; names file and key, and says what would be valid.
    """
    folder = catalogue_dir / "indicators"
    found = [read_definition(path, Indicator, id=path.stem) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise InvalidDefinition(folder, "*.toml", "there is no indicator; expected one TOML file for each")
    found.sort(key=lambda indicator: (indicator.position, indicator.id))
    return Catalogue({indicator.id: indicator for indicator in found})
