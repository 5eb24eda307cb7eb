"""Kinds that compare territories, activities or stages with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from atlante.catalogue.expressions import ALL, Expression, both, undecided
from atlante.catalogue.kinds.base import (
    OF_FILIERE,
    OF_WHOLE_FILIERE,
    Breakdown,
    Condition,
    Kind,
    Over,
    with_undecided,
)
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.catalogue.tables import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping


class LocationQuotient(Kind):
    """A territory's share of firms of a sort, divided by the country's share: above 1 where they are concentrated.

    LQ = (x_rs / x_r) / (x_s / x), with x_rs the firms of the sort in the territory, x_r those of the territory, x_s and
    x the same of the country.

    Attributes
    ----------
    of
        The condition, or ``slice``: the firms of the filiera or stage that the value is broken down by.
    among
        The firms in all four counts. Those of which the condition is unknown are left out.

    References
    ----------
    Florence (1939), Report on the location of industry; Isard (1960), Methods of regional analysis, MIT Press, ch. 7.
    """

    of: Literal["slice"] | Condition
    among: Condition = ALL

    @property
    def bases(self) -> Mapping[str, Condition]:  # noqa: D102
        return {"among": self.among}

    @property
    def is_of_slice(self) -> bool:
        """Whether it is that of the filiera or stage."""
        return not isinstance(self.of, Expression)

    @property
    def counted(self) -> Measure:
        """The firms of the sort, in each territory."""
        return Measure(both(self.among, self.of)) if isinstance(self.of, Expression) else Measure(self.among)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        unknown = undecided(self.of) if isinstance(self.of, Expression) else None
        beside = (Measure(both(self.among, unknown)),) if unknown else ()
        return (self.counted, Measure(self.among), *beside)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_FILIERE if self.is_of_slice else super().breakdowns

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE if self.is_of_slice else frozenset()

    @property
    def has_base_of_slice(self) -> bool:  # noqa: D102
        return not self.is_of_slice


class Diversity(Kind):
    """How evenly firms are spread over activities, or over the stages of a filiera.

    Attributes
    ----------
    measure
        ``effective-number``: exp(H), Hill's number of order 1; ``shannon``: H = −Σ p ln p; ``hhi``: Σ p², of Herfindahl
        and Hirschman, 1 where all firms are in one; ``theil``: ln n − H, 0 where they are spread evenly over all n.
    over
        Divisions or sections of the classification of activities, or stages of the filiera.
    firms
        Which firms; those whose activity is unknown are left out.

    References
    ----------
    Jost (2006), Oikos 113:363-375, doi:10.1111/j.2006.0030-1299.14714.x; Hirschman (1964), American Economic Review
    54:761; Theil (1967), Economics and information theory, North-Holland.
    """

    measure: Literal["effective-number", "hhi", "shannon", "theil"]
    over: Over
    firms: Condition = ALL

    @property
    def counted(self) -> Measure:
        """The firms that are spread."""
        return Measure(self.firms)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return with_undecided(self.counted)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE if self.over == "stage" else OF_FILIERE

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE if self.over == "stage" else frozenset()


class Specialisation(Kind):
    """How far a territory's mix of activities is from the country's: K = Σ |s_rs − s_s|, 0 to 2.

    Attributes
    ----------
    measure
        ``krugman``: the sum of absolute differences of the shares.
    over
        Divisions or sections of the classification of activities.
    firms
        Which firms; those whose activity is unknown are left out.

    References
    ----------
    Krugman (1991), Geography and trade, MIT Press, p. 75.
    """

    measure: Literal["krugman"] = "krugman"
    over: Literal["division", "section"]
    firms: Condition = ALL

    @property
    def counted(self) -> Measure:
        """The firms of the mix."""
        return Measure(self.firms)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return with_undecided(self.counted)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_FILIERE


class Inequality(Kind):
    """How unequally firms per inhabitant are spread over the municipalities of a territory.

    T = Σ y_i ln(y_i / p_i), with y_i a municipality's share of the territory's firms and p_i its share of the
    residents: 0 where firms follow residents. It is the exact sum of the part between groups and the part within them.

    Attributes
    ----------
    measure
        ``theil``: Theil's T.
    firms
        Which firms.
    part
        The whole, or the part between or within the groups.
    groups
        What the municipalities are grouped by; only where a part of it is asked.

    References
    ----------
    Theil (1967), Economics and information theory, North-Holland; Shorrocks (1980), Econometrica 48:613-625,
    doi:10.2307/1913126.
    """

    measure: Literal["theil"] = "theil"
    firms: Condition = ALL
    part: Literal["total", "between", "within"] = "total"
    groups: Literal["province", "region"] | None = None

    @model_validator(mode="after")
    def _parts_have_groups(self) -> Self:
        if (self.part == "total") != (self.groups is None):
            raise refuse("'groups' says between or within what: give it with these parts, and only with them")
        return self

    @property
    def counted(self) -> Measure:
        """The firms that are spread."""
        return Measure(self.firms)

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return with_undecided(self.counted)

    @property
    def context(self) -> frozenset[str]:  # noqa: D102
        return frozenset({"inhabitants"})


class CoLocation(Kind):
    """Whether two stages of a filiera are in the same municipalities of a territory.

    With a_i and b_i a municipality's share of the territory's firms of either stage, and x_i its share of all firms:
    ``overlap`` is 1 − ½ Σ |a_i − b_i|, 0 where no municipality has both and 1 where both are spread alike (the
    complement of Duncan's index of dissimilarity); ``coagglomeration`` is Σ (a_i − x_i)(b_i − x_i) / (1 − Σ x_i²),
    about 0 where they are spread independently of each other, above where they seek the same places. Neither is
    available where one of the stages has no firm, nor the second one where all firms are in one municipality.

    Attributes
    ----------
    measure
        Which of the two.
    stages
        Two stages of the filiera.

    References
    ----------
    Duncan and Duncan (1955), American Sociological Review 20:210-217, doi:10.2307/2088328; Ellison, Glaeser and Kerr
    (2010), American Economic Review 100:1195-1213, doi:10.1257/aer.100.3.1195.
    """

    measure: Literal["overlap", "coagglomeration"]
    stages: tuple[str, str]

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.stages[0] == self.stages[1]:
            raise refuse("two different stages are needed", key="stages")
        return self

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return (ALL_FIRMS,)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE


class Completeness(Kind):
    """How complete the chain of a filiera is in a territory.

    ``stages-present`` is the share of the filiera's stages that have at least `minimum_firms` there (relative
    richness); ``evenness`` is H / ln S, with H Shannon's entropy of the firms by stage and S the number of the
    filiera's stages: 1 where all stages have equally many, 0 where all firms are in one (Pielou's J, over all S stages,
    present or not). Where the filiera has no firm, evenness is not available, and no stage is present.

    Attributes
    ----------
    measure
        Which of the two.
    minimum_firms
        Firms from which a stage counts as present; only of ``stages-present``.

    References
    ----------
    Bergman and Feser (1999), Industrial and regional clusters, Regional Research Institute, West Virginia University,
    ch. 3-4, on value chains and their gaps; Pielou (1966), Journal of Theoretical Biology 13:131-144,
    doi:10.1016/0022-5193(66)90013-0.
    """

    measure: Literal["stages-present", "evenness"]
    minimum_firms: Annotated[int, Field(ge=1)] = 1

    @property
    def measures(self) -> tuple[Measure, ...]:  # noqa: D102
        return (ALL_FIRMS,)

    @property
    def breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:  # noqa: D102
        return OF_WHOLE_FILIERE
