"""Who holds the ground of whom, on histories that can be followed by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from histories import history

from atlante.territories.crosswalk import final_successors, successors

if TYPE_CHECKING:
    from atlante.territories.history.model import History

PART = {"is_partial": True}
KINGDOM = "1861-03-17"

MERGERS = history(
    [
        ("A001", KINGDOM, "2014-01-01", {"name": "Alfa"}),
        ("B001", KINGDOM, "2014-01-01", {"name": "Beta"}),
        ("C001", "2014-01-01", "2020-01-01", {"name": "Alfabeta"}),
        ("D001", KINGDOM, "2020-01-01", {"name": "Delta"}),
        ("E001", "2020-01-01", None, {"name": "Alfabetadelta"}),
        ("F001", KINGDOM, "1947-09-16", {"name": "Fiume"}),
        ("G001", KINGDOM, None, {"name": "Gamma"}),
    ],
    [
        ("1947-09-16", "abroad", "F001", None),
        ("2014-01-01", "merger", "A001", "C001"),
        ("2014-01-01", "merger", "B001", "C001"),
        ("2016-02-04", "recoding", "G001", "G001", {"before": "090047", "after": "113001"}),
        ("2020-01-01", "merger", "C001", "E001"),
        ("2020-01-01", "merger", "D001", "E001"),
    ],
)
SUPPRESSED_FOR_A_TIME = history(
    [
        ("A001", KINGDOM, "1928-05-01"),
        ("A001", "1947-03-01", None),
        ("B001", KINGDOM, None),
        ("C001", KINGDOM, "1930-01-01"),
    ],
    [
        ("1928-05-01", "incorporation", "A001", "B001"),
        ("1930-01-01", "incorporation", "C001", "B001"),
        ("1947-03-01", "split", "B001", "A001", PART),
    ],
)


def pairs(of: History, since: date, until: date) -> list[tuple[str, str | None]]:
    found = successors(of, since=since, until=until)
    return list(zip(found["code"], found["successor_code"], strict=True))


def events(of: History, since: date, until: date, code: str) -> list[str]:
    found = successors(of, since=since, until=until)
    return found["events"][found["code"] == code].tolist()


VENICE = history(
    [
        ("B273", KINGDOM, "1924-02-17", {"name": "Burano"}),
        ("F159", KINGDOM, "1926-08-24", {"name": "Mestre"}),
        ("L736", KINGDOM, None, {"name": "Venezia"}),
        ("M308", "1999-04-02", None, {"name": "Cavallino-Treporti"}),
    ],
    [
        ("1924-02-17", "incorporation", "B273", "L736"),
        ("1926-08-24", "incorporation", "F159", "L736"),
        ("1999-04-02", "split", "L736", "M308", PART | {"before": "B273"}),
    ],
)
BURANO_AND_VENICE = [("B273", "L736"), ("B273", "M308"), ("F159", "L736"), ("L736", "L736")]


def test_a_part_that_is_known_to_be_of_one_is_not_of_the_others_that_were_taken_in() -> None:
    """Cavallino was Burano's; Mestre, on the mainland, is in Venice as a whole."""
    assert pairs(VENICE, date(1920, 1, 1), date(2020, 1, 1)) == BURANO_AND_VENICE
    final = final_successors(VENICE, date(2020, 1, 1)).set_index("code")["n_successors"]
    assert final[["B273", "F159"]].max() == 2
    assert final["F159"] == 1


def test_who_took_it_in_before_may_have_given_a_part_that_is_known() -> None:
    since = date(1950, 1, 1)
    assert pairs(VENICE, since, date(2020, 1, 1)) == [("L736", "L736"), ("L736", "M308")]


def test_the_way_back_of_a_part_leads_to_whose_it_was() -> None:
    back = pairs(VENICE, date(2020, 1, 1), date(1920, 1, 1))
    assert sorted((old, new) for new, old in back) == BURANO_AND_VENICE


def test_a_merger_of_a_merger_is_followed_to_its_end() -> None:
    assert pairs(MERGERS, date(2013, 1, 1), date(2021, 1, 1)) == [
        ("A001", "E001"),
        ("B001", "E001"),
        ("D001", "E001"),
        ("G001", "G001"),
    ]


