"""Kinds that follow from firms of a territory: numbers, shares, rates, means, survival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from atlante.catalogue.expressions import ALL, both, undecided
from atlante.catalogue.kinds.base import (
    OF_FILIERE,
    OF_WHOLE_FILIERE,
    Breakdown,
    Condition,
    DateColumn,
    Factor,
    Kind,
    NumberOf,
    Unknown,
    with_undecided,
)
from atlante.catalogue.measures import Measure, Population
from atlante.catalogue.tables import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping


class Count(Kind):
    """A number of firms.

    Attributes
    ----------
    firms
        Which: a condition, or ``all``.
    of
        Firms of the reference date, or those that entered or left since the previous one of the same source.
    period
        ``reference-date``: one value; ``registration-year``: one for each year of `date`.
    date
        The date whose year counts; only with ``registration-year``.
    """

    firms: Condition = ALL
    of: Literal["stock", "entries", "exits"] = "stock"
    period: Literal["reference-date", "registration-year"] = "reference-date"
    date: DateColumn | None = None

    @model_validator(mode="after")
    def _year_has_a_date(self) -> Self:
        if (self.date is not None) != (self.period == "registration-year"):
            raise refuse("'date' and period = 'registration-year' belong together: give both or neither")
        if self.period == "registration-year" and self.of != "stock":
            raise refuse("years of registration are counted of the firms of a day: of = 'stock'")
        return self

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102 - of the base class, as below
        return with_undecided(Measure(self.firms, self.of))

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return super().breakdowns if self.date is None else OF_FILIERE


class Share(Kind):
    """The share of firms that fulfil a condition, 0 to 1.

    Attributes
    ----------
    numerator
        The condition that it is the share of.
    denominator
        The firms among which it is asked.
    unknown
        Firms of which the numerator is unknown are left out, or counted as not declaring it (a lower bound).
    of
        Firms of the reference date, or those that entered or left since the previous one.
    """

    numerator: Condition
    denominator: Condition = ALL
    unknown: Unknown
    of: Literal["stock", "entries", "exits"] = "stock"

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.numerator.is_all:
            raise refuse("the share of all firms is 1; give the condition that it is the share of", key="numerator")
        return self

    @property
    def bases(self) -> Mapping[str, Condition]:  # noqa: D102
        return {"denominator": self.denominator}

    @property
    def asked(self) -> Measure:
        """The firms among which the numerator is looked for."""
        return Measure(self.denominator, self.of)

    @property
    def counted(self) -> Measure:
        """The firms of the numerator."""
        return Measure(both(self.denominator, self.numerator), self.of)

    @property
    def undecided(self) -> Measure:
        """The firms among them of which the numerator is unknown."""
        unknown = undecided(self.numerator)
        if unknown is None:
            raise AssertionError("a share asks something")
        return Measure(both(self.denominator, unknown), self.of)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return (self.asked, self.counted, self.undecided)


class SliceShare(Kind):
    """The share that a slice – a filiera, or a stage of it – has of the firms, 0 to 1.

    Attributes
    ----------
    among
        ``all-firms`` of the territory, or the firms of the ``filiera`` that the stage belongs to.
    firms
        Which firms, on both sides.
    """

    among: Literal["all-firms", "filiera"]
    firms: Condition = ALL

    @property
    def bases(self) -> Mapping[str, Condition]:  # noqa: D102
        return {"firms": self.firms}

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return (Measure(self.firms),)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_FILIERE

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_FILIERE if self.among == "filiera" else OF_WHOLE_FILIERE

    @property
    def has_base_of_slice(self) -> bool:  # noqa: D102
        return False


class Rate(Kind):
    """Firms per inhabitant, per km² or per firm.

    Attributes
    ----------
    firms
        Which firms are counted.
    of
        Firms of the reference date; those that entered or left since the previous one; ``net``: entered less left,
        which may be below 0; ``turnover``: entered and left together.
    per
        What they are divided by: residents, area, or firms that fulfil `among`.
    among
        The firms divided by; only with per = ``firms``.
    base
        Whether these are the firms of the reference date, or of the previous one.
    factor
        So many of the denominator: 1000 for firms per 1,000 inhabitants.
    """

    firms: Condition = ALL
    of: Literal["stock", "entries", "exits", "net", "turnover"] = "stock"
    per: Literal["inhabitants", "km2", "firms"]
    among: Condition | None = None
    base: Literal["stock", "previous"] | None = None
    factor: Factor = 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.per == "firms") != (self.among is not None) or (self.per == "firms") != (self.base is not None):
            raise refuse(
                "'among' and 'base' say which firms are divided by: give both with per = 'firms', else neither"
            )
        return self

    @property
    def added(self) -> tuple[Measure, ...]:
        """The firms of the numerator that are added."""
        populations: dict[str, tuple[Population, ...]] = {"net": ("entries",), "turnover": ("entries", "exits")}
        flows = populations.get(self.of)
        of: Population = "exits" if self.of == "exits" else "entries" if self.of == "entries" else "stock"
        return tuple(Measure(self.firms, each) for each in flows or (of,))

    @property
    def subtracted(self) -> tuple[Measure, ...]:
        """The firms of the numerator that are taken away."""
        return (Measure(self.firms, "exits"),) if self.of == "net" else ()

    @property
    def denominator(self) -> Measure | None:
        """The firms divided by; None: it is divided by something else."""
        return Measure(self.among, self.base) if self.among is not None and self.base is not None else None

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        counted = (*self.added, *self.subtracted, *((self.denominator,) if self.denominator else ()))
        return tuple(each for measure in counted for each in with_undecided(measure))

    @property
    def context(self) -> frozenset[str]:  # noqa: D102
        return frozenset({"inhabitants": {"inhabitants"}, "km2": {"area_km2"}}.get(self.per, ()))

    @property
    def has_base_of_slice(self) -> bool:  # noqa: D102
        return self.per == "firms"


class Mean(Kind):
    """The mean of a number over the firms of which it is known.

    Attributes
    ----------
    of
        The number, of each firm.
    where
        The firms.
    """

    of: NumberOf
    where: Condition = ALL

    @property
    def bases(self) -> Mapping[str, Condition]:  # noqa: D102
        return {"where": self.where}

    @property
    def moments(self) -> Measure:
        """Count, sum and sum of squares of the number."""
        return Measure(self.where, value=self.of)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return (Measure(self.where), self.moments)


class Survival(Kind):
    """The share of the firms registered in a year that are still there some years later.

    The cohort of a year is what was seen on the first reference date after its end; those of them that are there at the
    first reference date at least `after_years` later have survived. Where either date is missing it is not available.

    Attributes
    ----------
    after_years
        Years after the end of the cohort's year.
    date
        The date whose year makes the cohort.
    firms
        Which firms.

    References
    ----------
    Eurostat and OECD (2007), Manual on business demography statistics, KS-RA-07-010.
    """

    after_years: Annotated[int, Field(ge=1, le=30)]
    date: DateColumn = "registration_date"
    firms: Condition = ALL

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return with_undecided(Measure(self.firms))

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_FILIERE
