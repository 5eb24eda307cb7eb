"""Laws of reading in blocks: neither their size nor the fast way of splitting lines can be seen in the result."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlante.catalogue.sources import load_sources
from atlante.errors import UnreadableRegister
from atlante.registers import Extract, files, read_register, reader
from atlante.settings import default_catalogue_dir

SOURCE = load_sources(default_catalogue_dir())["business_register"]
DAY = date(2025, 5, 19)
HEADER = "codice_fiscale,denominazione,comune,codice_istat,cap,longitudine,latitudine,data_iscrizione"
CELLS = (
    st.sampled_from(["00000000001", "00000000002", "00000000003", "0000000000"]),
    st.text(st.sampled_from("AÈ\",; \r\x1f'"), min_size=1, max_size=8),
    st.sampled_from(["ROMA", "", ' "ROMA" ', '"REGGIO, EMILIA"', "NaN", "FORLÌ"]),
    st.sampled_from(["058091", "58091", "x", ""]),
    st.sampled_from(["00184", "184", ""]),
    st.one_of(st.floats(-200, 200).map(str), st.sampled_from(["", "12,5", '"12,5"', "NaN", "inf"])),
    st.one_of(st.floats(-100, 100).map(str), st.sampled_from(["", "41.9"])),
    st.sampled_from(["2020-01-02", "02/01/2020", "31/02/2020", ""]),
)
LINES = st.lists(
    st.one_of(st.tuples(*CELLS).map(",".join), st.sampled_from(["", '"', ",,,,,,,"])), min_size=1, max_size=15
)


def read(content: bytes) -> Extract | None:
    """Return what a file says; None where it is refused as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        path.write_bytes(content)
        try:
            return read_register(path, SOURCE, as_of=DAY, today=DAY)
        except UnreadableRegister:
            return None


def assert_same(one: Extract | None, other: Extract | None) -> None:
    assert (one is None) == (other is None)
    if one and other:
        assert len(one.rows) + len(one.rejects) == one.rows_in_file == other.rows_in_file
        assert (one.legend_lines, one.blank_lines) == (other.legend_lines, other.blank_lines)
        pd.testing.assert_frame_equal(one.rows, other.rows)
        pd.testing.assert_frame_equal(one.rejects, other.rejects)


@settings(deadline=None, max_examples=50)  # each reads two files
@given(lines=LINES, newline=st.sampled_from(["\n", "\r\n"]))
def test_the_fast_way_of_splitting_lines_gives_what_the_careful_one_gives(lines: list[str], newline: str) -> None:
    content = newline.join([HEADER, *lines, ""]).encode()
    fast = read(content)
    with mock.patch.object(reader, "split_clean", return_value=None):
        careful = read(content)
    assert_same(fast, careful)


@pytest.mark.parametrize("size", [1, 200])
@settings(deadline=None, max_examples=30)
@given(lines=LINES)
def test_blocks_of_any_size_give_the_same_rows_and_rejects(size: int, lines: list[str]) -> None:
    content = "\n".join([HEADER, *lines, ""]).encode()
    whole = read(content)
    with mock.patch.object(files.line_blocks, "__defaults__", (0, None, size)):
        assert_same(read(content), whole)
