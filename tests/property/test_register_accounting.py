"""The law of the reader: accepted + rejected = rows, whatever the file does."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlante.catalogue.sources import load_sources
from atlante.errors import UnreadableRegister
from atlante.registers import Extract, Reason, read_register
from atlante.settings import default_catalogue_dir

SOURCES = load_sources(default_catalogue_dir())
TODAY = date(2025, 5, 19)
HEADERS = {
    source_id: source.delimiter.join(column.headers[0] for column in source.columns.values())
    for source_id, source in SOURCES.items()
}
VALUES = {
    "name": "ALFA", "short_name": "Alfa", "fiscal_code": "01234567890", "declared_municipality": "ROMA",
    "special_section_date": "01/02/2020",
}  # fmt: skip
ODD_TEXT = st.text(st.sampled_from('|,";\t \r\x1f.-0139AZSIàNO/'), max_size=12)


@st.composite
def mangled_lines(draw: st.DrawFn, source_id: str) -> list[str]:
    """Return good rows, rows with odd values, rows cut or grown, blank lines and prose, in any order."""
    source = SOURCES[source_id]
    good = [VALUES.get(field, "") for field in source.columns]
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        fields = list(good)
        for place in draw(st.lists(st.integers(0, len(fields) - 1), max_size=4)):
            fields[place] = draw(ODD_TEXT)
        line = source.delimiter.join(fields)
        cut = draw(st.integers(0, len(line)))
        lines.append(draw(st.sampled_from([line, line, line[:cut], line + source.delimiter, draw(ODD_TEXT), ""])))
    return lines


def read(source_id: str, content: bytes) -> Extract:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "startups_2025-05-19.csv"
        path.write_bytes(content)
        return read_register(path, SOURCES[source_id], as_of=None, today=TODAY)


def check_accounts(extract: Extract, content: bytes) -> None:
    """Check that each line of the file is the header, a row, a legend or blank, and each row accepted or rejected."""
    lines = content.split(b"\n")
    n_lines = len(lines) - (lines[-1] == b"")
    numbers = [*extract.rows["row_number"], *extract.rejects["row_number"]]
    assert len(extract.rows) + len(extract.rejects) == extract.rows_in_file
    assert 1 + extract.rows_in_file + extract.legend_lines + extract.blank_lines == n_lines
    assert len(set(numbers)) == len(numbers)
    assert all(2 <= number <= n_lines for number in numbers)
    assert all(lines[number - 1].strip() for number in numbers)
    assert set(extract.rejects["reason"]) <= set(Reason)
    assert extract.rejects["row_number"].is_monotonic_increasing
    assert extract.rows["firm_id"].is_unique


@pytest.mark.parametrize("source_id", sorted(SOURCES))
@given(data=st.data())
def test_every_line_of_a_mangled_file_is_accounted_for(source_id: str, data: st.DataObject) -> None:
    lines = data.draw(mangled_lines(source_id))
    newline = data.draw(st.sampled_from(["\n", "\r\n"]))
    ending = data.draw(st.sampled_from(["", newline]))
    text = newline.join([HEADERS[source_id], *lines]) + ending
    content = text.encode(SOURCES[source_id].encoding)
    try:
        extract = read(source_id, content)
    except UnreadableRegister:
        return
    check_accounts(extract, content)


@given(content=st.binary(max_size=400))
def test_bytes_of_any_kind_are_read_or_refused_with_our_own_error(content: bytes) -> None:
    with pytest.raises(UnreadableRegister):
        read("innovative_startups", content)


@given(junk=st.binary(max_size=60), place=st.integers(0, 3))
def test_bytes_thrown_into_a_good_file_never_lose_a_row(junk: bytes, place: int) -> None:
    rows = [HEADERS["innovative_startups"].encode("latin-1")]
    for number in range(4):
        fields = [VALUES.get(field, "") for field in SOURCES["innovative_startups"].columns]
        rows.append("|".join(fields).replace("01234567890", f"{number:011d}").encode("latin-1"))
    rows[place + 1] += junk
    content = b"\n".join([*rows, b""])
    try:
        extract = read("innovative_startups", content)
    except UnreadableRegister:
        return
    check_accounts(extract, content)
    assert extract.rows_in_file >= 4
