"""Codes and names of boundaries beside the list of municipalities of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.checking.model import Finding, FindingKind
from atlante.territories.names import fold_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODES = {
    "municipality_code": "Belfiore code",
    "istat_code": "ISTAT code",
    "province_code": "province code",
    "sigla": "sigla",
    "region_code": "region code",
}
"""Columns that have to agree with the list, and what people call them."""

_NAMES = {"name_it": "name", "province": "name of the province", "region": "name of the region"}
_OF_MUNICIPALITY = ("name", "name_it", "name_other")
_OF_WHOLES = ("province", "region")
_BELFIORE = r"[A-Z]\d{3}"
_AMEND = "Repair with the list of that day (--codes LIST --repair)."


def as_listed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a list with all columns that labels are taken from (null where it lacks one), one row per Belfiore code.

    A municipality whose Belfiore code the list does not know yet is left out: it could not be told from others.
    """
    columns = dict.fromkeys([*CODES, *_OF_MUNICIPALITY, *_OF_WHOLES, "population"])
    listed = with_known_codes(rows.reindex(columns=list(columns)))
    listed = listed[listed["municipality_code"].notna()].drop_duplicates("municipality_code").reset_index(drop=True)
    of_code = listed["istat_code"].astype("string").str[:3]
    listed["province_code"] = listed["province_code"].where(listed["province_code"].notna(), of_code)
    listed["name_it"] = listed["name_it"].where(listed["name_it"].notna(), listed["name"])
    return listed.astype(object).where(listed.notna(), None)


def match_listed(rows: pd.DataFrame, listed: pd.DataFrame) -> pd.Series[str]:
    """Return which listed municipality each row is: its Belfiore code, null where none.

    Belfiore code, ISTAT code, and name with province are three witnesses. Where the last two agree against the first,
    they are believed; otherwise the first that knows the row.

    Parameters
    ----------
    rows
        Columns municipality_code, istat_code, name_it, sigla; null where unknown.
    listed
        The same columns, one row per Belfiore code, as :func:`as_listed` returns them.
    """
    by_belfiore = rows["municipality_code"].where(rows["municipality_code"].isin(listed["municipality_code"]))
    by_istat = rows["istat_code"].map(_unique(listed["istat_code"], listed["municipality_code"]))
    by_name = _named(rows).map(_unique(_named(listed), listed["municipality_code"]))
    outvoted = by_istat.notna() & (by_istat == by_name)
    first = by_belfiore.where(by_belfiore.notna(), by_istat.where(by_istat.notna(), by_name))
    matched: pd.Series[str] = first.where(~outvoted, by_istat)
    return matched.astype(object).where(matched.notna(), None)


def _named(rows: pd.DataFrame) -> pd.Series[str]:
    """Return name and sigla as one key; null where either is unknown."""
    return fold_names(rows["name_it"].astype(object)) + " (" + rows["sigla"].astype(object) + ")"


def _unique(keys: pd.Series[str], codes: pd.Series[str]) -> pd.Series[str]:
    """Return codes by key, without keys that several have."""
    known = keys.notna() & ~keys.duplicated(keep=False)
    return pd.Series(codes[known].to_numpy(), index=keys[known].to_numpy(), dtype=object)


def label_findings(rows: pd.DataFrame, listed: pd.DataFrame) -> Iterator[Finding]:
    """Yield what is missing on either side, and what disagrees.

    Parameters
    ----------
    rows, listed
        As for :func:`match_listed`, with the other codes and names.
    """
    listed = as_listed(listed)
    matched = match_listed(rows, listed)
    yield from _unlisted(rows[matched.isna()])
    yield from _without_polygon(listed[~listed["municipality_code"].isin(matched)])
    known = rows[matched.notna()]
    labels = listed.set_index("municipality_code", drop=False).loc[list(matched[matched.notna()])].set_axis(known.index)
    yield from _disagreeing_codes(known, labels)
    yield from _differing_names(known, labels)


def _unlisted(rows: pd.DataFrame) -> Iterator[Finding]:
    for row in rows.itertuples():
        yield Finding(
            FindingKind.UNKNOWN_MUNICIPALITY,
            (_identity(row.municipality_code, row.istat_code),),
            (_text(row.name),),
            1,
            "polygons",
            f"ISTAT code {_text(row.istat_code)}, Belfiore code {_text(row.municipality_code)}: not in the list",
            "Check the day that the boundaries show, and whether the list is of that day.",
        )


def _without_polygon(listed: pd.DataFrame) -> Iterator[Finding]:
    for row in listed.itertuples():
        yield Finding(
            FindingKind.MISSING_POLYGON,
            (str(row.municipality_code),),
            (_text(row.name),),
            1,
            "municipalities",
            f"ISTAT code {_text(row.istat_code)}: listed, without a polygon",
            "Repair with boundaries of another day (--against) that have its ground.",
        )


