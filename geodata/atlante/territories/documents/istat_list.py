"""ISTAT's lists of municipalities ("Elenco dei comuni italiani"), all vintages, and copies of them with other headers.

A list shows one day. Not taken: progressive numbers, numeric codes with other numbers of provinces, NUTS codes of
2006 and 2010, and the legal population, which is that of a census years before the day of the list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from atlante.territories.documents.fields import BELFIORE, ISTAT, NUTS3, REGION, Fields
from atlante.territories.documents.frames import event_frame, statement_frame, whole_names
from atlante.territories.documents.layouts import ISTAT_LIST, take_fields
from atlante.territories.documents.model import Document, DocumentKind
from atlante.territories.documents.regions import region_code
from atlante.territories.names import mend_encoding, split_languages
from atlante.territories.repairs import load_repairs

if TYPE_CHECKING:
    from datetime import date

    from atlante.territories.documents.tables import TextTable

_WITHOUT_CODE = ("", "-", "ND", "N.D.", "n.d.")
# The list of 15 February 2019 has a municipality that began on that day, and its code was not known yet.
_CODES_TO_COME = {("012143", "Cadrezzate con Osmate"): "M425"}
_NAMES = ("name", "name_it", "name_other")
_NOTHING = ("", "-")


def istat_list_document(table: TextTable, *, as_of: date) -> Document:
    """Return the statements of a list.

    ``name`` is the name in all its languages, as the list joins them; null where the list has the Italian part alone
    (2026) and the municipality has a name in two languages. Rows without a Belfiore code are in ``skipped``.

    Raises
    ------
    InvalidDocument
        If a column is missing, a code or number is not one, or a code comes twice.
    """
    fields, skipped = _with_code(take_fields(ISTAT_LIST, table))
    codes = _codes(fields)
    names, mended = _names(fields, codes)
    columns = {**fields.columns, **codes, **_labels(fields), **names, **_figures(fields)}
    return Document(
        kind=DocumentKind.ISTAT_LIST,
        as_of=as_of,
        is_snapshot=True,
        source=f"ISTAT, list of municipalities ({table.path.name})",
        licence="CC BY 4.0",
        sha256=table.sha256,
        statements=statement_frame(columns, len(codes["istat_code"])),
        events=event_frame({}, 0),
        skipped=(*table.notes, *skipped, *mended),
    )


def _with_code(fields: Fields) -> tuple[Fields, list[str]]:
    """Return the rows that have a Belfiore code, and a sentence for each row that had none."""
    codes, istat_codes = fields["municipality_code"], fields["istat_code"]
    names = fields["name_it" if "name_it" in fields else "name"]
    is_without = codes.isin(_WITHOUT_CODE)
    if is_without.all():
        fields.refuse("municipality_code", is_without, "No row has a Belfiore code. Take a list that has them.")
    to_come = {line: _CODES_TO_COME.get((istat_codes[line], names[line]), "") for line in codes.index[is_without]}
    sentences = [
        f"line {line}: {names[line]} (ISTAT {istat_codes[line]}) has no Belfiore code{f'; it is {code}' * bool(code)}."
        for line, code in to_come.items()
    ]
    completed = codes.where(~is_without, pd.Series(to_come, dtype=object).reindex(codes.index))
    return fields.with_columns(municipality_code=completed).rows(completed != ""), sentences


def _codes(fields: Fields) -> dict[str, pd.Series]:
    istat = fields["istat_code"].str.removesuffix(".0").str.zfill(6)
    padded = fields.with_columns(istat_code=istat, municipality_code=fields["municipality_code"].str.upper())
    for field, kind in (("municipality_code", BELFIORE), ("istat_code", ISTAT)):
        padded.require(field, kind)
        padded.require_unique(field)
    for field in ("nuts3_2021", "nuts3_2024"):
        if field in fields:
            fields.require(field, NUTS3)
    return {
        "municipality_code": padded["municipality_code"],
        "istat_code": istat,
        "province_code": istat.str[:3],
        "region_code": _region_codes(fields),
    }


def _region_codes(fields: Fields) -> pd.Series:
    if "region_code" in fields:
        padded = fields.with_columns(region_code=fields["region_code"].str.removesuffix(".0").str.zfill(2))
        padded.require("region_code", REGION)
        return padded["region_code"]
    names = fields["region"]
    codes = names.map({name: region_code(name) for name in names.unique()})
    fields.refuse("region", codes.isna(), "{cell} is not a region{others}. Write its Italian name.")
    return codes


def _labels(fields: Fields) -> dict[str, pd.Series]:
    """Return province and region; from 2015 to 2018 a metropolitan city stands in a column of its own."""
    labels = {field: fields[field] for field in ("province", "region") if field in fields}
    if "province" in labels and "metropolitan_city" in fields:
        labels["province"] = labels["province"].where(~labels["province"].isin(_NOTHING), fields["metropolitan_city"])
    return {field: mend_encoding(label.where(~label.isin(_NOTHING), "")) for field, label in labels.items()}


def _names(fields: Fields, codes: dict[str, pd.Series]) -> tuple[dict[str, pd.Series], list[str]]:
    """Return the names, and a sentence for each that was mended."""
    decoded = {field: mend_encoding(fields[field]) for field in _NAMES if field in fields}
    given, mended = _letters_restored(decoded, codes["istat_code"])
    if set(_NAMES) <= set(given):
        given["name"], rejoined = _hyphen_restored(given)
        mended += rejoined
    joined = given["name"] if "name" in given else given["name_it"]
    split = split_languages(joined, codes["province_code"])
    italian = given.get("name_it", split["name_it"])
    if "name_other" in given:
        other = given["name_other"].where(~given["name_other"].isin(_NOTHING), None)
        # how the list would join two languages is not said where no column does
        name = joined if "name" in given else joined.where(other.isna(), None)
    else:
        other = split["name_other"]
        name = whole_names(joined, other, codes["municipality_code"], codes["province_code"])
    return {"name": name, "name_it": italian, "name_other": other}, mended


def _letters_restored(names: dict[str, pd.Series], istat_codes: pd.Series) -> tuple[dict[str, pd.Series], list[str]]:
    """Return names with the letters that ISTAT's encoding had no place for, and a sentence for each."""
    restored, sentences = dict(names), []
    for repair in load_repairs().names:
        for field, column in names.items():
            is_garbled = (istat_codes == repair.istat_code) & column.str.contains("?", regex=False)
            for line in column.index[is_garbled]:
                whole = _restored(column[line], repair.name)
                restored[field] = restored[field].where(restored[field].index != line, whole)
                sentences.append(f"line {line}: {column[line]!r} is read as {whole!r}.")
    return restored, sentences


