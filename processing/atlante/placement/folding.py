"""Names reduced to what they are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def fold_words(names: pd.Series[str]) -> pd.Series[str]:
    """Return names in capitals without accents, apostrophes and other signs, words apart by one blank; null is ''.

    >>> import pandas as pd
    >>> fold_words(pd.Series(["Forlì", "FORLI'", " sant'Agata  de' Goti", None])).tolist()
    ['FORLI', 'FORLI', 'SANT AGATA DE GOTI', '']
    """
    capitals = names.fillna("").str.upper().str.replace("[ßẞ]", "SS", regex=True)  # pyarrow's capital of ß is ẞ
    letters = capitals.str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    return letters.str.replace(r"[\W_]+", " ", regex=True).str.strip()


def fold(names: pd.Series[str]) -> pd.Series[str]:
    """Return names as one run of capitals and digits: blanks, hyphens and apostrophes make no difference.

    >>> import pandas as pd
    >>> fold(pd.Series(["L'Aquila", "L AQUILA", "Forlì-Cesena"])).tolist()
    ['LAQUILA', 'LAQUILA', 'FORLICESENA']
    """
    return fold_words(names).str.replace(" ", "", regex=False)
