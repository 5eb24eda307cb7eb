"""From text to an expression: Python's grammar, and of it only what the allow-list names. Nothing is ever evaluated."""

from __future__ import annotations

import ast
import difflib
import warnings
from datetime import date
from typing import TYPE_CHECKING, Final, NoReturn, cast

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import nodes
from atlante.catalogue.expressions.calls import FUNCTIONS, check_class, read_call
from atlante.catalogue.expressions.wording import wording
from atlante.errors import InvalidExpression

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 2_000  # characters
DEEPEST: Final = 40
# With numbers below 10^15 no result can leave the range of double precision.
MOST_OPERATIONS: Final = 16
GREATEST: Final = 1e15
SMALLEST: Final = 1e-15

_COMPARISONS: Final[dict[type[ast.cmpop], nodes.Comparison]] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.GtE: ">=", ast.Gt: ">",
}  # fmt: skip
_OPERATIONS: Final[dict[type[ast.operator], nodes.Operation]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
}  # fmt: skip
_BLANKS: Final = str.maketrans("\n\r\t\f", "    ")
_FLAG_WORDS: Final = ("true", "false", "True", "False")


def read(text: str) -> nodes.Node:
    """Return the tree of an expression.

    Raises
    ------
    InvalidExpression
        If it is none; says what is wrong, at which character, and what would be valid.
    """
    if len(text) > LONGEST:
        raise InvalidExpression(text[:40] + "…", 1, f"it has {len(text):,} characters; up to {LONGEST:,} are read")
    flat = text.translate(_BLANKS)  # of equal length: places stay
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python would do with it is of no interest
            body = ast.parse(flat.lstrip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        position = (getattr(exc, "offset", None) or 1) + len(flat) - len(flat.lstrip())
        problem = getattr(exc, "msg", None) or str(exc)
        raise InvalidExpression(text, position, f"it can't be understood: {problem}") from exc
    reader = _Reader(text)
    node = reader.node(body, depth=1)
    reader.check_size(node)
    return node


class _Reader:
    """Reads the nodes of Python's tree; whatever it has no method for is refused."""

    def __init__(self, text: str) -> None:
        self._text = text

    def refuse(self, at: ast.AST, problem: str) -> NoReturn:
        offset = getattr(at, "col_offset", 0)  # in bytes
        text = self._text.lstrip()
        before = len(self._text) - len(text) + len(text.encode()[:offset].decode(errors="ignore"))
        raise InvalidExpression(self._text, before + 1, problem)

    def check_size(self, node: nodes.Node) -> None:
        """Refuse what has more arithmetic than numbers stay in range of, or reads no column."""
        operations, waiting = 0, [node]
        while waiting:
            here = waiting.pop()
            operations += isinstance(here, nodes.Calculated)
            waiting.extend(nodes.children(here))
        if operations > MOST_OPERATIONS:
            raise InvalidExpression(self._text, 1, f"it has {operations} operations + - * /; up to {MOST_OPERATIONS}")
        if not isinstance(node, nodes.All) and not nodes.columns_of(node):
            raise InvalidExpression(self._text, 1, "it reads no column, and so says nothing of a firm")

    def node(self, tree: ast.expr, depth: int) -> nodes.Node:  # noqa: C901, PLR0911 - one case a node
        """Return the node of a tree, or refuse it."""
        if depth > DEEPEST:
            self.refuse(tree, f"it is nested more than {DEEPEST} deep")
        match tree:
            case ast.Name(id="all"):
                if depth > 1:
                    self.refuse(tree, "'all' stands alone: it is every firm")
                return nodes.All()
            case ast.Name(id=name):
                return self._column(tree, name)
            case ast.Constant(value=value):
                return self._constant(tree, value)
            case ast.BoolOp(op=operator, values=parts):
                return self._joined("and" if isinstance(operator, ast.And) else "or", parts, depth)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return nodes.Negated(self._typed(operand, "condition", depth))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return nodes.Minus(self._typed(operand, "number", depth))
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
                both = self._typed(left, "number", depth), self._typed(right, "number", depth)
                return nodes.Calculated(_OPERATIONS[type(operation)], *both)
            case ast.Compare():
                return self._comparisons(tree, depth)
            case ast.Call():
                return read_call(tree, lambda argument: self.node(argument, depth + 1), self.refuse)
            case _:
                return self.refuse(
                    tree,
                    f"{ast.unparse(tree)} is not possible here; an expression has columns, numbers, words in quotes, "
                    f"and, or, not, ( ), + - * /, == != < <= >= >, in (…), and the functions {', '.join(FUNCTIONS)}",
                )

    def _typed(self, tree: ast.expr, expected: str, depth: int) -> nodes.Node:
        node = self.node(tree, depth + 1)
        found = nodes.type_of(node)
        if found != expected:
            hint = {
                "text": 'compare it with words: x == "…" or x in ("…", "…")',
                "class": "take a bound of it: low(x) or high(x)",
                "date": "take its year(x) or age_years(x), or compare it with a day in quotes",
                "activity": "ask with activity(edition, code), division(edition), sector(id) or known(x)",
                "number": "compare it: x > 0",
                "condition": "give a number",
            }[found]
            self.refuse(tree, f"{wording(node)} is a {found}, where a {expected} is needed; {hint}")
        return node

    def _column(self, tree: ast.expr, name: str) -> nodes.Node:
        if name in COLUMNS:
            return nodes.ColumnValue(name)
        if name in _FLAG_WORDS:
            self.refuse(tree, "a flag is a condition itself: write has_rnd, or not has_rnd")
        if name in FUNCTIONS:
            self.refuse(tree, f"{name} is a function: write {FUNCTIONS[name]}")
        return self.refuse(tree, f"there is no column {name!r}{_near(name, COLUMNS)}; columns are {', '.join(COLUMNS)}")

    def _constant(self, tree: ast.expr, value: object) -> nodes.Node:
        if isinstance(value, bool):
            self.refuse(tree, "a flag is a condition itself: write has_rnd, or not has_rnd")
        if isinstance(value, int | float):
            size = abs(value)
            if size > GREATEST or 0 < size < SMALLEST:
                self.refuse(tree, f"numbers lie between {SMALLEST:g} and {GREATEST:g}")
            return nodes.Number(float(value))
        if isinstance(value, str):
            self.refuse(tree, f"the words {value!r} stand alone; compare a column with them: column == {value!r}")
        return self.refuse(tree, f"{value!r} is neither a number nor words in quotes")

    def _joined(self, operator: str, trees: Iterable[ast.expr], depth: int) -> nodes.Node:
        parts: dict[nodes.Node, None] = {}
        for tree in trees:
            node = self._typed(tree, "condition", depth)
            same = isinstance(node, nodes.Joined) and node.operator == operator
            parts.update(dict.fromkeys(node.parts if isinstance(node, nodes.Joined) and same else (node,)))
        ordered = tuple(sorted(parts, key=wording))
        return nodes.Joined("and" if operator == "and" else "or", ordered) if len(ordered) > 1 else ordered[0]

    def _comparisons(self, tree: ast.Compare, depth: int) -> nodes.Node:
        operands = [tree.left, *tree.comparators]
        parts = [
            self._comparison(left, operator, right, depth)
            for left, operator, right in zip(operands, tree.ops, operands[1:], strict=False)
        ]
        ordered = tuple(sorted(dict.fromkeys(parts), key=wording))
        return nodes.Joined("and", ordered) if len(ordered) > 1 else ordered[0]

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, depth: int) -> nodes.Node:
        if isinstance(operator, ast.In | ast.NotIn):
            found: nodes.Node = self._one_of(left, _elements(right), depth)
            return nodes.Negated(found) if isinstance(operator, ast.NotIn) else found
        if type(operator) not in _COMPARISONS:
            self.refuse(left, "'is' is not possible here; whether something is known is asked by known(column)")
        sign = _COMPARISONS[type(operator)]
        if _is_words(left):
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            left, right, sign = right, left, cast("nodes.Comparison", mirrored.get(sign, sign))
        if not _is_words(right):
            return nodes.Compared(sign, self._typed(left, "number", depth), self._typed(right, "number", depth))
        node = self.node(left, depth + 1)
        if nodes.type_of(node) == "date":
            return nodes.Compared(sign, node, self._day(right))
        if sign not in ("==", "!="):
            self.refuse(left, f"words have no order: compare {wording(node)} by == or !=")
        equal = self._one_of(left, (right,), depth)
        return equal if sign == "==" else nodes.Negated(equal)

    def _day(self, tree: ast.expr) -> nodes.Day:
        text = tree.value if isinstance(tree, ast.Constant) else None
        try:
            return nodes.Day(date.fromisoformat(str(text)))
        except ValueError:
            self.refuse(tree, f'{text!r} is not a day; expected "YYYY-MM-DD"')

    def _one_of(self, tree: ast.expr, elements: Iterable[ast.expr] | None, depth: int) -> nodes.OneOf:
        node = self.node(tree, depth + 1)
        if elements is None:
            self.refuse(tree, 'after \'in\', words stand in parentheses: in ("…", "…")')
        words = []
        for element in elements:
            if not _is_words(element):
                self.refuse(element, f"{ast.unparse(element)} is not words in quotes")
            words.append(str(cast("ast.Constant", element).value))
            self._check_word(node, words[-1], element)
        if not words:
            self.refuse(tree, "after 'in', one word or more is needed")
        return nodes.OneOf(node, tuple(sorted(set(words))))

    def _check_word(self, node: nodes.Node, word: str, at: ast.expr) -> None:
        """Refuse words that a column or a division can't be."""
        match node:
            case nodes.ColumnValue(name) if nodes.type_of(node) in ("text", "class"):
                possible = COLUMNS[name].values
                if possible is not None and word not in possible:
                    self.refuse(at, f"{word!r} is not a value of {name}; expected {', '.join(map(repr, possible))}")
                if nodes.type_of(node) == "class":
                    check_class(word, lambda problem: self.refuse(at, f"{name}: {problem}"))
                if not word.strip():
                    self.refuse(at, f"blank is not a value of {name}; whether it is known is asked by known({name})")
            case nodes.Division(edition):
                from atlante.catalogue.expressions.calls import check_code  # noqa: PLC0415 - beside its only use

                check_code(word, edition, lambda problem: self.refuse(at, problem))
            case _:
                self.refuse(at, f"{wording(node)} is a {nodes.type_of(node)} and can't be compared with words")


def _elements(tree: ast.expr) -> list[ast.expr] | None:
    if isinstance(tree, ast.Tuple | ast.List | ast.Set):
        return tree.elts
    return [tree] if _is_words(tree) else None  # in ("x") has no comma: a word in parentheses


def _is_words(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=2, cutoff=0.6)
    return f", did you mean {' or '.join(map(repr, near))}?" if near else ""
