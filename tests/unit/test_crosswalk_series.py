"""Series converted with crosswalks that are written by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from histories import history

from atlante.catalogue.levels import Level
from atlante.errors import InvalidSeries
from atlante.territories.crosswalk import (
    CROSSWALK_COLUMNS,
    Crosswalk,
    EqualWeights,
    SeriesKind,
    convert_series,
    crosswalk,
    read_series,
    unknown_code_hint,
    with_istat_codes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from atlante.territories.crosswalk import ConvertedSeries

ROWS = [
    ("A", "A", 1.0),
    ("B", "C", 1.0),  # B and D became C
    ("D", "C", 1.0),
    ("E", "A", 0.25),  # E was divided
    ("E", "E", 0.75),
    ("F", None, 1.0),  # F left the country
]
NAN = float("nan")


def made(rows: list[tuple[str, str | None, float]] = ROWS) -> Crosswalk:
    table = pd.DataFrame(rows, columns=["code", "successor_code", "weight"]).astype({"successor_code": object})
    table = table.assign(basis="area", events="")[list(CROSSWALK_COLUMNS)]
    return Crosswalk(date(2000, 1, 1), date(2020, 1, 1), Level.MUNICIPALITY, "belfiore", table, ())


def converted(
    values: dict[str, float], kind: SeriesKind = SeriesKind.COUNT, per: dict[str, float] | None = None
) -> ConvertedSeries:
    table = pd.DataFrame({"code": list(values), "value": list(values.values())})
    return convert_series(table, made(), kind=kind, denominators=None if per is None else pd.Series(per))


def test_counts_are_divided_by_weights_and_added_up() -> None:
    found = converted({"A": 10, "B": 1, "D": 2, "E": 8, "F": 5})
    assert found.table["code"].tolist() == ["A", "C", "E"]
    assert found.table["value"].tolist() == [12, 3, 6]
    assert found.left.to_numpy().tolist() == [["F", 5]]


def test_the_converted_share_is_what_changed_its_code_or_was_divided() -> None:
    """Of A's 12 two came from E; all of C's changed its code; E's own part was divided. In all 3 + 8 + 5 of 26."""
    found = converted({"A": 10, "B": 1, "D": 2, "E": 8, "F": 5})
    assert found.table["value_converted_share"].tolist() == pytest.approx([2 / 12, 1, 1])
    assert found.table["value_estimated_share"].tolist() == pytest.approx([2 / 12, 0, 1])
    assert found.converted_share["value"] == pytest.approx(16 / 26)
    assert found.estimated_share["value"] == pytest.approx(8 / 26)


def test_a_rate_is_put_together_from_its_numerators_and_denominators() -> None:
    """B: 1 of 10, D: 90 of 100. Together 91 of 110; their average would be 0.5."""
    found = converted({"B": 0.1, "D": 0.9}, SeriesKind.RATE, {"B": 10, "D": 100})
    assert found.table["value"].tolist() == pytest.approx([91 / 110])


def test_a_mean_counts_each_part_as_often_as_it_has_members() -> None:
    """A: 4 of mean 10; the quarter of E's 8 of mean 40: (40 + 80) / 6."""
    found = converted({"A": 10.0, "E": 40.0}, SeriesKind.MEAN, {"A": 4, "E": 8})
    assert found.table["value"].tolist() == pytest.approx([20, 40])
    assert found.table["value_converted_share"].tolist() == pytest.approx([2 / 6, 1])


def test_a_rate_of_a_divided_territory_is_the_same_in_its_parts() -> None:
    assert converted({"E": 0.3}, SeriesKind.RATE, {"E": 7}).table["value"].tolist() == pytest.approx([0.3, 0.3])


def test_a_rate_per_nobody_adds_nothing_and_alone_is_unknown() -> None:
    assert converted({"B": NAN, "D": 0.5}, SeriesKind.RATE, {"B": 0, "D": 4}).table["value"].tolist() == [0.5]
    assert np.isnan(converted({"B": NAN}, SeriesKind.RATE, {"B": 0}).table["value"]).all()


def test_what_is_made_of_something_unknown_is_unknown() -> None:
    assert np.isnan(converted({"B": NAN, "D": 2}).table["value"]).all()
    assert np.isnan(converted({"B": 0.5, "D": 0.5}, SeriesKind.RATE, {"D": 4}).table["value"]).all()


def test_zero_is_not_unknown() -> None:
    found = converted({"B": 0, "D": 0}).table
    assert found[["value", "value_converted_share", "value_estimated_share"]].to_numpy().tolist() == [[0, 0, 0]]


def test_codes_that_the_crosswalk_does_not_know_are_kept_apart_and_never_dropped() -> None:
    found = converted({"A": 1, "Z": 7, "": 9})
    assert found.unknown.to_numpy().tolist() == [["Z", 7], ["", 9]]
    assert found.table["value"].sum() == 1
    assert converted({"Z": 7}).table.empty


