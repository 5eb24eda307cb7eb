"""What a file is that is no table of text: its first bytes tell, and what to do about it."""

from __future__ import annotations

import codecs
import io
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from atlante.registers.files import Content

_HEAD_BYTES: Final = 4_096
_UNPACK: Final = "unpack it and give the table inside"
_EXPORT: Final = "save the sheet as CSV"
_CONVERT: Final = "export the table from it"
_SIGNATURES: Final = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)", _EXPORT),
    (b"%PDF", "a PDF document", "ask the publisher for the table"),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"PARE", "an encrypted Parquet file", "decrypt it"),
    (b"ARROW1", "an Arrow (Feather) file", _CONVERT),
    (b"FEA1", "a Feather file", _CONVERT),
    (b"ORC", "an ORC file", _CONVERT),
    (b"fgb", "a FlatGeobuf file", _CONVERT),
    (b"\x00\x00\x27\x0a", "a shapefile", _CONVERT),
    (b"SQLite format 3", "an SQLite database or a GeoPackage", _CONVERT),
    (b"\x89PNG", "an image", "ask the publisher for the table"),
    (b"\xff\xd8\xff", "an image", "ask the publisher for the table"),
)
_MARKUP: Final = (
    (b"<!doctype html", "a web page", "fetch the file itself"),
    (b"<html", "a web page", "fetch the file itself"),
    (b"<?xml", "an XML document", _CONVERT),
)
_ZIP: Final = b"PK"
_CONTROL: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r"})
_MOST_CONTROL: Final = 0.05  # of the first bytes of a text: a few are slips
_UTF16_SHARE: Final = 0.25  # of NUL, all of them at even places or all at odd ones


def other_format(content: Content) -> tuple[str, str] | None:
    """Return what a file is, and what to do about it; None where it may be text.

    UTF-16 may be text: it is for the encoding to say that it is another one.
    """
    head = content[:_HEAD_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    if head.startswith((_ZIP + b"\x03\x04", _ZIP + b"\x05\x06")):
        return _kind_of_zip(content)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for start, known in ((head, _SIGNATURES), (text, _MARKUP)):
        for signature, kind, remedy in known:
            if start.startswith(signature) and not _is_plain(head, signature):
                return kind, remedy
    if _is_binary(head):
        return "a binary file of a kind that is not known", _CONVERT
    return None


def _is_plain(head: bytes, signature: bytes) -> bool:
    """Return whether a signature of letters begins what is text otherwise, such as a header that begins with ORC."""
    return signature.isalnum() and not _is_binary(head) and head.isascii()


def _is_binary(head: bytes) -> bool:
    n_control = len(head) - len(head.translate(None, delete=_CONTROL))
    if n_control <= _MOST_CONTROL * len(head):
        return False
    n_nul = [head[place::2].count(0) for place in (0, 1)]
    return not (min(n_nul) == 0 and max(n_nul) > _UTF16_SHARE * len(head))


def _kind_of_zip(content: Content) -> tuple[str, str]:
    """Return what a ZIP archive is, by the names inside; the list of them stands at its end."""
    try:
        with zipfile.ZipFile(io.BytesIO(content[:])) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "a ZIP archive or an Excel workbook (.xlsx), and damaged", "fetch it again"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (.xlsx)", _EXPORT
    if "content.xml" in names:
        return "a LibreOffice document (.ods)", _EXPORT
    inside = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")  # noqa: PLR2004 - enough to tell
    return f"a ZIP archive of {inside or 'nothing'}", _UNPACK
