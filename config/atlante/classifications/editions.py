"""The editions of ATECO as trees of codes."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Final

# The one module of the package that gives all titles at once; its public functions look up one code at a time.
from ateco._load import load_nodes

from atlante.classifications.codes import compact
from atlante.errors import UnknownActivityCode, UnknownEdition

if TYPE_CHECKING:
    from collections.abc import Mapping

EDITIONS: Final = ("2007", "2022", "2025")
LEAF_DIGITS: Final = 6
LEVELS: Final = ("section", "division", "group", "class", "category", "subcategory")  # by length of the code
_NEAR: Final = 3


class Classification:
    """One edition: its codes of all levels, with title, parent and the six-digit codes below each.

    Codes are compact: a letter of a section, or two to six digits.

    Attributes
    ----------
    edition
        One of :data:`EDITIONS`.
    codes
        All codes, sections first, in order.
    all_leaves
        Its six-digit codes (subcategories), in order.
    sections
        The divisions of each section.
    """

    def __init__(self, edition: str, titles: Mapping[str, str], parents: Mapping[str, str | None]) -> None:
        self.edition = edition
        self._titles, self._parents = dict(titles), dict(parents)
        sections = sorted(code for code in titles if len(code) == 1)
        self.codes: tuple[str, ...] = (*sections, *sorted(titles.keys() - sections))
        self.all_leaves = tuple(code for code in self.codes if len(code) == LEAF_DIGITS)
        self.sections = {
            section: tuple(code for code in self.codes if parents[code] == section and code != section)
            for section in sections
        }
        below: dict[str, list[str]] = {code: [] for code in self.codes}
        for leaf in self.all_leaves:
            for ancestor in self._line(leaf):
                below[ancestor].append(leaf)
        self._leaves = {code: frozenset(leaves) for code, leaves in below.items()}

    def _line(self, code: str) -> list[str]:
        """Return a code and all that it is part of, up to its section."""
        line: list[str] = []
        above: str | None = code
        while above is not None:
            line.append(above)
            above = self._parents[above]
        return line

    def contains(self, code: str) -> bool:
        """Say whether the edition has a compact code, at any level."""
        return code in self._titles

    def title(self, code: str) -> str:
        """Return the Italian title.

        Raises
        ------
        UnknownActivityCode
            If the edition has no such code; names those near it. So do the other questions about a code.
        """
        return self._titles[self._known(code)]

    def level(self, code: str) -> str:
        """Return its level, one of :data:`LEVELS`."""
        return LEVELS[len(self._known(code)) - 1]

    def parent(self, code: str) -> str | None:
        """Return the code that it is part of; None: it is a section."""
        return self._parents[self._known(code)]

    def leaves(self, code: str) -> frozenset[str]:
        """Return the six-digit codes below it; a six-digit code has itself."""
        return self._leaves[self._known(code)]

    def ancestor(self, code: str, digits: int) -> str:
        """Return what a code is part of at a number of digits; 1: its section; the code itself where it is shorter."""
        if len(self._known(code)) <= digits:
            return code
        return code[:digits] if digits > 1 else self._line(code)[-1]

    def near(self, code: str) -> list[str]:
        """Return codes that may have been meant: with a lost zero in front, the nearest above it, its neighbours."""
        with_zero = ["0" + code] if self.contains("0" + code) else []
        above = next((code[:n] for n in range(len(code) - 1, 1, -1) if self.contains(code[:n])), None)
        pool = [each for each in self.codes if len(each) == len(code) and each[:2] == code[:2]]
        like = difflib.get_close_matches(code, pool, n=_NEAR, cutoff=0.5)
        return list(dict.fromkeys([*with_zero, *like, *([above] if above else [])]))[:_NEAR]

    def _known(self, code: str) -> str:
        if code not in self._titles:
            raise UnknownActivityCode(code, self.edition, self.near(code))
        return code


@cache
def classification(edition: str) -> Classification:
    """Return an edition; it is read once.

    Raises
    ------
    UnknownEdition
        If there is none; names those that there are.
    """
    if edition not in EDITIONS:
        raise UnknownEdition(edition, EDITIONS)
    nodes = load_nodes(edition)
    titles = {compact(code): str(node["title"]).strip() for code, node in nodes.items()}
    parents = {compact(code): compact(node["parent"]) if node["parent"] else None for code, node in nodes.items()}
    return Classification(edition, titles, parents)


def notes(edition: str) -> dict[str, str]:
    """Return the Italian explanatory notes of the codes of an edition that have any."""
    nodes = load_nodes(edition)
    return {compact(code): str(node["notes"]["text"]) for code, node in nodes.items() if node["notes"].get("text")}