def test_a_day_between_two_mergers_knows_the_first_alone() -> None:
    assert pairs(MERGERS, date(2013, 1, 1), date(2019, 12, 31))[:2] == [("A001", "C001"), ("B001", "C001")]


def test_an_event_counts_from_its_own_day_on() -> None:
    assert pairs(MERGERS, date(2013, 12, 31), date(2014, 1, 1))[0] == ("A001", "C001")
    assert pairs(MERGERS, date(2014, 1, 1), date(2014, 1, 2))[0] == ("C001", "C001")


def test_backward_a_merger_is_divided_among_those_who_merged() -> None:
    found = successors(MERGERS, since=date(2021, 1, 1), until=date(2013, 1, 1))
    assert found["successor_code"].tolist() == ["A001", "B001", "D001", "G001"]
    assert found["is_partial"].tolist() == [True, True, True, False]


def test_who_left_the_country_has_no_successor() -> None:
    assert ("F001", None) in pairs(MERGERS, date(1940, 1, 1), date(2021, 1, 1))


def test_events_are_told_with_dates_kinds_and_names() -> None:
    span = date(1940, 1, 1), date(2021, 1, 1)
    assert events(MERGERS, *span, "A001") == [
        "2014-01-01 merger: Alfa → Alfabeta; 2020-01-01 merger: Alfabeta → Alfabetadelta"
    ]
    assert events(MERGERS, *span, "F001") == ["1947-09-16 abroad: Fiume → abroad"]
    assert events(MERGERS, *span, "G001") == ["2016-02-04 recoding: 090047 → 113001"]


def test_a_municipality_that_was_established_again_is_itself_and_its_neighbour_keeps_its_own() -> None:
    """A was part of B from 1928 to 1947; C stayed in B."""
    assert pairs(SUPPRESSED_FOR_A_TIME, date(1920, 1, 1), date(2000, 1, 1)) == [
        ("A001", "A001"),
        ("B001", "B001"),
        ("C001", "B001"),
    ]
    assert pairs(SUPPRESSED_FOR_A_TIME, date(2000, 1, 1), date(1920, 1, 1)) == [
        ("A001", "A001"),
        ("B001", "B001"),
        ("B001", "C001"),
    ]


def test_while_it_was_suppressed_its_ground_was_its_neighbours() -> None:
    found = successors(SUPPRESSED_FOR_A_TIME, since=date(1935, 1, 1), until=date(2000, 1, 1))
    assert found["successor_code"].tolist() == ["A001", "B001"]
    assert found["code"].tolist() == ["B001", "B001"]
    assert found["is_partial"].all()


def test_a_code_that_returns_without_a_known_event_is_itself() -> None:
    """As Baranzate, which archives establish twice and say nothing of in between."""
    untold = history(
        [("A618", "2001-12-12", "2003-03-06"), ("A618", "2004-06-08", None), ("A940", KINGDOM, None)],
        [
            ("2001-12-12", "establishment", "A618", "A618"),
            ("2003-03-06", "suppression", "A618", None),
            ("2004-06-08", "establishment", "A618", "A618"),
        ],
    )
    assert pairs(untold, date(2002, 1, 1), date(2020, 1, 1)) == [("A618", "A618"), ("A940", "A940")]
    assert pairs(untold, date(2002, 1, 1), date(2003, 12, 31)) == [("A618", None), ("A940", "A940")]


def test_ground_that_goes_there_and_back_twice_stays_with_its_owner() -> None:
    """A is part of B, then B of A; each is established again."""
    changing = history(
        [
            ("A001", KINGDOM, "1900-01-01"),
            ("A001", "1910-01-01", None),
            ("B001", KINGDOM, "1920-01-01"),
            ("B001", "1930-01-01", None),
        ],
        [
            ("1900-01-01", "incorporation", "A001", "B001"),
            ("1910-01-01", "split", "B001", "A001", PART),
            ("1920-01-01", "incorporation", "B001", "A001"),
            ("1930-01-01", "split", "A001", "B001", PART),
        ],
    )
    assert pairs(changing, date(1890, 1, 1), date(1940, 1, 1)) == [("A001", "A001"), ("B001", "B001")]