def test_codes_without_a_row_are_named() -> None:
    assert converted({"A": 1, "B": 1}).absent == ("D", "E", "F")


def test_a_piece_without_weight_makes_nothing_unknown() -> None:
    sliver = made([("A", "A", 1.0), ("A", "B", 0.0), ("B", "B", 1.0)])
    found = convert_series(pd.DataFrame({"code": ["A", "B"], "value": [NAN, 3.0]}), sliver, kind=SeriesKind.COUNT)
    assert found.table["value"].tolist()[1] == 3


@pytest.mark.parametrize(
    ("values", "kind", "per", "problem"),
    [
        ({"A": 1}, SeriesKind.RATE, None, "needs its denominators"),
        ({"A": 1}, SeriesKind.COUNT, {"A": 1}, "a count has no denominators"),
        ({"A": 1}, SeriesKind.MEAN, {"A": -1}, "denominator of A is negative"),
        ({"A": "many"}, SeriesKind.COUNT, None, "'value' holds no numbers"),
    ],
)
def test_what_can_t_be_converted_is_refused(
    values: dict[str, float], kind: SeriesKind, per: dict[str, float] | None, problem: str
) -> None:
    with pytest.raises(InvalidSeries, match=problem):
        converted(values, kind, per)


def test_two_rows_of_one_code_are_refused() -> None:
    table = pd.DataFrame({"code": ["A", "A"], "value": [1, 2]})
    with pytest.raises(InvalidSeries, match="A has more than one row"):
        convert_series(table, made(), kind=SeriesKind.COUNT)


class TestIstatCodes:
    """Codes that change while the municipality stays, as all Sardinian ones did on 2026-01-01."""

    HISTORY = history(
        [
            ("A192", "1861-03-17", "2026-01-01", {"istat_code": "090003"}),
            ("A192", "2026-01-01", None, {"istat_code": "112003"}),
            ("F205", "1861-03-17", None, {"istat_code": "015146"}),
            ("X001", "1861-03-17", "1900-01-01", {"istat_code": None}),
        ],
        [("2026-01-01", "recoding", "A192", "A192", {"before": "090003", "after": "112003"})],
    )

    def crosswalk(self, since: date, until: date) -> Crosswalk:
        return crosswalk(self.HISTORY, since=since, until=until, weights=EqualWeights())

    def test_are_those_of_each_day(self) -> None:
        found = with_istat_codes(self.crosswalk(date(2025, 3, 31), date(2026, 6, 9)), self.HISTORY)
        assert found.codes == "istat"
        assert found.rows[["code", "successor_code"]].to_numpy().tolist() == [
            ["015146", "015146"],
            ["090003", "112003"],
        ]
        assert found.rows["events"].tolist() == ["", "2026-01-01 recoding: 090003 → 112003"]

    def test_that_changed_count_as_converted(self) -> None:
        found = with_istat_codes(self.crosswalk(date(2025, 3, 31), date(2026, 6, 9)), self.HISTORY)
        series = pd.DataFrame({"code": ["015146", "090003"], "value": [3, 1]})
        assert convert_series(series, found, kind=SeriesKind.COUNT).converted_share["value"] == 0.25

    def test_that_a_municipality_did_not_have_are_not_made_up(self) -> None:
        with pytest.raises(InvalidSeries, match=r"1 municipalities have no ISTAT code \(first: X001\)"):
            with_istat_codes(self.crosswalk(date(1890, 1, 1), date(1891, 1, 1)), self.HISTORY)

    def test_that_two_municipalities_share_are_refused(self) -> None:
        shared = history([(code, "1861-03-17", None, {"istat_code": "015146"}) for code in ("F205", "F206")])
        day = date(2020, 1, 1)
        with pytest.raises(InvalidSeries, match="F205 and F206 have the same ISTAT code 015146"):
            with_istat_codes(crosswalk(shared, since=day, until=day, weights=EqualWeights()), shared)

    def test_of_another_day_are_said_to_be_so(self) -> None:
        found = with_istat_codes(self.crosswalk(date(2026, 2, 1), date(2026, 6, 9)), self.HISTORY)
        hint = "090003 is valid from 1861-03-17 until 2025-12-31."
        assert unknown_code_hint(self.HISTORY, ["090003"], found) == hint
        assert unknown_code_hint(self.HISTORY, ["999999"], found) == "The first is '999999', which never was one."

    def test_given_for_belfiore_codes_are_recognised(self) -> None:
        found = self.crosswalk(date(2026, 2, 1), date(2026, 6, 9))
        assert "--codes istat" in unknown_code_hint(self.HISTORY, ["015146"], found)


