"""Everything that disagrees, as texts that begin with what they are about."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from atlante.placement.choice import CODE_COLUMNS
from atlante.placement.methods import Method
from atlante.placement.provinces import in_declared_province

if TYPE_CHECKING:
    from atlante.placement.gazetteer import Gazetteer

_NOT_BY_NAME: Final = (Method.CODE, Method.POINT, Method.POINT_NEARBY)
_BY_CODE: Final = (Method.CODE, Method.CODE_NAME, Method.CODE_POINT)


def describe_conflicts(placed: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return one column of texts per kind of disagreement, '' where there is none.

    Columns note (a name or code of another date), slipped, part, name, province, region, belfiore_code, istat_code,
    located.
    """
    table = gazetteer.places.table
    where = placed["then"].where(placed["then"].notna(), placed["place"]).astype(object)
    labels = table.reindex(where).set_axis(placed.index).astype(object)
    is_placed = placed["place"].notna()
    texts = pd.DataFrame({"note": placed["note"].where(is_placed, "")}, index=placed.index)
    texts["slipped"] = np.where(is_placed & placed["is_slipped"], "columns: one too far to the right", "")
    texts["part"] = _texts(placed["is_part"], "boundaries: ", placed["place"], " is part of ", placed["chosen"])
    texts["name"] = _name(placed, labels)
    texts["province"] = _province(placed, where, labels, gazetteer)
    texts["region"] = _region(placed, labels)
    for column in CODE_COLUMNS:
        texts[column] = _code(placed, column, gazetteer)
    texts["located"] = _located(placed)
    return texts


def joined(texts: pd.DataFrame) -> pd.Series[Any]:
    """Return the texts of each row that are not empty, as tuples."""
    has_any = (texts != "").any(axis=1)
    found = [tuple(text for text in row if text) for row in texts[has_any].itertuples(index=False, name=None)]
    conflicts = pd.Series([()] * len(texts), index=texts.index, dtype=object)
    conflicts[has_any] = pd.Series(found, index=texts.index[has_any], dtype=object)
    return conflicts


def _texts(applies: pd.Series[bool], *parts: str | pd.Series[str]) -> pd.Series[str]:
    """Return the parts put together where it applies, elsewhere ''."""
    texts = pd.Series("", index=applies.index, dtype=object)
    columns = [repeat(part) if isinstance(part, str) else part[applies] for part in parts]
    written = ["".join(row) for row in zip(*columns, strict=False)]
    texts[applies] = pd.Series(written, index=texts.index[applies], dtype=object)
    return texts


def _name(placed: pd.DataFrame, labels: pd.DataFrame) -> pd.Series[str]:
    is_other = placed["method"].isin(_NOT_BY_NAME) | placed["is_loose"].astype(bool)
    disagrees = placed["place"].notna() & is_other & (placed["municipality_key"] != "")
    return _texts(disagrees, "name: declared ", placed["municipality"], ", is ", labels["name"])


def _province(
    placed: pd.DataFrame, where: pd.Series[str], labels: pd.DataFrame, gazetteer: Gazetteer
) -> pd.Series[str]:
    agrees = in_declared_province(where, placed["province_key"], gazetteer)
    disagrees = where.notna() & labels["sigla"].notna() & (placed["province_key"] != "") & ~agrees
    return _texts(disagrees, "province: declared ", placed["province"], ", is ", labels["sigla"])


def _region(placed: pd.DataFrame, labels: pd.DataFrame) -> pd.Series[str]:
    is_other = (placed["region_key"] != "") & (placed["declared_region_code"] != labels["region_code"])
    disagrees = is_other & placed["place"].notna() & labels["region"].notna()
    return _texts(disagrees, "region: declared ", placed["region"], ", is ", labels["region"])


def _code(placed: pd.DataFrame, column: str, gazetteer: Gazetteer) -> pd.Series[str]:
    """Return what is wrong with a declared code: unknown, another municipality's, or of another date."""
    table, means, declared = gazetteer.places.table, placed[f"{column}_means"], placed[column]
    is_same = (means == placed["chosen"]) | (means.map(table["vintage"]) == placed["place"])
    is_same |= means.map(table["then"]) == placed["then"]
    is_declared = placed["place"].notna() & (declared != "")
    is_other = is_declared & means.notna() & ~is_same
    texts = _texts(is_other, "code: ", declared, " is ", means, ", not ", placed["place"])
    texts = texts.mask(
        is_declared & means.isna(), _texts(is_declared & means.isna(), "code: ", declared, " is unknown")
    )
    return texts.mask(is_declared & is_same, placed[f"{column}_note"])


def _located(placed: pd.DataFrame) -> pd.Series[str]:
    """Return where a point is that is not where the seat is."""
    located, place = placed["located_code"], placed["place"]
    near = placed["is_outside"].map({True: "near ", False: ""})
    is_elsewhere = (located != "") & place.notna() & (located != place)
    is_abroad = (located != "") & placed["is_abroad"]
    is_far = placed["is_outside"] & (located == "") & place.notna()
    texts = _texts(is_elsewhere, "located: ", near, located, " instead of declared ", place)
    texts = texts.mask(is_abroad, _texts(is_abroad, "located: ", near, located, " instead of declared abroad"))
    return texts.mask(is_far, "located: outside")
