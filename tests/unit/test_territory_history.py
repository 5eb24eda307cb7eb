"""The history of territories on documents made by hand: each rule by itself. Expected values by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from made_documents import archive, document, listing, table

from atlante.territories.documents import DocumentKind, EventKind
from atlante.territories.history import near_names, part_of, resolve_history, trace, unplaced_events

if TYPE_CHECKING:
    from atlante.territories.history import History

ABANO = {"code": "A001", "name": "Abano Terme", "istat_code": "028001", "sigla": "PD"}
POPOLI = {"code": "G878", "istat_code": "068033", "sigla": "PE"}
TERGU = {"code": "M282", "name": "Tergu", "region_code": "20"}
BORN_IN_2024 = date(2024, 1, 22)
SETTEVILLE = {"code": "M437", "name": "Setteville", "sigla": "BL", "valid_from": BORN_IN_2024}
MERGER_OF_2024 = {
    "day": BORN_IN_2024,
    "kind": EventKind.MERGER,
    "old": "A001",
    "new": "M437",
    "new_istat_code": "025075",
}


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def timeline(history: History, code: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return (valid_from, valid_to, attributes …) of the versions of a municipality, dates as text, '' for open."""
    rows = history.versions[history.versions["municipality_code"] == code]
    dates = [rows[column].dt.strftime("%Y-%m-%d").fillna("") for column in ("valid_from", "valid_to")]
    return list(zip(*dates, *(rows[column] for column in columns), strict=True))


def told(history: History, *columns: str) -> list[tuple[Any, ...]]:
    rows = history.events.assign(event_date=history.events["event_date"].dt.strftime("%Y-%m-%d"))
    return list(rows[list(columns)].itertuples(index=False, name=None))


class TestArchives:
    """Archives know of dates."""

    def test_give_exact_dates(self) -> None:
        history = resolve_history(
            [
                archive(
                    {**ABANO, "name": "ABANO", "valid_to": date(1924, 11, 14)},
                    {**ABANO, "name": "ABANO TERME", "valid_from": date(1924, 11, 14)},
                )
            ]
        )
        assert timeline(history, "A001", "name") == [
            ("1861-03-17", "1924-11-14", "Abano"),
            ("1924-11-14", "", "Abano Terme"),
        ]
        assert history.versions["changed_after"].isna().all()

    def test_records_without_a_change_between_them_are_one_version(self) -> None:
        history = resolve_history(
            [archive({**ABANO, "valid_to": date(1902, 3, 10)}, {**ABANO, "valid_from": date(1902, 3, 10)})]
        )
        assert timeline(history, "A001") == [("1861-03-17", "")]

    def test_a_gap_between_records_is_a_time_without_the_municipality(self) -> None:
        history = resolve_history(
            [archive({**ABANO, "valid_to": date(1928, 2, 23)}, {**ABANO, "valid_from": date(1947, 5, 23)})]
        )
        assert timeline(history, "A001") == [("1861-03-17", "1928-02-23"), ("1947-05-23", "")]
        assert history.at(date(1928, 2, 22))["municipality_code"].tolist() == ["A001"]
        assert history.at(date(1928, 2, 23)).empty

    def test_claim_nothing_after_their_last_day(self) -> None:
        """ANPR ends in 2023 with the old code: no conflict with a list of 2026, and the list is right from its day."""
        old, new = {**TERGU, "istat_code": "090086"}, {**TERGU, "istat_code": "112057"}
        history = resolve_history([archive(old), listing(date(2022, 1, 1), old), listing(date(2026, 6, 9), new)])
        assert history.conflicts.empty
        assert timeline(history, "M282", "istat_code")[-1] == ("2026-06-09", "", "112057")

    def test_what_is_known_of_the_province_stays_in_its_province(self) -> None:
        """Lodi has a code of 1992; the code that it had in the province of Milano nobody says."""
        history = resolve_history(
            [
                archive(
                    {"code": "E648", "name": "LODI", "sigla": "MI", "valid_to": date(1992, 4, 16)},
                    {"code": "E648", "name": "LODI", "sigla": "LO", "valid_from": date(1992, 4, 16)},
                    kind=DocumentKind.CODICE_FISCALE,
                ),
                listing(date(2019, 2, 15), {"code": "E648", "name": "Lodi", "sigla": "LO", "istat_code": "098031"}),
            ]
        )
        assert timeline(history, "E648", "istat_code") == [
            ("1861-03-17", "1992-04-16", None),
            ("1992-04-16", "", "098031"),
        ]