def test_provinces_that_changed_are_explained_by_their_municipalities() -> None:
    moving = history(
        [
            ("A001", "1861-03-17", "2009-06-30", {"province_code": "041", "region_code": "11"}),
            ("A001", "2009-06-30", None, {"province_code": "099", "region_code": "08"}),
            ("B001", "1861-03-17", None, {"province_code": "041", "region_code": "11"}),
            ("C001", "1861-03-17", None, {"province_code": "099"}),
        ],
        [("2009-06-30", "province change", "A001", "A001", {"before": "PU", "after": "RN"})],
    )
    span = {"since": date(2009, 1, 1), "until": date(2010, 1, 1)}
    provinces = crosswalk(moving, **span, weights=EqualWeights(), level=Level.PROVINCE).rows
    assert provinces.drop(columns="basis").to_numpy().tolist() == [
        ["041", "041", 0.5, ""],
        ["041", "099", 0.5, "2009-06-30 province change of 1 municipality"],
        ["099", "099", 1.0, ""],
    ]
    regions = crosswalk(moving, **span, weights=EqualWeights(), level=Level.REGION).rows
    assert set(zip(regions["code"], regions["successor_code"], strict=True)) == {("11", "08"), ("11", "11"), ("?", "?")}


def test_a_municipality_of_ground_that_no_event_tells_of_is_named() -> None:
    """As Misiliscemi in lists that know no splits: its ground is still counted with Trapani."""
    untold = history([("L331", "1861-03-17", None), ("M432", "2021-02-20", None)])
    found = crosswalk(untold, since=date(2020, 1, 1), until=date(2022, 1, 1), weights=EqualWeights())
    assert found.unreached == ("M432",)


class TestFile:
    """Tables as users have them."""

    def read(self, folder: Path, text: str, **options: object) -> pd.DataFrame:
        path = folder / "table.csv"
        path.write_bytes(text.encode("cp1252"))
        return read_series(path, **({"key": "code", "code_digits": 6} | options)).table  # type: ignore[arg-type]

    def test_codes_get_back_their_leading_zeros(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "code,n\n1001,1\n015146,2\n")["code"].tolist() == ["001001", "015146"]

    def test_belfiore_codes_are_no_numbers(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "code,n\na001,1\n", code_digits=None)["code"].tolist() == ["A001"]

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("code;n\n1;1,5\n2;2\n", [1.5, 2]),
            ("code\tn\n1\t1e3\n2\t-2.5\n", [1000, -2.5]),
            ('code,n\n1,"0,25"\n2,""\n', [0.25, NAN]),
            ("code,n\n1,..\n2,0\n", [NAN, 0]),
        ],
    )
    def test_numbers_are_read_as_they_are_written(self, tmp_path: Path, text: str, numbers: list[float]) -> None:
        assert self.read(tmp_path, text)["n"].tolist() == pytest.approx(numbers, nan_ok=True)

    def test_a_comma_that_may_divide_thousands_is_not_guessed(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidSeries, match="'1,234', which is not a number"):
            self.read(tmp_path, "code;n\n1;1,234\n2;5\n", columns=["n"])

    def test_columns_of_text_are_left_out_and_named(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("code,name,n,sigla\n1,Napoli,7,NA\n", encoding="utf-8")
        found = read_series(path, key="code", code_digits=6)
        assert list(found.table.columns) == ["code", "n"]
        assert found.left_out == ("name", "sigla")

    def test_garbled_letters_beside_the_numbers_do_not_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("code,name,n\n1,Citt\ufffd,7\n", encoding="utf-8")
        assert read_series(path, key="code", code_digits=6).table["n"].tolist() == [7]

    def test_denominators_come_by_code(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("code,rate,people\n1,0.5,10\n2,0.1,\n", encoding="utf-8")
        found = read_series(path, key="code", code_digits=6, denominator="people")
        assert list(found.table.columns) == ["code", "rate"]
        assert found.denominators is not None
        assert found.denominators.to_dict() == pytest.approx({"000001": 10, "000002": NAN}, nan_ok=True)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("kod,n\n1,1\n", "has no column 'code'; it has kod, n"),
            ("code,code\n1,1\n", "has 2 columns 'code'"),
            ("code,n\n1,1\n01,2\n", "the code 000001 is on the lines 2 and 3"),
            ("code,n\n1,1,1\n", "line 2 has 3 cells, the header 2"),
            ("code,n\n", "holds no rows"),
            ("", "holds no rows"),
            ("code,n\n1,many\n", "no column beside 'code' holds numbers"),
        ],
    )
    def test_what_is_no_table_of_values_is_refused_with_its_line(self, tmp_path: Path, text: str, problem: str) -> None:
        with pytest.raises(InvalidSeries, match=problem):
            self.read(tmp_path, text)

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidSeries, match="No such file"):
            read_series(tmp_path / "absent.csv", key="code", code_digits=None)
