"""Kinds that follow from other indicators, from the context, or from answers to a survey."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from atlante.catalogue.kinds.base import (
    Breakdown,
    Factor,
    IndicatorId,
    Kind,
    read_as,
)
from atlante.catalogue.periods import Base, parse_base
from atlante.catalogue.tables import Table, refuse


def _base(given: object) -> Base:
    try:
        return given if isinstance(given, Base) else parse_base(str(given))
    except ValueError:
        raise refuse(f"{given!r} is no base; expected 'previous', 'P1Y' to 'P99Y', or a day as '2024-12-31'") from None


BaseText = Annotated[
    Base,
    read_as(_base, str),
    WithJsonSchema({"type": "string", "pattern": r"^(previous|P[1-9][0-9]?Y|\d{4}-\d{2}-\d{2})$"}),
]


class Growth(Kind):
    """The change of another indicator from a base; not available where the base is 0 or, but of a difference, below.

    Attributes
    ----------
    of
        The id of the other indicator.
    form
        ``rate``: x_t / x_0 − 1; ``cagr``: (x_t / x_0)^(1/years) − 1, a year; ``index``: 100 x_t / x_0; ``difference``:
        x_t − x_0.
    base
        ``previous`` reference date of the source, ``P3Y``: three years ago, or a day.
    """

    of: IndicatorId
    form: Literal["rate", "cagr", "index", "difference"]
    base: BaseText

    @property
    def indicators(self) -> tuple[str, ...]:  # noqa: D102
        return (self.of,)


class Contextual(Kind):
    """A variable of the context: something known of territories, not of firms.

    Attributes
    ----------
    of
        The variable.
    per
        The variable that it is divided by; left out: it is published as it is.
    factor
        So many of the denominator.
    """

    of: IndicatorId
    per: IndicatorId | None = None
    factor: Factor = 1

    @property
    def context(self) -> frozenset[str]:  # noqa: D102
        return frozenset({self.of} if self.per is None else {self.of, self.per})

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return frozenset()


class SurveyEstimate(Kind):
    """An estimate from the answers to a survey: each version of a questionnaire is a series of its own.

    Attributes
    ----------
    survey
        The id of the version of the questionnaire.
    of
        ``level``: share of firms at one of `levels` of the score; ``basic``: share at the basic level or above;
        ``item``: share that answered yes to `item`; ``profile``: share with one of `levels` of the `model`; ``score``:
        the mean score.
    levels
        Ids of levels or profiles: of several, the share of firms that have any of them.
    item
        The code of an item.
    model
        The id of a model of maturity.
    """

    survey: str
    of: Literal["level", "basic", "item", "profile", "score"]
    levels: tuple[str, ...] = ()
    item: str | None = None
    model: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.levels) != (self.of in ("level", "profile")):
            raise refuse("'levels' belongs to of = 'level' and of = 'profile', which need it")
        if len(set(self.levels)) < len(self.levels):
            raise refuse("each level stands there once", key="levels")
        if (self.item is not None) != (self.of == "item"):
            raise refuse("'item' belongs to of = 'item', which needs it")
        if self.of == "profile" and self.model is None:
            raise refuse("of = 'profile' needs 'model', the id of a model of maturity")
        if self.model is not None and self.of not in ("profile", "score"):
            raise refuse("'model' belongs to of = 'profile' and of = 'score'")
        return self

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return frozenset()


class Part(Table):
    """One indicator of a composite.

    Attributes
    ----------
    indicator
        Its id.
    weight
        Relative to the other weights.
    goalposts
        The values that become 0 and 1, in this order: of a negative polarity the first one is the greater. With
        goalposts an index shows change; without them the smallest and greatest value of each period are taken.
    """

    indicator: IndicatorId
    weight: Annotated[float, Field(gt=0)] = 1.0
    goalposts: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.goalposts and self.goalposts[0] == self.goalposts[1]:
            raise refuse("two different values are needed", key="goalposts")
        return self


class Composite(Kind):
    """Several indicators in one number. Where one of them is not available, neither is it.

    Attributes
    ----------
    parts
        The indicators, two or more, each with its weight.
    normalise
        ``min-max`` to 0 … 1, or ``z-score`` over the territories of a level.
    aggregate
        ``arithmetic`` or ``geometric`` mean, weighted; the latter needs ``min-max``.
    scale
        What the mean is multiplied by.

    References
    ----------
    OECD and JRC (2008), Handbook on constructing composite indicators, doi:10.1787/9789264043466-en.
    """

    parts: Annotated[tuple[Part, ...], Field(min_length=2)]
    normalise: Literal["min-max", "z-score"]
    aggregate: Literal["arithmetic", "geometric"]
    scale: Factor = 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ids = [part.indicator for part in self.parts]
        if len(set(ids)) < len(ids):
            raise refuse("each indicator stands there once", key="parts")
        if self.aggregate == "geometric" and self.normalise == "z-score":
            raise refuse(
                "z-scores lie on both sides of 0; the geometric mean needs normalise = 'min-max'", key="aggregate"
            )
        if self.normalise == "z-score" and any(part.goalposts for part in self.parts):
            raise refuse("goalposts belong to normalise = 'min-max'", key="parts")
        given = [part.goalposts is not None for part in self.parts]
        if any(given) and not all(given):
            raise refuse("all have goalposts, or none", key="parts")
        return self

    @property
    def indicators(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(part.indicator for part in self.parts)