class TestSnapshots:
    """Lists and labels know of their day."""

    def test_of_one_value_hold_between_them_whatever_an_archive_says(self) -> None:
        rows = [
            {**ABANO, "valid_to": date(2021, 5, 1)},
            {**ABANO, "sigla": "VI", "valid_from": date(2021, 5, 1), "valid_to": date(2021, 9, 1)},
            {**ABANO, "valid_from": date(2021, 9, 1)},
        ]
        history = resolve_history([archive(*rows), listing(date(2021, 1, 1), ABANO), listing(date(2022, 1, 1), ABANO)])
        assert timeline(history, "A001", "sigla") == [("1861-03-17", "", "PD")]
        conflict = history.conflicts.iloc[0]
        assert (conflict["valid_from"], conflict["valid_to"]) == (day("2021-05-01"), day("2021-09-01"))
        assert (conflict["taken"], conflict["taken_from"]) == ("PD", "istat-list")
        assert (conflict["other"], conflict["other_from"]) == ("VI", "anpr-archive")

    def test_that_differ_are_dated_by_the_archive(self) -> None:
        before, after = {**POPOLI, "name": "Popoli"}, {**POPOLI, "name": "Popoli Terme"}
        told_by = archive(
            {**before, "valid_to": date(2023, 7, 20)},
            {**after, "valid_from": date(2023, 7, 20)},
            as_of=date(2026, 1, 1),
        )
        history = resolve_history([told_by, listing(date(2022, 5, 1), before), listing(date(2024, 2, 1), after)])
        assert timeline(history, "G878", "name") == [
            ("1861-03-17", "2023-07-20", "Popoli"),
            ("2023-07-20", "", "Popoli Terme"),
        ]
        assert history.versions["changed_after"].isna().all()
        assert history.conflicts.empty

    def test_that_differ_are_dated_by_an_event(self) -> None:
        before, after = {**POPOLI, "name": "Popoli"}, {**POPOLI, "name": "Popoli Terme"}
        event = {"day": date(2023, 7, 20), "kind": EventKind.RENAMING, "old": "G878", "new": "G878"}
        history = resolve_history(
            [
                listing(date(2022, 5, 1), before),
                listing(date(2024, 2, 1), after),
                table(event, kind=DocumentKind.DECLARED),
            ]
        )
        assert timeline(history, "G878", "name")[1] == ("2023-07-20", "", "Popoli Terme")
        assert told(history, "event_date", "kind", "before", "after") == [
            ("2023-07-20", "renaming", "Popoli", "Popoli Terme")
        ]

    def test_that_differ_without_a_date_are_told_with_both_days(self) -> None:
        before, after = {**POPOLI, "name": "Popoli"}, {**POPOLI, "name": "Popoli Terme"}
        history = resolve_history(
            [archive(before), listing(date(2022, 5, 1), before), listing(date(2024, 2, 1), after)]
        )
        assert timeline(history, "G878", "name")[1] == ("2024-02-01", "", "Popoli Terme")
        assert history.versions["changed_after"].tolist()[1] == day("2022-05-01")

    def test_a_later_list_than_the_archives_change_is_believed(self) -> None:
        """The list of 2020 still has the old name: it had it, and the archive's earlier date is a conflict."""
        before, after = {**POPOLI, "name": "Popoli"}, {**POPOLI, "name": "Popoli Terme"}
        told_by = archive({**before, "valid_to": date(2019, 6, 1)}, {**after, "valid_from": date(2019, 6, 1)})
        lists = [listing(date(2019, 1, 1), before), listing(date(2020, 1, 1), before), listing(date(2021, 1, 1), after)]
        history = resolve_history([told_by, *lists])
        assert timeline(history, "G878", "name")[1] == ("2021-01-01", "", "Popoli Terme")
        conflict = history.conflicts.iloc[0]
        assert (conflict["attribute"], conflict["taken"], conflict["other"]) == ("name_it", "Popoli", "Popoli Terme")
        assert (conflict["valid_from"], conflict["valid_to"]) == (day("2019-06-01"), day("2021-01-01"))

    def test_correct_an_archive_back_to_its_last_told_change(self) -> None:
        history = resolve_history([archive({**ABANO, "istat_code": "028999"}), listing(date(2019, 2, 15), ABANO)])
        assert timeline(history, "A001", "istat_code") == [("1861-03-17", "", "028001")]
        assert history.conflicts["other"].tolist() == ["028999"]

    def test_leave_the_archive_right_where_it_ends_before_them(self) -> None:
        """The archive ends in May 2023; what the list of 2024 shows may have come after that."""
        before, after = {**POPOLI, "name": "POPOLI"}, {**POPOLI, "name": "Popoli Terme"}
        history = resolve_history([archive(before), listing(date(2024, 2, 1), after)])
        assert timeline(history, "G878", "name") == [
            ("1861-03-17", "2024-02-01", "Popoli"),
            ("2024-02-01", "", "Popoli Terme"),
        ]
        assert history.versions["changed_after"].tolist()[1] == day("2023-05-16")
        assert history.conflicts.empty

    def test_end_the_time_of_an_archive_that_others_believed_more_contradict_before_them(self) -> None:
        """Between the archive's last day and the first list, labels of boundaries show that the name had changed."""
        before, after = {**POPOLI, "name": "POPOLI"}, {**POPOLI, "name": "Popoli Terme"}
        labels = listing(date(2023, 9, 1), {**POPOLI, "name": "Popoli Nova"}, kind=DocumentKind.BOUNDARIES)
        told_by = archive(before, kind=DocumentKind.CODICE_FISCALE)
        history = resolve_history([told_by, labels, listing(date(2024, 2, 1), after)])
        assert timeline(history, "G878", "name")[1] == ("2023-09-01", "", "Popoli Terme")
        assert history.versions["changed_after"].tolist()[1] == day("2023-05-16")
        assert history.conflicts[["taken_from", "other_from"]].to_numpy().tolist() == [["istat-list", "boundaries"]]

    def test_by_themselves_say_since_when_only_with_a_question_mark(self) -> None:
        history = resolve_history([listing(date(2019, 2, 15), ABANO)])
        assert timeline(history, "A001") == [("2019-02-15", "")]
        assert history.versions["changed_after"].tolist() == [day("1861-03-16")]
        assert history.events.empty

    def test_wrong_labels_of_boundaries_give_way_to_a_list_of_another_day(self) -> None:
        """The vintage of 2019 has 354 wrong ISTAT codes, 45 days before the list."""
        labels = listing(date(2019, 1, 1), {**ABANO, "istat_code": "028777"}, kind=DocumentKind.BOUNDARIES)
        history = resolve_history([archive(ABANO), labels, listing(date(2019, 2, 15), ABANO)])
        assert timeline(history, "A001", "istat_code") == [("1861-03-17", "", "028001")]
        assert history.conflicts["other_from"].tolist() == ["boundaries"]

    def test_labels_of_boundaries_show_what_was_before_a_recoding_that_a_list_came_after(self) -> None:
        """Without lists of earlier days nothing else knows the old code, and the recoding explains the difference."""
        note = "region 20: since this day its codes are others."
        recoding = table(
            {"day": date(2026, 1, 1), "kind": EventKind.RECODING, "note": note}, kind=DocumentKind.DECLARED
        )
        labels = listing(date(2023, 1, 1), {**TERGU, "istat_code": "090086"}, kind=DocumentKind.BOUNDARIES)
        latest = listing(date(2026, 6, 9), {**TERGU, "istat_code": "112057"})
        history = resolve_history([archive(TERGU), recoding, labels, latest])
        assert timeline(history, "M282", "istat_code") == [
            ("1861-03-17", "2026-01-01", "090086"),
            ("2026-01-01", "", "112057"),
        ]

    def test_of_one_day_are_believed_in_the_order_of_the_precedence(self) -> None:
        unified = listing(date(2026, 6, 9), {**ABANO, "sigla": "VI"}, kind=DocumentKind.UNIFIED_CODES)
        history = resolve_history([unified, listing(date(2026, 6, 9), ABANO)])
        assert timeline(history, "A001", "sigla") == [("2026-06-09", "", "PD")]
        assert history.conflicts[["other", "other_from"]].to_numpy().tolist() == [["VI", "unified-codes"]]


