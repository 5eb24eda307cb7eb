"""What a name that is not known may have meant: for people to decide."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import pandas as pd

from atlante.placement.folding import fold

_SUGGESTIONS: Final = 3
_LIKENESS: Final = 0.75  # of 1; below, suggestions for short names are noise


def suggest(declared: pd.DataFrame, municipalities: pd.DataFrame) -> pd.Series[str]:
    """Return the nearest names for each declared one, as "Milano (MI, F205), …", '' where none is near.

    Names of the declared province come first; names of others follow only where it has none that is near.

    Parameters
    ----------
    declared
        Columns municipality and province, text or null; a few hundred rows at most: each takes some hundredths of a
        second.
    municipalities
        Columns municipality_code, name, sigla.
    """
    keys, provinces = fold(declared["municipality"]), fold(declared["province"])
    texts = municipalities["name"] + " (" + municipalities["sigla"] + ", " + municipalities["municipality_code"] + ")"
    named = pd.DataFrame({"key": fold(municipalities["name"].str.partition("/")[0]), "text": texts})
    texts_of = {str(key): ", ".join(rows["text"]) for key, rows in named.groupby("key")}
    groups = named.groupby(municipalities["sigla"])
    of_province = {str(sigla): dict(zip(rows["key"], rows["text"], strict=True)) for sigla, rows in groups}
    near = [
        _near(key, of_province.get(province, {})) or _near(key, texts_of)
        for key, province in zip(keys, provinces, strict=True)
    ]
    return pd.Series(near, index=declared.index, dtype=object)


def _near(key: str, texts: dict[str, str]) -> str:
    """Return the texts of the nearest keys, '' where none is near."""
    near = get_close_matches(key, texts, n=_SUGGESTIONS, cutoff=_LIKENESS) if key else []
    return ", ".join(texts[name] for name in near)
