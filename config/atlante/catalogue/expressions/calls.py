"""The functions of expressions: what each takes, and what is refused."""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, Final, NoReturn

from atlante.catalogue.columns import COLUMNS
from atlante.catalogue.expressions import nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from atlante.catalogue.columns import ColumnKind

    type Refuse = Callable[[ast.AST, str], NoReturn]

FUNCTIONS: Final = {
    "known": "known(column)",
    "year": "year(date column)",
    "age_years": "age_years(date column)",
    "low": "low(class column)",
    "high": "high(class column)",
    "sector": 'sector("id")',
    "activity": 'activity("edition", "code", …)',
    "division": 'division("edition")',
}
_TAKES_A_COLUMN: Final[dict[str, ColumnKind]] = {
    "year": "date",
    "age_years": "date",
    "low": "class",
    "high": "class",
}
_CLASS: Final = re.compile(r"\d+-\d*")
_SECTOR: Final = re.compile(r"[a-z][a-z0-9_]*")


def read_call(tree: ast.Call, read: Callable[[ast.expr], nodes.Node], refuse: Refuse) -> nodes.Node:
    """Return the node of a call.

    Parameters
    ----------
    read
        Reads an argument that is an expression itself.
    refuse
        Raises the error that names the place.
    """
    name = tree.func.id if isinstance(tree.func, ast.Name) else ast.unparse(tree.func)
    if name not in FUNCTIONS:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        refuse(tree, f"there is no function {name!r}{hint}; functions are {', '.join(FUNCTIONS.values())}")
    if tree.keywords:
        refuse(tree, f"names of arguments are not possible; write {FUNCTIONS[name]}")
    if name == "known":
        return _known(tree, read, refuse)
    if name in _TAKES_A_COLUMN:
        return _of_column(tree, name, refuse)
    words = [_word(argument, name, refuse) for argument in tree.args]
    if name == "sector":
        if len(words) != 1 or not _SECTOR.fullmatch(words[0]):
            refuse(tree, f"write {FUNCTIONS[name]}, the id of one sector of the catalogue")
        return nodes.InSector(words[0])
    return _of_activity(tree, name, words, refuse)


def _known(tree: ast.Call, read: Callable[[ast.expr], nodes.Node], refuse: Refuse) -> nodes.Node:
    if len(tree.args) != 1:
        refuse(tree, f"known takes one argument: {FUNCTIONS['known']}")
    node = read(tree.args[0])
    if not nodes.columns_of(node):
        refuse(tree, "what reads no column is always known")
    return nodes.Known(node)


def _of_column(tree: ast.Call, name: str, refuse: Refuse) -> nodes.Node:
    kind = _TAKES_A_COLUMN[name]
    possible = [column for column, each in COLUMNS.items() if each.kind == kind]
    column = tree.args[0].id if len(tree.args) == 1 and isinstance(tree.args[0], ast.Name) else None
    if column is None or column not in possible:
        refuse(tree, f"{name} takes one {kind} column: {', '.join(possible)}")
    match name:
        case "year":
            return nodes.Year(column)
        case "age_years":
            return nodes.AgeYears(column)
        case _:
            return nodes.Bound("low" if name == "low" else "high", column)


def _of_activity(tree: ast.Call, name: str, words: list[str], refuse: Refuse) -> nodes.Node:
    from atlante.classifications import EDITIONS  # noqa: PLC0415 - loads the classifications only where they are asked

    if not words or words[0] not in EDITIONS or (len(words) == 1) != (name == "division"):
        refuse(tree, f"write {FUNCTIONS[name]}; editions of ATECO are {', '.join(EDITIONS)}")
    if name == "division":
        return nodes.Division(words[0])
    codes = {check_code(word, words[0], lambda problem: refuse(tree, problem)) for word in words[1:]}
    return nodes.InActivity(words[0], tuple(sorted(codes)))


def _word(argument: ast.expr, name: str, refuse: Refuse) -> str:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        refuse(argument, f"{name} takes words in quotes: {FUNCTIONS[name]}")
    return argument.value


def check_code(text: str, edition: str, refuse: Callable[[str], NoReturn]) -> str:
    """Return the digits of an activity code, or refuse one that is not in its edition, naming those that have it."""
    from atlante.classifications import classification  # noqa: PLC0415 - see above

    code = text.replace(".", "")
    if not code.isdigit() or not classification(edition).contains(code):
        refuse(_unknown_code(text, code, edition))
    return code


def _unknown_code(text: str, code: str, edition: str) -> str:
    """Return what is wrong with a code: which editions have it, and which codes are near."""
    from atlante.classifications import EDITIONS, classification  # noqa: PLC0415 - see above

    others = [other for other in EDITIONS if code.isdigit() and classification(other).contains(code)]
    elsewhere = f"it is one of {', '.join(others)}" if others else "it is in no edition"
    near = difflib.get_close_matches(code, sorted(classification(edition).codes), n=3, cutoff=0.5)
    hint = f"; near ones are {', '.join(near)}" if near else ""
    return f"{text!r} is not a code of ATECO {edition}: {elsewhere}{hint}"


def check_class(text: str, refuse: Callable[[str], NoReturn]) -> None:
    """Refuse what can't be a class."""
    if not _CLASS.fullmatch(text):
        refuse(f"{text!r} is not a class; expected its bounds as in '10-19', or '250-' without an upper one")