class TestFoundings:
    """Municipalities that an event founded."""

    def test_that_an_archive_of_a_later_day_has_nothing_of_begin_with_their_event(self) -> None:
        """An archive that stopped growing denies them; who declared the merger is believed more."""
        old = {"code": "H521", "name": "Ronago"}
        merger = table(
            {"day": date(2024, 1, 1), "kind": EventKind.MERGER, "old": "H521", "new": "M435"},
            kind=DocumentKind.DECLARED,
        )
        stale = archive(old, as_of=date(2026, 6, 9))
        latest = listing(date(2024, 2, 1), {"code": "M435", "name": "Uggiate con Ronago"})
        history = resolve_history([stale, merger, latest])
        assert timeline(history, "M435") == [("2024-01-01", "")]
        assert timeline(history, "H521") == [("1861-03-17", "2024-01-01")]


class TestRegionsRecoding:
    """A day on which all codes of a region changed."""

    def test_dates_the_codes_of_its_region_alone(self) -> None:
        note = "region 20: since this day its codes are others."
        recoding = table(
            {"day": date(2026, 1, 1), "kind": EventKind.RECODING, "note": note}, kind=DocumentKind.DECLARED
        )
        other = {"code": "A001", "name": "Abano", "region_code": "05"}
        lists = [
            listing(date(2024, 2, 24), {**TERGU, "istat_code": "090086"}, {**other, "istat_code": "028001"}),
            listing(date(2026, 6, 9), {**TERGU, "istat_code": "112057"}, {**other, "istat_code": "028999"}),
        ]
        history = resolve_history([recoding, *lists])
        assert timeline(history, "M282", "istat_code")[1] == ("2026-01-01", "", "112057")
        assert timeline(history, "A001", "istat_code")[1] == ("2026-06-09", "", "028999")
        kinds = told(history, "event_date", "kind", "municipality_code", "successor_code", "before", "after")
        assert ("2026-01-01", "recoding", "M282", "M282", "090086", "112057") in kinds

    def test_an_archive_that_does_not_know_of_it_is_in_conflict_since_that_day(self) -> None:
        """As python-codicefiscale has SU for the Sulcis where ISTAT has CI since 2026."""
        note = "region 20: since this day its codes are others."
        carbonia = {"code": "B745", "name": "Carbonia", "region_code": "20"}
        history = resolve_history(
            [
                archive({**carbonia, "sigla": "SU"}, kind=DocumentKind.CODICE_FISCALE, as_of=date(2026, 2, 21)),
                table({"day": date(2026, 1, 1), "kind": EventKind.RECODING, "note": note}, kind=DocumentKind.DECLARED),
                listing(date(2024, 2, 24), {**carbonia, "sigla": "SU"}),
                listing(date(2026, 6, 9), {**carbonia, "sigla": "CI"}),
            ]
        )
        conflict = history.conflicts.iloc[0].to_dict()
        assert conflict == {
            "municipality_code": "B745",
            "attribute": "sigla",
            "valid_from": day("2026-01-01"),
            "valid_to": day("2026-02-22"),
            "taken": "CI",
            "taken_from": "istat-list",
            "other": "SU",
            "other_from": "codicefiscale",
        }

    def test_dates_the_change_also_where_the_archive_goes_on_with_the_old_code(self) -> None:
        """A fresh machine with the list of 2026 and nothing else of ISTAT's."""
        note = "region 20: since this day its codes are others."
        carbonia = {"code": "B745", "name": "Carbonia", "region_code": "20"}
        history = resolve_history(
            [
                archive({**carbonia, "sigla": "SU"}, kind=DocumentKind.CODICE_FISCALE, as_of=date(2026, 2, 21)),
                table({"day": date(2026, 1, 1), "kind": EventKind.RECODING, "note": note}, kind=DocumentKind.DECLARED),
                listing(date(2026, 6, 9), {**carbonia, "sigla": "CI"}),
            ]
        )
        assert timeline(history, "B745", "sigla") == [("1861-03-17", "2026-01-01", "SU"), ("2026-01-01", "", "CI")]
        assert history.conflicts["other"].tolist() == ["SU"]