def _disagreeing_codes(rows: pd.DataFrame, labels: pd.DataFrame) -> Iterator[Finding]:
    given = [column for column in CODES if rows[column].notna().any()]
    differs = pd.DataFrame({column: _differs(rows[column], labels[column]) for column in given})
    for place in differs.index[differs.any(axis=1)]:
        row, label = rows.loc[place], labels.loc[place]
        columns = [column for column in given if differs.loc[place, column]]
        texts = [f"{CODES[column]} {_text(row[column])}, in the list {label[column]}" for column in columns]
        yield Finding(
            FindingKind.CODE,
            (label["municipality_code"],),
            (_text(row["name"]),),
            len(texts),
            "codes",
            "; ".join(texts),
            _AMEND,
        )


def _differs(given: pd.Series[str], listed: pd.Series[str]) -> pd.Series[bool]:
    return listed.notna() & (given.isna() | (given != listed))


def _differing_names(rows: pd.DataFrame, labels: pd.DataFrame) -> Iterator[Finding]:
    """Yield one finding per pair of names: that of a province differs for all its municipalities."""
    for column, meaning in _NAMES.items():
        both = rows[column].notna() & labels[column].notna()
        given, listed = rows.loc[both, column].astype(object), labels.loc[both, column].astype(object)
        differs = fold_names(given) != fold_names(listed)
        pairs = pd.DataFrame({"given": given[differs], "listed": listed[differs], "code": labels["municipality_code"]})
        for (ours, theirs), group in pairs.dropna().groupby(["given", "listed"]):
            yield Finding(
                FindingKind.NAME,
                tuple(group["code"]),
                tuple(rows.loc[group.index, "name"].map(_text)),
                len(group),
                "municipalities",
                f"{meaning} {ours}, in the list {theirs}",
                "Nothing has to be done: names are aliases of one another.",
            )


def duplicate_findings(rows: pd.DataFrame) -> Iterator[Finding]:
    """Yield the codes that more than one row has."""
    for column in ("municipality_code", "istat_code"):
        repeated = rows[column].notna() & rows[column].duplicated(keep=False)
        for code, group in rows[repeated].groupby(column):
            yield Finding(
                FindingKind.DUPLICATE_CODE,
                tuple(map(_identity, group["municipality_code"], group["istat_code"])),
                tuple(group["name"].map(_text)),
                len(group),
                "polygons",
                f"{CODES[column]} {code}",
                "Repair with the list of that day (--codes LIST --repair), or join the polygons into one.",
            )


def relabel(rows: pd.DataFrame, listed: pd.DataFrame, list_name: str) -> pd.DataFrame:
    """Return rows with the codes and labels of a list; ``provenance`` says which given codes were replaced.

    A row that the list lacks stays as it is, and so does what the list does not say. Names of municipalities are taken
    from the list only where the rows have none.

    Parameters
    ----------
    list_name
        Names the list in the provenance.
    """
    listed = as_listed(listed)
    rows = with_known_codes(rows)
    matched = match_listed(rows, listed)
    labels = listed.set_index("municipality_code", drop=False).reindex(matched).set_axis(rows.index)
    relabelled = rows.copy()
    relabelled["provenance"] = join_notes(rows["provenance"], _replaced(rows, labels, list_name))
    for column in (*CODES, *_OF_WHOLES):
        relabelled[column] = labels[column].astype(object).where(labels[column].notna(), rows[column])
    for column in _OF_MUNICIPALITY:
        relabelled[column] = rows[column].astype(object).where(rows[column].notna(), labels[column])
    return relabelled


def _replaced(rows: pd.DataFrame, labels: pd.DataFrame, list_name: str) -> pd.Series[str]:
    """Return what was replaced, row by row; empty where nothing was, or where the source has no such column."""
    notes = pd.Series("", index=rows.index, dtype=object)
    for column, meaning in CODES.items():
        if rows[column].isna().all():
            continue
        differs = _differs(rows[column], labels[column])
        given = rows[column].astype(object).where(rows[column].notna(), "none")
        texts = meaning + " " + labels[column].astype(object) + " instead of " + given
        notes = notes.where(~differs, notes.where(notes == "", notes + ", ") + texts)
    return notes.where(notes == "", "codes: " + notes + f", by {list_name}")


def join_notes(*notes: Iterable[str | None]) -> pd.Series[str]:
    """Return notes of several kinds as one text per row; null where there is none."""
    texts = ["; ".join(note for note in row if isinstance(note, str) and note) for row in zip(*notes, strict=True)]
    joined: pd.Series[str] = pd.Series([text or None for text in texts], dtype=object)
    first = notes[0]
    return joined.set_axis(first.index) if isinstance(first, pd.Series) else joined


def with_known_codes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose Belfiore code is null where the source has a filler such as ``N.d.``."""
    codes = rows["municipality_code"].astype(object)
    return rows.assign(
        municipality_code=codes.where(codes.astype("string").str.fullmatch(_BELFIORE).fillna(value=False), None)
    )


def _identity(municipality_code: object, istat_code: object) -> str:
    return municipality_code if isinstance(municipality_code, str) else _text(istat_code)


def _text(value: object) -> str:
    return value if isinstance(value, str) else "unknown"