def _hyphen_restored(names: dict[str, pd.Series]) -> tuple[pd.Series, list[str]]:
    """Return whole names with the hyphen that ISTAT forgot in 2019 ("San Giovanni di FassaSèn Jan")."""
    whole, italian, other = (names[field] for field in _NAMES)
    is_stuck = (other != "") & (whole == italian + other)
    rejoined = whole.where(~is_stuck, italian + "-" + other)
    return rejoined, [f"line {n}: {whole[n]!r} is read as {rejoined[n]!r}." for n in whole.index[is_stuck]]


def _restored(garbled: str, whole: str) -> str:
    """Return the part of a whole name that a text with question marks stands for.

    >>> _restored("ob So?i", "Savogna-Sovodnje ob Soči")
    'ob Soči'
    """
    found = re.search(re.escape(garbled).replace(r"\?", "."), whole)
    return found[0] if found else garbled


def _figures(fields: Fields) -> dict[str, pd.Series]:
    """Return residents and area, with points or commas as Italian and English files write them."""
    figures = {}
    if "population" in fields:
        digits = fields["population"].str.replace(r"(?<=\d)[. ](?=\d{3}\b)", "", regex=True).str.removesuffix(".0")
        figures["population"] = fields.with_columns(population=digits).numbers("population")
    if "area_km2" in fields:
        text = fields["area_km2"]
        if text.str.contains(",", regex=False).any():
            text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        figures["area_km2"] = fields.with_columns(area_km2=text).numbers("area_km2")
    return figures