class TestNames:
    """One name in several spellings and languages."""

    def test_equal_without_capitals_accents_and_apostrophes_are_no_conflict(self) -> None:
        history = resolve_history(
            [
                archive({"code": "D704", "name": "FORLI'", "sigla": "FO", "valid_to": date(1992, 4, 16)},
                        {"code": "D704", "name": "FORLI'", "sigla": "FC", "valid_from": date(1992, 4, 16)}),
                listing(date(2019, 2, 15), {"code": "D704", "name": "Forlì", "sigla": "FC"}),
            ]
        )  # fmt: skip
        assert timeline(history, "D704", "name", "sigla") == [
            ("1861-03-17", "1992-04-16", "Forlì", "FO"),
            ("1992-04-16", "", "Forlì", "FC"),
        ]
        assert history.conflicts.empty

    @pytest.mark.parametrize(
        ("capitals", "name"),
        [
            ("ABANO", "Abano"),
            ("SANT'ANGELO DE' LOMBARDI", "Sant'Angelo de' Lombardi"),
            ("L'AQUILA", "L'Aquila"),
            ("GRAVEDONA ED UNITI", "Gravedona ed Uniti"),
            ("MORANSENGO-TONENGO", "Moransengo-Tonengo"),
            ("SOTTO IL MONTE GIOVANNI XXIII", "Sotto il Monte Giovanni XXIII"),
            ("PINO SULLA SPONDA DEL LAGO MAGGIORE", "Pino sulla Sponda del Lago Maggiore"),
            ("CA' D'ANDREA", "Ca' d'Andrea"),
            ("DUINO AURISINA", "Duino Aurisina"),
        ],
    )
    def test_in_capitals_are_written_as_names_are(self, capitals: str, name: str) -> None:
        history = resolve_history([archive({"code": "A001", "name": capitals})])
        assert timeline(history, "A001", "name")[0][2] == name

    def test_in_two_languages_stay_so_where_a_later_list_has_the_italian_part_alone(self) -> None:
        bolzano = {"code": "A952", "name_it": "Bolzano"}
        history = resolve_history(
            [
                archive({**bolzano, "name": "BOLZANO/BOZEN", "name_other": "BOZEN", "valid_from": date(1927, 1, 12)}),
                listing(date(2024, 2, 24), {**bolzano, "name": "Bolzano/Bozen", "name_other": "Bozen"}),
                listing(date(2026, 6, 9), {**bolzano, "name": None}),
            ]
        )
        assert timeline(history, "A952", "name", "name_it", "name_other") == [
            ("1927-01-12", "", "Bolzano/Bozen", "Bolzano", "Bozen")
        ]

    def test_a_name_in_another_language_that_came_later_is_not_there_before(self) -> None:
        history = resolve_history(
            [
                archive(
                    {"code": "I715", "name": "SGONICO", "valid_to": date(2009, 1, 29)},
                    {"code": "I715", "name_it": "SGONICO", "name_other": "ZGONIK", "valid_from": date(2009, 1, 29)},
                )
            ]
        )
        assert timeline(history, "I715", "name", "name_other") == [
            ("1861-03-17", "2009-01-29", "Sgonico", None),
            ("2009-01-29", "", "Sgonico/Zgonik", "Zgonik"),
        ]


