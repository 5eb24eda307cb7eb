"""Text files of tables that people make: their letters, and what separates their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.errors import InvalidBoundaries, InvalidSeries

_ENCODINGS: Final = ("utf-8-sig", "cp1252")  # ISTAT changed from the second to the first in February 2024
_SEPARATORS: Final = ",;\t|"


def read_text(path: Path, error: type[InvalidSeries | InvalidBoundaries]) -> str:
    """Return the text of a file.

    Letters that another program garbled do not matter here: codes and numbers have none.

    Parameters
    ----------
    error
        What to raise if the file can't be read, or is not text.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise error(path, f"{exc.strerror}. Check the path.") from exc
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise error(path, f"is text in none of {', '.join(_ENCODINGS)}. Save it as CSV in UTF-8.")


def separator(text: str) -> str:
    """Return what separates the cells of a table: the sign that its first line has most of."""
    header = text.partition("\n")[0]
    return max(_SEPARATORS, key=header.count)
