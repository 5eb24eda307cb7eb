"""CQL2 filters as text and as JSON, read into pygeofilter's syntax tree."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import orjson
import shapely
from lark import Lark, Token, Transformer, v_args
from pygeofilter import ast, values
from pygeofilter.cql2 import COMPARISON_MAP, SPATIAL_PREDICATES_MAP
from pygeofilter.parsers.cql2_json import parse as parse_cql2_json

_FLAT_BETWEEN: Final = 3  # operands, as the standard writes it


def parse_text(text: str) -> ast.Node:
    """Return the syntax tree of a filter in CQL2 Text.

    Raises
    ------
    lark.exceptions.LarkError, shapely.errors.ShapelyError, ValueError
        If the text is none; pygeoapi answers each with 400.
    """
    return _PARSER.parse(text)


def parse_json(text: str) -> ast.Node:
    """Return the syntax tree of a filter in CQL2 JSON.

    Raises
    ------
    ValueError
        If the text is none; pygeoapi answers it with 400.
    """
    return parse_cql2_json(_as_pygeofilter_expects(orjson.loads(text)))


def _as_pygeofilter_expects(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a CQL2 JSON document with what pygeofilter reads otherwise than the standard says rewritten."""
    if isinstance(node, list):
        return [_as_pygeofilter_expects(item) for item in node]
    if not isinstance(node, dict) or "coordinates" in node:
        return node
    if "bbox" in node:  # read as x, x, y, y
        return _geometry(shapely.box(*node["bbox"])).geometry
    document = {key: _as_pygeofilter_expects(value) for key, value in node.items()}
    if document.get("op") == "between" and len(document.get("args", ())) == _FLAT_BETWEEN:
        value, *bounds = document["args"]
        document["args"] = [value, bounds]
    return document


def _geometry(geometry: shapely.Geometry) -> values.Geometry:
    return values.Geometry(orjson.loads(shapely.to_geojson(geometry)))


def _like(lhs: ast.Node, pattern: ast.AstType, *, not_: bool = False) -> ast.Like:
    return ast.Like(lhs, pattern, nocase=False, wildcard="%", singlechar="_", escapechar="\\", not_=not_)


@v_args(inline=True)
class _Tree(Transformer[Token, ast.Node]):
    """Turns what the grammar recognised into pygeofilter's nodes; a method per rule or terminal."""

    def or_(self, lhs: ast.Node, rhs: ast.Node) -> ast.Node:
        return ast.Or(lhs, rhs)

    def and_(self, lhs: ast.Node, rhs: ast.Node) -> ast.Node:
        return ast.And(lhs, rhs)

    def not_(self, node: ast.Node) -> ast.Node:
        return ast.Not(node)

    def comparison(self, lhs: ast.Node, op: Token, rhs: ast.Node) -> ast.Node:
        return COMPARISON_MAP[op](lhs, rhs)

    def between(self, lhs: ast.Node, low: ast.Node, high: ast.Node) -> ast.Node:
        return ast.Between(lhs, low, high, not_=False)

    def not_between(self, lhs: ast.Node, low: ast.Node, high: ast.Node) -> ast.Node:
        return ast.Between(lhs, low, high, not_=True)

    def like(self, lhs: ast.Node, pattern: ast.Node) -> ast.Node:
        return _like(lhs, pattern)

    def not_like(self, lhs: ast.Node, pattern: ast.Node) -> ast.Node:
        return _like(lhs, pattern, not_=True)

    def in_(self, lhs: ast.Node, *options: ast.Node) -> ast.Node:
        return ast.In(lhs, list(options), not_=False)

    def not_in(self, lhs: ast.Node, *options: ast.Node) -> ast.Node:
        return ast.In(lhs, list(options), not_=True)

    def null(self, lhs: ast.Node) -> ast.Node:
        return ast.IsNull(lhs, not_=False)

    def not_null(self, lhs: ast.Node) -> ast.Node:
        return ast.IsNull(lhs, not_=True)

    def spatial(self, op: Token, lhs: ast.Node, rhs: ast.Node) -> ast.Node:
        return SPATIAL_PREDICATES_MAP[op.lower()](lhs, rhs)

    def function(self, name: Token, argument: ast.Node) -> ast.Node:
        return ast.Function("lower" if name.lower() == "casei" else name.lower(), [argument])

    def attribute(self, name: str) -> ast.Node:
        return ast.Attribute(str(name))

    def date(self, text: str) -> date:
        return date.fromisoformat(text)

    def timestamp(self, text: str) -> datetime:
        return datetime.fromisoformat(text)

    def bbox(self, xmin: float, ymin: float, xmax: float, ymax: float) -> values.Geometry:
        return _geometry(shapely.box(xmin, ymin, xmax, ymax))

    def coordinate(self, *numbers: float) -> str:
        return " ".join(map(repr, numbers))

    def coordinates(self, *items: str | values.Geometry) -> str:
        texts = (item if isinstance(item, str) else shapely.geometry.shape(item).wkt for item in items)
        return f"({', '.join(texts)})"

    def geometry(self, name: Token, coordinates: str) -> values.Geometry:
        return _geometry(shapely.from_wkt(f"{name} {coordinates}"))

    def NUMBER(self, token: Token) -> float:  # noqa: N802 - terminals are in capitals
        return float(token) if any(character in ".eE" for character in token) else int(token)

    def TEXT(self, token: Token) -> str:  # noqa: N802
        return token[1:-1].replace("''", "'").replace("\\'", "'")

    def QUOTED_NAME(self, token: Token) -> str:  # noqa: N802
        return token[1:-1]

    def BOOLEAN(self, token: Token) -> bool:  # noqa: N802
        return token.upper() == "TRUE"


_PARSER: Final = Lark.open("cql2.lark", rel_to=__file__, parser="lalr", transformer=_Tree())