class TestExistence:
    """When a municipality was there at all."""

    def test_who_is_not_in_a_list_did_not_exist_whatever_the_archive_says(self) -> None:
        lists = [listing(date(2023, 8, 1), ABANO, POPOLI | {"name": "Popoli"}), listing(date(2024, 2, 1), ABANO)]
        history = resolve_history([archive(ABANO, POPOLI | {"name": "POPOLI"}, as_of=date(2026, 1, 1)), *lists])
        assert timeline(history, "G878") == [("1861-03-17", "2024-02-01")]
        conflict = history.conflicts.iloc[0]
        assert (conflict["attribute"], conflict["taken"], conflict["other"]) == ("existence", None, "exists")
        assert told(history, "event_date", "kind", "municipality_code", "successor_code") == [
            ("2024-02-01", "suppression", "G878", None)
        ]

    def test_who_is_in_two_lists_existed_on_the_second_day_too_whatever_an_archive_lets_begin_there(self) -> None:
        first, second = date(1990, 1, 1), date(1995, 12, 31)
        told_by = archive({**ABANO, "valid_from": second})
        silent = archive({**POPOLI, "name": "POPOLI"}, as_of=date(2022, 1, 1))
        history = resolve_history([told_by, silent, listing(first, ABANO), listing(second, ABANO)])
        assert "A001" in history.at(second)["municipality_code"].tolist()

    def test_a_list_after_the_archives_end_ends_nothing_before_it(self) -> None:
        gone, new = {**POPOLI, "name": "POPOLI"}, {"code": "M436", "name": "Sovizzo"}
        history = resolve_history([archive(ABANO, gone), listing(date(2024, 2, 1), ABANO, new)])
        assert timeline(history, "G878") == [("1861-03-17", "2024-02-01")]
        assert timeline(history, "M436") == [("2024-02-01", "")]
        after = history.versions.set_index("municipality_code")["changed_after"]
        assert after["M436"] == day("2023-05-16")
        assert history.conflicts.empty

    def test_a_list_that_lacks_one_that_an_archive_has_ends_it_on_its_day(self) -> None:
        gone = {**POPOLI, "name": "POPOLI"}
        history = resolve_history([archive(ABANO, gone), listing(date(2019, 2, 15), ABANO)])
        assert timeline(history, "G878") == [("1861-03-17", "2019-02-15")]
        assert history.conflicts[["attribute", "taken", "other"]].to_numpy().tolist() == [["existence", None, "exists"]]

    def test_boundaries_that_lack_a_polygon_do_not_end_a_municipality(self) -> None:
        vintage = listing(date(2023, 1, 1), ABANO, kind=DocumentKind.BOUNDARIES)
        history = resolve_history([archive(ABANO, {**POPOLI, "name": "POPOLI"}), vintage])
        assert timeline(history, "G878") == [("1861-03-17", "")]
        assert history.conflicts.empty

    def test_boundaries_that_keep_a_polygon_do_not_revive_one(self) -> None:
        gone = {**POPOLI, "name": "POPOLI", "valid_to": date(2022, 12, 1)}
        vintage = listing(date(2023, 1, 1), ABANO, {**POPOLI, "name": "Popoli"}, kind=DocumentKind.BOUNDARIES)
        history = resolve_history([archive(ABANO, gone), vintage])
        assert timeline(history, "G878") == [("1861-03-17", "2022-12-01")]
        assert history.conflicts["attribute"].tolist() == ["existence"]

    def test_the_table_of_events_moves_the_archives_date_of_an_ending_and_of_what_was_made(self) -> None:
        """Pirri, 1928: the archive has the decree's day, ISTAT the day on which it took effect."""
        rows = [
            {"code": "B022", "name": "BORGONATO", "valid_to": date(1928, 7, 29), "istat_code": "017809"},
            {"code": "C898", "name": "COLOMBARO", "valid_to": date(1928, 7, 29), "istat_code": "017830"},
            {"code": "D058", "name": "CORTE FRANCA", "valid_from": date(1928, 7, 29), "istat_code": "017062"},
        ]
        events = [
            {"day": date(1928, 9, 4), "kind": EventKind.MERGER, "old_istat_code": old, "new_istat_code": "017062"}
            | {"old_name": name, "new_name": "Corte Franca"}
            for old, name in (("017809", "Borgonato"), ("017830", "Colombaro"))
        ]
        history = resolve_history([archive(*rows), table(*events)])
        assert timeline(history, "B022") == [("1861-03-17", "1928-09-04")]
        assert timeline(history, "D058") == [("1928-09-04", "")]
        assert told(history, "event_date", "kind", "municipality_code", "successor_code") == [
            ("1928-09-04", "merger", "B022", "D058"),
            ("1928-09-04", "merger", "C898", "D058"),
        ]
        assert set(history.conflicts["attribute"]) == {"existence"}
        assert set(history.conflicts["taken_from"]) == {"istat-suppressed"}


