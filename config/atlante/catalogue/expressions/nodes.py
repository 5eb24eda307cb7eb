"""What an expression consists of: a tree of frozen nodes, each of one type.

Two nodes are equal where they mean the same and are written alike but for blanks, parentheses, the order of what
``and`` and ``or`` join, and the order of words in a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atlante.catalogue.columns import COLUMNS

if TYPE_CHECKING:
    from datetime import date

type NodeType = Literal["condition", "number", "text", "class", "date", "activity"]
type Comparison = Literal["<", "<=", "==", "!=", ">=", ">"]
type Operation = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class All:
    """Every firm: true of each."""


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """The value of a column; of a flag it is a condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written out."""

    value: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is written out."""

    value: date


@dataclass(frozen=True, slots=True)
class Compared:
    """Two numbers or two days compared."""

    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether a text is one of some words."""

    operand: Node
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by ``and`` or ``or``."""

    operator: Literal["and", "or"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """A condition that must not hold."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Known:
    """Whether something is known: never unknown itself."""

    operand: Node


@dataclass(frozen=True, slots=True)
class InSector:
    """Whether the activity is in a sector of the catalogue."""

    sector: str


@dataclass(frozen=True, slots=True)
class InActivity:
    """Whether the activity is one of some codes of an edition, or below one. A code too short to tell: unknown."""

    edition: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """The two digits of the activity's division, where its code is of this edition."""

    edition: str


@dataclass(frozen=True, slots=True)
class Year:
    """The year of a date."""

    column: str


@dataclass(frozen=True, slots=True)
class AgeYears:
    """Whole years from a date to the reference date; below 0 where the date is after it."""

    column: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The lower or upper bound of a class; the upper one of an open class is unknown."""

    side: Literal["low", "high"]
    column: str


@dataclass(frozen=True, slots=True)
class Calculated:
    """Arithmetic on two numbers; divided by 0 it is unknown."""

    operator: Operation
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Minus:
    """A number with its sign changed."""

    operand: Node


type Node = (
    All
    | ColumnValue
    | Number
    | Day
    | Compared
    | OneOf
    | Joined
    | Negated
    | Known
    | InSector
    | InActivity
    | Division
    | Year
    | AgeYears
    | Bound
    | Calculated
    | Minus
)

_OF_COLUMN: dict[str, NodeType] = {
    "flag": "condition",
    "prevalence": "text",
    "words": "text",
    "class": "class",
    "date": "date",
    "activity": "activity",
}


def type_of(node: Node) -> NodeType:
    """Return what a node is: a condition, a number, a text, a class, a date or an activity code."""
    match node:
        case ColumnValue(name):
            return _OF_COLUMN[COLUMNS[name].kind]
        case Number() | Year() | AgeYears() | Bound() | Calculated() | Minus():
            return "number"
        case Day():
            return "date"
        case Division():
            return "text"
        case _:
            return "condition"


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes that a node is made of."""
    match node:
        case Compared(_, left, right) | Calculated(_, left, right):
            return (left, right)
        case Joined(_, parts):
            return parts
        case OneOf(operand, _) | Negated(operand) | Known(operand) | Minus(operand):
            return (operand,)
        case _:
            return ()


def columns_of(node: Node) -> frozenset[str]:
    """Return the columns of the register that a node reads."""
    match node:
        case ColumnValue(name) | Year(name) | AgeYears(name) | Bound(_, name):
            return frozenset({name})
        case InSector() | InActivity() | Division():
            return frozenset({"activity_code"})
        case _:
            return frozenset().union(*(columns_of(child) for child in children(node)))


def sectors_of(node: Node) -> frozenset[str]:
    """Return the sectors that a node asks for."""
    if isinstance(node, InSector):
        return frozenset({node.sector})
    return frozenset().union(*(sectors_of(child) for child in children(node)))