def test_a_split_and_a_cession_have_several_successors() -> None:
    divided = history(
        [
            ("A001", KINGDOM, "1990-01-01"),
            ("B001", "1990-01-01", None),
            ("C001", "1990-01-01", None),
            ("D001", KINGDOM, None),
        ],
        [
            ("1990-01-01", "split", "A001", "B001", PART),
            ("1990-01-01", "split", "A001", "C001", PART),
            ("1995-01-01", "cession", "C001", "D001", PART),
        ],
    )
    found = successors(divided, since=date(1980, 1, 1), until=date(2000, 1, 1))
    assert list(zip(found["code"], found["successor_code"], found["is_partial"], strict=True)) == [
        ("A001", "B001", True),
        ("A001", "C001", True),
        ("A001", "D001", True),
        ("D001", "D001", False),
    ]


def test_a_new_municipality_made_of_parts_of_four_leaves_them_where_they_are() -> None:
    """As Mappano in 2017."""
    of_four = history(
        [(code, KINGDOM, None) for code in ("B028", "C045", "E518", "I703")] + [("M316", "2017-04-18", None)],
        [("2017-04-18", "split", code, "M316", PART) for code in ("B028", "C045", "E518", "I703")],
    )
    forward = pairs(of_four, date(2016, 1, 1), date(2018, 1, 1))
    assert forward[:2] == [("B028", "B028"), ("B028", "M316")]
    assert len(forward) == 8
    backward = successors(of_four, since=date(2018, 1, 1), until=date(2016, 1, 1))
    assert backward["is_partial"].sum() == 4, "only the new one is divided on the way back"


def test_ground_that_was_divided_while_it_was_another_s_comes_back_whole() -> None:
    """A is in B from 1928 to 1947; meanwhile C is made of a part of B."""
    divided = history(
        [
            ("A001", KINGDOM, "1928-01-01"),
            ("A001", "1947-01-01", None),
            ("B001", KINGDOM, None),
            ("C001", "1935-01-01", None),
        ],
        [
            ("1928-01-01", "incorporation", "A001", "B001"),
            ("1935-01-01", "split", "B001", "C001", PART),
            ("1947-01-01", "split", "B001", "A001", PART),
        ],
    )
    assert pairs(divided, date(1920, 1, 1), date(2000, 1, 1)) == [("A001", "A001"), ("B001", "B001"), ("B001", "C001")]
    assert pairs(divided, date(1920, 1, 1), date(1940, 1, 1))[:2] == [("A001", "B001"), ("A001", "C001")]


def test_what_others_brought_goes_to_whom_the_rest_went() -> None:
    """A and B become C in 1928, X joins in 1930; in 1947 C ends: A is established again, the rest becomes D."""
    dissolved = history(
        [
            ("A001", KINGDOM, "1928-01-01"),
            ("B001", KINGDOM, "1928-01-01"),
            ("X001", KINGDOM, "1930-01-01"),
            ("C001", "1928-01-01", "1947-01-01"),
            ("A001", "1947-01-01", None),
            ("D001", "1947-01-01", None),
        ],
        [
            ("1928-01-01", "merger", "A001", "C001"),
            ("1928-01-01", "merger", "B001", "C001"),
            ("1930-01-01", "incorporation", "X001", "C001"),
            ("1947-01-01", "split", "C001", "A001", PART),
            ("1947-01-01", "split", "C001", "D001", PART),
        ],
    )
    assert pairs(dissolved, date(1920, 1, 1), date(2000, 1, 1)) == [
        ("A001", "A001"),
        ("B001", "D001"),
        ("X001", "D001"),
    ]
    assert pairs(dissolved, date(1935, 1, 1), date(2000, 1, 1)) == [("C001", "A001"), ("C001", "D001")]


def test_who_exists_through_one_day_alone_passes_on() -> None:
    chain = history(
        [("A001", KINGDOM, "1950-01-01"), ("B001", KINGDOM, "1950-01-01"), ("C001", "1950-01-01", None)],
        [("1950-01-01", "incorporation", "A001", "B001"), ("1950-01-01", "merger", "B001", "C001")],
    )
    assert pairs(chain, date(1949, 1, 1), date(1951, 1, 1)) == [("A001", "C001"), ("B001", "C001")]
    assert pairs(chain, date(1951, 1, 1), date(1949, 1, 1)) == [("C001", "A001"), ("C001", "B001")]