def municipality(code: str, name: str, istat_code: str, **more: object) -> dict[str, object]:
    return {"code": code, "name": name, "istat_code": istat_code, "sigla": "PD", **more}


class TestEvents:
    """What became of municipalities."""

    WHEN = date(2014, 2, 4)

    def history(self, rows: list[dict[str, Any]], *pairs: tuple[str, str | None], **more: object) -> History:
        events = [{"day": self.WHEN, "kind": EventKind.MERGER, "old": old, "new": new, **more} for old, new in pairs]
        return resolve_history([archive(*rows), table(*events)])

    def test_several_that_ceased_and_one_that_began_are_a_merger(self) -> None:
        rows = [
            municipality("A001", "UNO", "028001", valid_to=self.WHEN),
            municipality("A002", "DUE", "028002", valid_to=self.WHEN),
            municipality("M001", "UNO E DUE", "028003", valid_from=self.WHEN),
        ]
        history = self.history(rows, ("A001", "M001"), ("A002", "M001"))
        assert told(history, "kind", "municipality_code", "successor_code", "is_partial") == [
            ("merger", "A001", "M001", False),
            ("merger", "A002", "M001", False),
        ]

    def test_one_that_ceased_into_one_that_existed_is_an_incorporation(self) -> None:
        rows = [municipality("A001", "UNO", "028001", valid_to=self.WHEN), municipality("A002", "DUE", "028002")]
        history = self.history(rows, ("A001", "A002"))
        assert told(history, "kind", "municipality_code", "successor_code") == [("incorporation", "A001", "A002")]

    def test_one_that_ceased_into_several_that_began_is_a_split(self) -> None:
        rows = [
            municipality("A001", "UNO E DUE", "028001", valid_to=self.WHEN),
            municipality("A002", "UNO", "028002", valid_from=self.WHEN),
            municipality("A003", "DUE", "028003", valid_from=self.WHEN),
        ]
        history = self.history(rows, ("A001", "A002"), ("A001", "A003"), is_partial=True)
        assert told(history, "kind", "successor_code", "is_partial") == [
            ("split", "A002", True),
            ("split", "A003", True),
        ]

    def test_one_that_went_on_gave_a_part_to_one_that_existed(self) -> None:
        rows = [municipality("A001", "UNO", "028001"), municipality("A002", "DUE", "028002")]
        event = {"day": self.WHEN, "kind": EventKind.CESSION, "old": "A001", "new": "A002", "is_partial": True}
        history = resolve_history([archive(*rows), table(event)])
        assert told(history, "kind", "municipality_code", "successor_code", "is_partial") == [
            ("cession", "A001", "A002", True)
        ]

    def test_one_that_left_the_country_has_no_successor(self) -> None:
        zara = municipality("L001", "ZARA", "703702", valid_to=date(1947, 9, 16))
        event = {"day": date(1947, 9, 16), "kind": EventKind.ABROAD, "old_istat_code": "703702", "old_name": "Zara"}
        history = resolve_history([archive(zara), table(event)])
        assert told(history, "kind", "municipality_code", "successor_code") == [("abroad", "L001", None)]

    def test_an_end_and_a_beginning_that_nobody_explains_have_an_event_each(self) -> None:
        rows = [
            municipality("A001", "UNO", "028001", valid_to=date(1928, 1, 1)),
            municipality("A002", "DUE", "028002", valid_from=date(1947, 1, 1)),
        ]
        history = resolve_history([archive(*rows)])
        assert told(history, "event_date", "kind", "municipality_code", "successor_code") == [
            ("1928-01-01", "suppression", "A001", None),
            ("1947-01-01", "establishment", "A002", "A002"),
        ]

    def test_one_that_two_documents_tell_is_there_once_as_the_stronger_tells_it(self) -> None:
        rows = [municipality("A001", "UNO", "028001", valid_to=self.WHEN), municipality("A002", "DUE", "028002")]
        event = {"kind": EventKind.INCORPORATION, "old": "A001", "new": "A002"}
        declared = table({**event, "day": date(2014, 2, 5)}, kind=DocumentKind.DECLARED)
        history = resolve_history([archive(*rows), table({**event, "day": self.WHEN}), declared])
        assert told(history, "event_date", "kind", "source") == [("2014-02-05", "incorporation", "declared")]
        assert timeline(history, "A001") == [("1861-03-17", "2014-02-05")]

    def test_codes_that_were_used_twice_are_told_apart_by_the_day(self) -> None:
        rows = [
            municipality("A001", "UNO", "092080", valid_to=date(1928, 1, 1)),
            municipality("A002", "DUE", "092080", valid_from=date(1974, 1, 1), valid_to=date(2000, 1, 1)),
            municipality("A003", "TRE", "092081"),
        ]
        events = [
            {"day": when, "kind": EventKind.INCORPORATION, "old_istat_code": "092080", "new_istat_code": "092081"}
            for when in (date(1928, 1, 1), date(2000, 1, 1))
        ]
        history = resolve_history([archive(*rows), table(*events)])
        joined = [row for row in told(history, "event_date", "kind", "municipality_code") if row[1] == "incorporation"]
        assert joined == [("1928-01-01", "incorporation", "A001"), ("2000-01-01", "incorporation", "A002")]

    def test_one_of_a_municipality_that_no_document_has_is_reported(self) -> None:
        event = {"day": date(1873, 1, 1), "kind": EventKind.INCORPORATION, "old_istat_code": "018889"}
        event |= {"old_name": "Vivente", "new_istat_code": "028001", "new_name": "Abano"}
        documents = [archive(ABANO), table(event)]
        assert resolve_history(documents).events.empty
        assert unplaced_events(documents)[["old_name", "new_name"]].to_numpy().tolist() == [["Vivente", "Abano"]]

    def test_one_that_got_another_belfiore_code_with_its_new_name_is_a_renaming(self) -> None:
        """Lonato, 2007."""
        rows = [
            municipality("E667", "LONATO", "017092", valid_to=date(2007, 11, 2)),
            municipality("M312", "LONATO DEL GARDA", "017092", valid_from=date(2007, 11, 2)),
        ]
        history = resolve_history([archive(*rows)])
        assert told(history, "kind", "municipality_code", "successor_code", "before", "after") == [
            ("renaming", "E667", "M312", "Lonato", "Lonato del Garda")
        ]

    def test_changes_of_province_and_region_are_derived_from_the_versions(self) -> None:
        """Montecopiolo, 2021."""
        place = {"code": "F478", "name": "MONTECOPIOLO"}
        before = {"sigla": "PU", "province_code": "041", "region_code": "11", "istat_code": "041033"}
        after = {"sigla": "RN", "province_code": "099", "region_code": "08", "istat_code": "099030"}
        when = date(2021, 6, 17)
        history = resolve_history(
            [archive({**place, **before, "valid_to": when}, {**place, **after, "valid_from": when})]
        )
        assert told(history, "event_date", "kind", "before", "after") == [
            ("2021-06-17", "province change", "PU", "RN"),
            ("2021-06-17", "recoding", "041033", "099030"),
            ("2021-06-17", "region change", None, None),
        ]

    def test_a_province_that_got_another_sigla_is_no_change_of_province(self) -> None:
        place, when = {"code": "D704", "name": "FORLI'", "province_code": "040"}, date(1992, 4, 16)
        rows = [{**place, "sigla": "FO", "valid_to": when}, {**place, "sigla": "FC", "valid_from": when}]
        assert resolve_history([archive(*rows)]).events.empty


