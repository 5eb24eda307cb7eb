"""Names in two languages, as Italian sources write them."""

from __future__ import annotations

import re

import pandas as pd

# Bytes of Windows-1252 that were read as Latin-1 are control characters there: Š, š, Ž, ž of Slovene names.
_CONTROLS = {code: bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(0x80, 0xA0)}
_SLOVENE_PROVINCES = ("031", "032")  # Gorizia, Trieste: ISTAT joins Italian and Slovene by a hyphen, not by a slash


def mend_encoding(names: pd.Series[str]) -> pd.Series[str]:
    r"""Return names with the letters that a wrong decoding turned into control characters.

    >>> mend_encoding(pd.Series(["Devin Nabre\x9eina"])).item()
    'Devin Nabrežina'
    """
    return names.str.translate(_CONTROLS)


def split_languages(names: pd.Series[str], province_codes: pd.Series[str]) -> pd.DataFrame:
    """Return the Italian name and the other one (null where there is none).

    Parameters
    ----------
    names
        As ISTAT writes them: ``Bolzano/Bozen``, in the provinces of Gorizia and Trieste ``Sgonico-Zgonik``.

    >>> split_languages(pd.Series(["Bolzano/Bozen"]), pd.Series(["021"])).loc[0].tolist()
    ['Bolzano', 'Bozen']
    """
    is_slovene = province_codes.isin(_SLOVENE_PROVINCES) & ~names.str.contains("/", regex=False)
    slashed = names.astype("string").where(~is_slovene, names.str.replace("-", "/", n=1, regex=False))
    parts = slashed.str.extract(r"^(?P<name_it>[^/]*)(?:/(?P<name_other>.*))?$", flags=re.DOTALL)
    stripped = pd.DataFrame({column: parts[column].str.strip() for column in parts})
    return stripped.astype(object).where(stripped.notna() & (stripped != ""), None)


def fold_names(names: pd.Series[str]) -> pd.Series[str]:
    """Return names by which spellings of one name are equal: without case, accents, apostrophes and hyphens.

    >>> fold_names(pd.Series(["Alì", "SANT'ANGELO-LODIGIANO"])).tolist()
    ['ali', 'sant angelo lodigiano']
    """
    plain = names.astype("string").str.casefold().str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    return plain.str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip().astype(object)
