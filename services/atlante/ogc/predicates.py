"""A filter's syntax tree as a condition in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal

import shapely
from pygeofilter import ast, values

from atlante.database import sql
from atlante.ogc.conditions import Unselectable, finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.ogc.conditions import Conditions

_COMPARISONS: Final = {
    ast.ComparisonOp.EQ: sql.SQL("{} = {}"),
    ast.ComparisonOp.NE: sql.SQL("{} <> {}"),
    ast.ComparisonOp.LT: sql.SQL("{} < {}"),
    ast.ComparisonOp.LE: sql.SQL("{} <= {}"),
    ast.ComparisonOp.GT: sql.SQL("{} > {}"),
    ast.ComparisonOp.GE: sql.SQL("{} >= {}"),
}
_SPATIAL: Final = {
    ast.SpatialComparisonOp.INTERSECTS: sql.SQL("ST_Intersects({}, {})"),
    ast.SpatialComparisonOp.DISJOINT: sql.SQL("ST_Disjoint({}, {})"),
    ast.SpatialComparisonOp.CONTAINS: sql.SQL("ST_Contains({}, {})"),
    ast.SpatialComparisonOp.WITHIN: sql.SQL("ST_Within({}, {})"),
    ast.SpatialComparisonOp.TOUCHES: sql.SQL("ST_Touches({}, {})"),
    ast.SpatialComparisonOp.CROSSES: sql.SQL("ST_Crosses({}, {})"),
    ast.SpatialComparisonOp.OVERLAPS: sql.SQL("ST_Overlaps({}, {})"),
    ast.SpatialComparisonOp.EQUALS: sql.SQL("ST_Equals({}, {})"),
}
# Every crossing becomes a vertex: 200 that cross at random are mended in 20 ms, 2,000 in 5 s; by the default method 600
# take 20 s. The database's time limit does not reach what happens here.
_MOST_VERTICES_TO_MEND: Final = 200
_GEOMETRY: Final = "geometry"  # the name of the geometry queryable
_DANGLING_ESCAPE: Final = re.compile(r"(?<!\\)(\\\\)*\\$")

type _Kind = Literal["text", "number", "date", "boolean"]


@dataclass(frozen=True, slots=True)
class _Operand:
    """One side of a comparison."""

    expression: sql.Composable
    kind: _Kind
    shown: str  # as an error names it


def add_filter(conditions: Conditions, node: ast.Node) -> None:
    """Keep the features that meet a filter.

    Raises
    ------
    Unselectable
        If it names an unknown property (the message lists the queryables), compares unlike things, or uses something
        that is not supported.
    """
    try:
        conditions.add(_condition(conditions, node))
    except RecursionError as exc:
        raise Unselectable("filter: nested too deeply.") from exc


def _condition(conditions: Conditions, node: object) -> sql.Composable:  # noqa: PLR0911 - one return per kind of node
    match node:
        case ast.Not(sub_node=inner):
            return sql.SQL("NOT ({})").format(_condition(conditions, inner))
        case ast.And():
            return sql.SQL("({} AND {})").format(_condition(conditions, node.lhs), _condition(conditions, node.rhs))
        case ast.Or():
            return sql.SQL("({} OR {})").format(_condition(conditions, node.lhs), _condition(conditions, node.rhs))
        case ast.Comparison():
            return _COMPARISONS[node.op].format(*_alike(conditions, node.lhs, node.rhs))
        case ast.Between():
            between = sql.SQL("({} BETWEEN {} AND {})").format(*_alike(conditions, node.lhs, node.low, node.high))
            return _negated(between, is_negated=node.not_)
        case ast.In():
            lhs, *options = _alike(conditions, node.lhs, *node.sub_nodes)
            return _negated(sql.SQL("({} IN ({}))").format(lhs, sql.SQL(", ").join(options)), is_negated=node.not_)
        case ast.Like():
            return _negated(_like(conditions, node), is_negated=node.not_)
        case ast.IsNull():
            return _negated(_is_null(conditions, node.lhs), is_negated=node.not_)
        case ast.SpatialComparisonPredicate():
            return _spatial(conditions, node)
    raise _unsupported(node)


def _negated(condition: sql.Composable, *, is_negated: bool) -> sql.Composable:
    return sql.SQL("NOT {}").format(condition) if is_negated else condition


def _alike(conditions: Conditions, *nodes: object) -> Sequence[sql.Composable]:
    """Return operands that can be compared: of one kind, where a date may be written as text."""
    operands = [_operand(conditions, node) for node in nodes]
    if any(operand.kind == "date" for operand in operands):
        operands = [
            _date_operand(conditions, node) if isinstance(node, str) else operand
            for node, operand in zip(nodes, operands, strict=True)
        ]
    first = operands[0]
    for other in operands[1:]:
        if other.kind != first.kind:
            raise Unselectable(
                f"filter: {first.shown} ({first.kind}) can't be compared with {other.shown} ({other.kind})."
            )
    return [operand.expression for operand in operands]


def _operand(conditions: Conditions, node: object) -> _Operand:
    match node:
        case ast.Attribute(name=name):
            return _property(conditions, name)
        case ast.Function(name="lower", arguments=[argument]):
            inner = _operand(conditions, argument)
            if inner.kind != "text":
                raise Unselectable(f"filter: CASEI is for text; {inner.shown} is a {inner.kind}.")
            return _Operand(sql.SQL("lower({})").format(inner.expression), "text", inner.shown)
        case bool():
            return _Operand(sql.SQL("{}::boolean").format(conditions.bind(node)), "boolean", str(node).upper())
        case int() | float():
            return _number(conditions, node)
        case str():
            return _Operand(sql.SQL("{}::text").format(conditions.bind(node)), "text", repr(node))
        case date():  # also a time: what is published has days
            day = node.date() if isinstance(node, datetime) else node
            return _Operand(sql.SQL("{}::date").format(conditions.bind(day)), "date", str(day))
    raise _unsupported(node)


def _number(conditions: Conditions, number: float) -> _Operand:
    try:
        value = finite(float(number))
    except (ValueError, OverflowError) as exc:
        raise Unselectable(f"filter: {number} is out of range.") from exc
    return _Operand(sql.SQL("{}::double precision").format(conditions.bind(value)), "number", str(number))


def _property(conditions: Conditions, name: object) -> _Operand:
    fields = conditions.collection.fields
    if not isinstance(name, str) or name not in fields:  # in JSON it may be anything
        known = ", ".join((_GEOMETRY, *fields))
        raise Unselectable(f"filter: {name!r} is no queryable of this collection. Its queryables: {known}.")
    field = fields[name]
    kinds: dict[str, _Kind] = {"string": "text", "integer": "number", "number": "number", "date": "date"}
    return _Operand(conditions.field(field), kinds[field.type], name)


def _date_operand(conditions: Conditions, text: str) -> _Operand:
    try:
        return _operand(conditions, date.fromisoformat(text))
    except ValueError as exc:
        raise Unselectable(f"filter: {text!r} is no date (YYYY-MM-DD).") from exc


def _like(conditions: Conditions, node: ast.Like) -> sql.Composable:
    pattern = node.pattern.arguments[0] if isinstance(node.pattern, ast.Function) else node.pattern
    if not isinstance(pattern, str):
        raise Unselectable("filter: the pattern of LIKE has to be a text, or CASEI of one.")
    if _DANGLING_ESCAPE.search(pattern):
        raise Unselectable(f"filter: the pattern {pattern!r} ends with an escape character.")
    lhs, rhs = _alike(conditions, node.lhs, node.pattern)
    return sql.SQL(r"({} LIKE {} ESCAPE '\')").format(lhs, rhs)


def _is_null(conditions: Conditions, node: object) -> sql.Composable:
    if isinstance(node, ast.Attribute) and node.name == _GEOMETRY:
        return sql.SQL("(f.vintage_id IS NULL)")
    return sql.SQL("({} IS NULL)").format(_operand(conditions, node).expression)


def _spatial(conditions: Conditions, node: ast.SpatialComparisonPredicate) -> sql.Composable:
    sides = [_geometry(conditions, side) for side in (node.lhs, node.rhs)]
    return conditions.where_geometry(_SPATIAL[node.op].format(*sides))


def _geometry(conditions: Conditions, node: object) -> sql.Composable:
    match node:
        case ast.Attribute(name=name) if name == _GEOMETRY:
            return sql.SQL("g.geom_4326")
        case values.Geometry(geometry=document):
            return sql.SQL("ST_GeomFromWKB({}::bytea, 4326)").format(_literal(conditions, document))
        case ast.Attribute(name=name):
            raise Unselectable(f"filter: {name!r} is no geometry; the geometry of this collection is {_GEOMETRY!r}.")
    raise _unsupported(node)


def _literal(conditions: Conditions, document: dict[str, object]) -> sql.Composable:
    """Return the placeholder of a literal geometry as WKB, made valid if that is cheap."""
    try:
        geometry = shapely.force_2d(shapely.geometry.shape(document))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as exc:
        raise Unselectable(f"filter: a geometry can't be read ({exc}).") from exc
    vertices = int(shapely.get_num_coordinates(geometry))
    conditions.add_vertices(vertices)
    if not shapely.is_valid(geometry):
        if vertices > _MOST_VERTICES_TO_MEND:
            raise Unselectable(f"filter: a geometry is not valid ({shapely.is_valid_reason(geometry)}). Mend it first.")
        geometry = shapely.make_valid(geometry, method="structure")
    return conditions.bind(shapely.to_wkb(geometry))


def _unsupported(node: object) -> Unselectable:
    return Unselectable(f"filter: {type(node).__name__} is not supported here.")