class TestDeclaredFacts:
    """What someone declares."""

    def test_are_believed_most_in_their_own_period(self) -> None:
        fact = {
            "code": "A001",
            "sigla": "VI",
            "name": None,
            "valid_from": date(2020, 1, 1),
            "valid_to": date(2021, 1, 1),
        }
        declared = document(DocumentKind.DECLARED, date(2021, 1, 1), [fact])
        lists = [listing(date(2019, 2, 15), ABANO), listing(date(2022, 5, 1), ABANO)]
        history = resolve_history([archive(ABANO), *lists, declared])
        assert timeline(history, "A001", "sigla") == [
            ("1861-03-17", "2020-01-01", "PD"),
            ("2020-01-01", "2021-01-01", "VI"),
            ("2021-01-01", "", "PD"),
        ]


class TestCodesOfEvents:
    """What comes of an event has the ISTAT code that the event tells, where no document states one."""

    def test_are_taken_for_as_long_as_the_sigla_stays(self) -> None:
        other = {**SETTEVILLE, "sigla": "TV", "valid_from": date(2025, 6, 1)}
        history = resolve_history(
            [archive({**SETTEVILLE, "valid_to": date(2025, 6, 1)}, other, ABANO, as_of=date(2026, 1, 1)),
             table(MERGER_OF_2024)]
        )  # fmt: skip
        assert timeline(history, "M437", "istat_code", "sigla") == [
            ("2024-01-22", "2025-06-01", "025075", "BL"),
            ("2025-06-01", "", None, "TV"),
        ]

    def test_do_not_contradict_what_is_stated(self) -> None:
        listed = {"code": "M437", "name": "Setteville", "sigla": "BL", "istat_code": "025099"}
        history = resolve_history(
            [
                archive(SETTEVILLE, {**ABANO, "valid_to": BORN_IN_2024}, as_of=date(2026, 1, 1)),
                table(MERGER_OF_2024),
                listing(date(2025, 1, 1), listed),
            ]
        )
        assert timeline(history, "M437", "istat_code") == [("2024-01-22", "", "025099")]
        assert history.conflicts.empty

    def test_say_nothing_of_a_municipality_that_began_on_another_day(self) -> None:
        earlier = {**SETTEVILLE, "valid_from": date(1990, 1, 1)}
        history = resolve_history([archive(earlier, ABANO, as_of=date(2026, 1, 1)), table(MERGER_OF_2024)])
        assert timeline(history, "M437", "istat_code") == [("1990-01-01", "", None)]


