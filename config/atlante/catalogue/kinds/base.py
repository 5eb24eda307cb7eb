"""What the kinds of indicators have in common: expressions in their tables, and the measures that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, GetPydanticSchema, WithJsonSchema
from pydantic_core import core_schema

from atlante.catalogue.expressions import Expression, parse, undecided
from atlante.catalogue.measures import Measure
from atlante.catalogue.tables import Table, refuse
from atlante.errors import InvalidExpression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Unknown = Literal["excluded", "counted-as-not-declared"]
Over = Literal["division", "section", "stage"]
DateColumn = Literal["special_section_date", "registration_date", "start_date"]
Breakdown = Literal["filiera", "stage", "by"]
EVERY_BREAKDOWN: Final[frozenset[Breakdown]] = frozenset({"filiera", "stage", "by"})
OF_FILIERE: Final[frozenset[Breakdown]] = frozenset({"filiera", "stage"})
OF_WHOLE_FILIERE: Final[frozenset[Breakdown]] = frozenset({"filiera"})


def read_as(read: Callable[[object], object], write: Callable[[Any], str]) -> GetPydanticSchema:
    """Return how a value of ours, which is no model, is read from and written as text."""
    written = core_schema.plain_serializer_function_ser_schema(write, return_schema=core_schema.str_schema())
    schema = core_schema.no_info_plain_validator_function(read, serialization=written)
    return GetPydanticSchema(lambda _source, _handler: schema)


def _expression(expects: Literal["condition", "number"]) -> GetPydanticSchema:
    def read(given: object) -> Expression:
        if isinstance(given, Expression):
            return given
        if not isinstance(given, str):
            raise refuse(f"expected an expression in quotes that is a {expects}, such as {_EXAMPLES[expects][-1]!r}")
        try:
            return parse(given, expects=expects)
        except InvalidExpression as exc:
            raise refuse(f"{exc.text!r}, character {exc.position}: {exc.problem}") from exc

    return read_as(read, str)


_EXAMPLES: Final = {
    "condition": ["all", 'sector("kis")', "has_rnd"],
    "number": ["age_years(registration_date)"],
}
Condition = Annotated[
    Expression,
    _expression("condition"),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": _EXAMPLES["condition"]}),
]
NumberOf = Annotated[
    Expression,
    _expression("number"),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": _EXAMPLES["number"]}),
]
IndicatorId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
Factor = Annotated[int, Field(ge=1)]


class Kind(Table):
    """What is computed of every territory, and of every slice that the indicator is broken down by."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What has to be counted or summed for it."""
        return ()

    @property
    def conditions(self) -> tuple[Expression, ...]:
        """The expressions that its values tell about firms."""
        return tuple(part for measure in self.measures for part in (measure.where, measure.value) if part)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The ids of the indicators that it is computed from."""
        return ()

    @property
    def context(self) -> frozenset[str]:
        """The context variables that it needs."""
        return frozenset()

    @property
    def breakdowns(self) -> frozenset[Breakdown]:
        """The keys of an indicator's ``breakdowns`` that it can be computed of."""
        return EVERY_BREAKDOWN

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:
        """Those of them without which it has no value anywhere."""
        return frozenset()

    @property
    def bases(self) -> Mapping[str, Condition]:
        """By key: which firms a value is among; how many they are is shown beside it."""
        return {}

    @property
    def has_base_of_slice(self) -> bool:
        """Whether what a slice is divided by is of the slice, too; not all firms, inhabitants or ground."""
        return True


def with_undecided(measure: Measure) -> tuple[Measure, ...]:
    """Return a measure and, where it may be unknown whether a firm belongs to it, the one of those firms."""
    unknown = undecided(measure.where)
    return (measure,) if unknown is None else (measure, Measure(unknown, measure.of))
