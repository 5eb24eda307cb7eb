"""Ways of declaring a seat: each distinct one once, with the keys that it is looked up by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.placement.codes import istat_keys
from atlante.placement.folding import fold_loosely, fold_words, mend_decoding
from atlante.placement.provinces import province_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atlante.placement.gazetteer import Gazetteer

DECLARED_COLUMNS: Final = (
    "municipality", "province", "region", "istat_code", "belfiore_code", "postal_code", "located_code", "is_outside",
)  # fmt: skip
SPELLING_COLUMNS: Final = ["municipality", "province", "region"]

_SIGLA_IN_BRACKETS = r"\(\s*([A-Z]{2})\s*\)"


def distinct(rows: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the distinct rows, in the order of their first, and for each row the number of its distinct one."""
    numbers = np.zeros(len(rows), dtype=np.int64)
    for column in columns:  # numbers of columns are combined one by one, so that they never outgrow 64 bits
        of_column, values = pd.factorize(rows[column], use_na_sentinel=False)
        numbers, _ = pd.factorize(numbers * max(len(values), 1) + of_column)
    first = np.unique(numbers, return_index=True)[1]
    return rows[columns].take(first).reset_index(drop=True), numbers


def read_cases(declared: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return distinct declarations as clean text ('' where nothing is declared), and the number of each row's."""
    rows, numbers = distinct(declared.reindex(columns=list(DECLARED_COLUMNS)), list(DECLARED_COLUMNS))
    for column in DECLARED_COLUMNS[:-1]:
        rows[column] = rows[column].astype("string").fillna("").astype(object).astype(str).str.strip()
    rows["is_outside"] = rows["is_outside"].astype("boolean").fillna(value=False).astype(bool)
    rows["istat_code"] = istat_keys(rows["istat_code"])
    rows["belfiore_code"] = rows["belfiore_code"].str.upper()
    return rows, numbers


def read_spellings(spellings: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return declared names with their keys.

    Columns words (of the name), municipality_key, loose_key, province_key, region_key, declared_region_code,
    is_known_province, is_slipped.

    Where a name is unknown as it stands, a province in brackets behind it is read as the province; and where fields
    have slipped one column to the right (a separator inside an address), what stands under province is the name.
    """
    spellings = spellings.assign(**{column: mend_decoding(spellings[column]) for column in SPELLING_COLUMNS})
    words = fold_words(spellings["municipality"])
    keys = spellings.assign(
        words=words,
        municipality_key=_joined(words),
        province_key=province_keys(spellings["province"]),
        region_key=_joined(fold_words(spellings["region"])),
    )
    keys = _with_sigla_in_brackets(keys, gazetteer)
    return keys.assign(
        loose_key=fold_loosely(keys["words"]),
        declared_region_code=keys["region_key"].map(gazetteer.regions).astype(object),
        is_known_province=_is_in(keys["province_key"], gazetteer.province_keys),
    )


def _with_sigla_in_brackets(keys: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return keys in which a name followed by a sigla in brackets is read as name and province."""
    sigla = keys["municipality"].str.upper().str.extract(_SIGLA_IN_BRACKETS, expand=False)
    bare = fold_words(keys["municipality"].str.replace(_SIGLA_IN_BRACKETS + ".*", "", regex=True, case=False))
    slipped_words = fold_words(keys["province"])
    is_name = _is_in(_joined(bare), gazetteer.name_keys)
    is_unknown = ~_is_in(keys["municipality_key"], gazetteer.name_keys) & _is_in(sigla, gazetteer.province_keys)
    # "TORINO" under province is a slipped name only where the address ends with it: "… 10134, TORINO (TO)".
    pairs = zip(_joined(bare), _joined(slipped_words), strict=True)
    is_address = np.array([text.endswith(name) for text, name in pairs], dtype=bool)
    is_slipped = is_unknown & _is_in(_joined(slipped_words), gazetteer.name_keys)
    is_slipped &= ~_is_in(keys["province_key"], gazetteer.province_keys) | (is_address & ~is_name)
    # Also where it is known as it stands: "CAMERI (NO)" without signs is Camerino.
    is_suffixed = _is_in(sigla, gazetteer.province_keys) & is_name & ~is_slipped
    words = keys["words"].mask(is_suffixed, bare).mask(is_slipped, slipped_words)
    is_read = is_slipped | (is_suffixed & (keys["province_key"] == ""))
    return keys.assign(
        municipality=keys["municipality"].mask(is_slipped, keys["province"]),
        province=keys["province"].mask(is_read, sigla),
        words=words,
        municipality_key=_joined(words),
        province_key=keys["province_key"].mask(is_read, sigla),
        is_slipped=is_slipped,
    )


def _is_in(keys: pd.Series[str], known: frozenset[str]) -> pd.Series[bool]:
    return pd.Series([key in known for key in keys], index=keys.index, dtype=bool)


def _joined(words: pd.Series[str]) -> pd.Series[str]:
    return words.str.replace(" ", "", regex=False)