def test_no_document_makes_an_empty_history() -> None:
    history = resolve_history([])
    assert (len(history.versions), len(history.events), len(history.conflicts)) == (0, 0, 0)
    assert history.at(date(2020, 1, 1)).empty


class TestTrace:
    """Finding by any code or name."""

    @pytest.fixture
    def history(self) -> History:
        return resolve_history(
            [
                archive(
                    {**ABANO, "name": "ABANO", "valid_to": date(1924, 11, 14)},
                    {**ABANO, "name": "ABANO TERME", "valid_from": date(1924, 11, 14)},
                    {
                        "code": "A952",
                        "name_it": "BOLZANO",
                        "name_other": "BOZEN",
                        "sigla": "BZ",
                        "istat_code": "021008",
                    },
                    {"code": "H753", "name": "SAMONE", "sigla": "TO", "istat_code": "001235"},
                    {"code": "H754", "name": "SAMONE", "sigla": "TN", "istat_code": "022165"},
                )
            ]
        )

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("A001", ["A001"]),
            ("a001", ["A001"]),
            ("028001", ["A001"]),
            ("28001", ["A001"]),
            ("Abano", ["A001"]),
            ("bozen", ["A952"]),
            ("BZ", ["A952"]),
            ("Samone", ["H753", "H754"]),
            ("Atlantide", []),
            ("", []),
            ("'", []),
        ],
    )
    def test_finds_any_code_and_any_name_of_any_time(self, history: History, text: str, codes: list[str]) -> None:
        assert trace(history, text)["municipality_code"].unique().tolist() == codes

    def test_says_when_it_was_so(self, history: History) -> None:
        row = trace(history, "abano").iloc[0]
        assert (row["matched"], row["value"], row["valid_to"]) == ("name", "Abano", day("1924-11-14"))

    def test_suggests_names_that_are_spelled_almost_like_it(self, history: History) -> None:
        assert near_names(history, "Samonne") == ["Samone"]
        assert near_names(history, "Atlantide") == []

    def test_a_part_has_the_events_on_either_side(self, history: History) -> None:
        part = part_of(history, ["A001"])
        assert part.versions["municipality_code"].unique().tolist() == ["A001"]
        assert part.events["kind"].tolist() == ["renaming"]
