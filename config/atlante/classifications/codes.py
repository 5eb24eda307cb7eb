"""How a code is written: with dots for people, as digits alone for everything else."""

from __future__ import annotations

import re
from typing import Final

from atlante.errors import InvalidActivityCode

_SECTION: Final = re.compile(r"[A-Za-z]")
_DIGITS: Final = re.compile(r"[0-9]{2,6}")
_DOTTED: Final = re.compile(r"[0-9]{2}\.[0-9]{1,2}(\.[0-9]{1,2})?")
_CLASS_DIGITS: Final = 4


def compact(text: str) -> str:
    """Return a code as digits alone; a section stays a letter. Whether the code exists is its edition's matter.

    Nothing is guessed: ``1110`` is class 11.10, although it may once have been 01.11.0 with a zero that a spreadsheet
    dropped. :func:`atlante.classifications.detect_edition` tells how many codes of a list would exist with that zero.

    Raises
    ------
    InvalidActivityCode
        If it can't be a code of any edition.

    >>> compact("62.01.00"), compact(" 62.0 "), compact("6201"), compact("j")
    ('620100', '620', '6201', 'J')
    """
    code = text.strip()
    if _SECTION.fullmatch(code):
        return code.upper()
    is_written_in_full = "." not in code or code.count(".") == 1 or len(code.split(".")[1]) > 1
    if _DIGITS.fullmatch(code) or (_DOTTED.fullmatch(code) and is_written_in_full):
        return code.replace(".", "")
    raise InvalidActivityCode(text)


def dotted(code: str) -> str:
    """Return a compact code as ISTAT writes it.

    >>> [dotted(code) for code in ("J", "62", "620", "6201", "62010", "620100")]
    ['J', '62', '62.0', '62.01', '62.01.0', '62.01.00']
    """
    return ".".join(part for part in (code[:2], code[2:_CLASS_DIGITS], code[_CLASS_DIGITS:]) if part)
