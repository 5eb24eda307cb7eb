"""A crosswalk in other codes: those of ISTAT, which change with time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from atlante.catalogue.levels import Level
from atlante.errors import InvalidSeries

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.crosswalk.table import Crosswalk
    from atlante.territories.history.model import History


_UNIT_COLUMNS = {Level.PROVINCE: "province_code", Level.REGION: "region_code"}


def with_istat_codes(crosswalk: Crosswalk, history: History) -> Crosswalk:
    """Return a crosswalk of municipalities from the ISTAT codes of its first day to those of its second.

    Provinces and regions have no other codes than ISTAT's: their crosswalk stays as it is.

    Raises
    ------
    InvalidSeries
        If a municipality had no ISTAT code on its day, or two had the same.
    """
    if crosswalk.level is not Level.MUNICIPALITY:
        return crosswalk
    old = _istat_codes(history, crosswalk.since)
    new = _istat_codes(history, crosswalk.until)
    rows = crosswalk.rows.assign(
        code=_mapped(crosswalk.rows["code"], old, crosswalk.since),
        successor_code=_mapped(crosswalk.rows["successor_code"], new, crosswalk.until),
    )
    return replace(
        crosswalk,
        codes="istat",
        rows=rows.sort_values(["code", "successor_code"], ignore_index=True),
        unreached=tuple(sorted(_mapped(pd.Series(crosswalk.unreached, dtype=object), new, crosswalk.until))),
    )


def _istat_codes(history: History, day: date) -> pd.Series[str]:
    there = history.at(day)
    return there.set_index("municipality_code")["istat_code"].astype(object)


def _mapped(codes: pd.Series[str], istat_codes: pd.Series[str], day: date) -> pd.Series[str]:
    """Return ISTAT codes; None stays None."""
    needed = istat_codes.reindex(codes.dropna().unique())
    unlabelled = needed.index[needed.isna()]
    if len(unlabelled):
        raise InvalidSeries(
            day, f"{len(unlabelled):,} municipalities have no ISTAT code (first: {unlabelled[0]}). Use Belfiore codes."
        )
    shared = needed[needed.duplicated(keep=False)]
    if not shared.empty:
        raise InvalidSeries(
            day, f"{' and '.join(shared.index[:2])} have the same ISTAT code {shared.iloc[0]}. Use Belfiore codes."
        )
    mapped = codes.map(needed).astype(object)
    return mapped.where(codes.notna(), None)


def unknown_code_hint(history: History, codes: list[str], crosswalk: Crosswalk) -> str:
    """Return a sentence that says when the first of the codes that a crosswalk does not know was valid."""
    column = {"belfiore": "municipality_code", "istat": "istat_code"}[crosswalk.codes]
    column = _UNIT_COLUMNS.get(crosswalk.level, column)
    versions = history.versions
    for code in codes:
        valid = versions[versions[column] == code]
        if not valid.empty:
            begin, end = valid["valid_from"].min(), valid["valid_to"].max(skipna=False)
            until = f" until {end - pd.Timedelta(days=1):%Y-%m-%d}" if pd.notna(end) else ""
            return f"{code} is valid from {begin:%Y-%m-%d}{until}."
    remedy = " ISTAT codes need --codes istat." if crosswalk.codes == "belfiore" and codes[0].isdigit() else ""
    return f"The first is {codes[0]!r}, which never was one.{remedy}"