@pytest.mark.parametrize(("since", "until"), [(1940, 1960), (1960, 1940)])
def test_events_in_a_circle_come_to_an_end(since: int, until: int) -> None:
    circle = history(
        [("A001", KINGDOM, "1950-01-01"), ("B001", KINGDOM, "1950-01-01"), ("C001", KINGDOM, None)],
        [
            ("1950-01-01", "incorporation", "A001", "B001"),
            ("1950-01-01", "incorporation", "B001", "A001"),
            ("1950-01-01", "incorporation", "A001", "C001"),
            ("1950-01-01", "renaming", "C001", "C001"),
            ("1950-01-01", "merger", "C001", "C001"),
        ],
    )
    found = pairs(circle, date(since, 1, 1), date(until, 1, 1))
    assert ("C001", "C001") in found


def test_who_ceased_before_its_event_is_found_by_the_later_one() -> None:
    """Registers disagree about dates by days."""
    late = history(
        [("A001", KINGDOM, "1999-12-31"), ("B001", KINGDOM, None)], [("2000-01-02", "incorporation", "A001", "B001")]
    )
    assert pairs(late, date(1999, 1, 1), date(2001, 1, 1)) == [("A001", "B001"), ("B001", "B001")]


def test_a_code_that_took_over_its_own_merger_stays_itself() -> None:
    """A merger that keeps the code of one of those who merge is an incorporation with a new name."""
    same_code = history(
        [("A001", KINGDOM, None), ("B001", KINGDOM, "2000-01-01")],
        [("2000-01-01", "merger", "A001", "A001"), ("2000-01-01", "merger", "B001", "A001")],
    )
    assert pairs(same_code, date(1999, 1, 1), date(2001, 1, 1)) == [("A001", "A001"), ("B001", "A001")]


def test_without_a_history_there_are_no_successors() -> None:
    assert successors(history([]), since=date(2000, 1, 1), until=date(2001, 1, 1)).empty
    assert final_successors(history([]), date(2000, 1, 1)).empty


class TestFinalSuccessors:
    """Of every code that ever was."""

    def test_are_those_of_the_last_day_of_each_code(self) -> None:
        found = final_successors(MERGERS, date(2021, 1, 1))
        assert list(found.itertuples(index=False, name=None)) == [
            ("A001", "E001", 1),
            ("B001", "E001", 1),
            ("C001", "E001", 1),
            ("D001", "E001", 1),
            ("E001", "E001", 1),
            ("F001", None, 0),
            ("G001", "G001", 1),
        ]

    def test_of_a_code_that_began_later_are_those_whom_it_is_made_of(self) -> None:
        found = final_successors(MERGERS, date(2015, 1, 1))
        assert found[found["code"] == "E001"].values.tolist() == [["E001", "C001", 2], ["E001", "D001", 2]]

    def test_of_a_code_that_is_suppressed_for_a_time_are_those_who_hold_its_ground(self) -> None:
        found = final_successors(SUPPRESSED_FOR_A_TIME, date(1930, 6, 1))
        assert found.values.tolist() == [["A001", "B001", 1], ["B001", "B001", 1], ["C001", "B001", 1]]

    def test_know_whose_ground_came_back(self) -> None:
        """X joined B before A did, and is not in A when A is established again."""
        found = final_successors(
            history(
                [
                    ("X001", KINGDOM, "1925-01-01"),
                    ("A001", KINGDOM, "1928-01-01"),
                    ("A001", "1947-01-01", None),
                    ("B001", KINGDOM, None),
                ],
                [
                    ("1925-01-01", "incorporation", "X001", "B001"),
                    ("1928-01-01", "incorporation", "A001", "B001"),
                    ("1947-01-01", "split", "B001", "A001", PART),
                ],
            ),
            date(2000, 1, 1),
        )
        assert found[found["code"] == "X001"].values.tolist() == [["X001", "B001", 1]]
