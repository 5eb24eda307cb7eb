"""Names reduced to what they are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# "S. GIOVANNI", "SAN GIOVANNI"; "STA MARIA", "SANTA MARIA"; "S. ANGELO", "SANT'ANGELO"; "ST. ULRICH", "SANKT ULRICH"
_SAINT = r"\b(?:SAN|SANTO|SANTA|SANT|STO|STA|ST|SANKT|SANTI|SS|SVETI|SV)\b"
# What registers leave out or add: "REGGIO EMILIA", "COLLE VAL D'ELSA", "CASTELLO DI ROCCA"
_PARTICLE = (
    r"\b(?:DI|DE|DEI|DEL|DELLO|DELLA|DELLE|DEGLI|DELL|D|DA|DAL|DALLA|AL|ALLO|ALLA|ALLE|AI|AGLI|ALL|A|AD|IN|NEL|NELLO|"
    r"NELLA|NELLE|NELL|SU|SUL|SULLO|SULLA|SULLE|SULL|CON|E|ED|IL|LO|LA|LE|I|GLI|L)\b"
)
_NOT_ASCII_LETTER = r"[^\x00-\x7F]"
_UTF_8_READ_WRONGLY = "[ÂÃ][^A-Za-z ]"
_ENTITY = r"&(?:#0?39|#x27|apos|rsquo|lsquo);?"  # the apostrophe as web pages write it


def fold_words(names: pd.Series[str]) -> pd.Series[str]:
    """Return names in capitals without accents, apostrophes and other signs, words apart by one blank; null is ''.

    >>> import pandas as pd
    >>> fold_words(pd.Series(["Forlì", "FORLI'", " sant'Agata  de' Goti", "NARD&#039;", None])).tolist()
    ['FORLI', 'FORLI', 'SANT AGATA DE GOTI', 'NARD', '']
    """
    plain = names.fillna("").str.replace(_ENTITY, "'", regex=True, case=False)
    capitals = plain.str.upper().str.replace("[ßẞ]", "SS", regex=True)  # pyarrow's capital of ß is ẞ
    letters = capitals.str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    return letters.str.replace(r"[\W_]+", " ", regex=True).str.strip()


def fold(names: pd.Series[str]) -> pd.Series[str]:
    """Return names as one run of capitals and digits: blanks, hyphens and apostrophes make no difference.

    >>> import pandas as pd
    >>> fold(pd.Series(["L'Aquila", "L AQUILA", "Forlì-Cesena"])).tolist()
    ['LAQUILA', 'LAQUILA', 'FORLICESENA']
    """
    return fold_words(names).str.replace(" ", "", regex=False)


def fold_loosely(words: pd.Series[str]) -> pd.Series[str]:
    """Return folded words as one run, saints as S, J as I, no articles and prepositions: for use beside a province.

    >>> import pandas as pd
    >>> words = ["S GIOVANNI", "SAN GIOVANNI", "REGGIO NELL EMILIA", "COLLE DI VAL D ELSA", "MELITO JONICO"]
    >>> fold_loosely(pd.Series(words)).tolist()
    ['SGIOVANNI', 'SGIOVANNI', 'REGGIOEMILIA', 'COLLEVALELSA', 'MELITOIONICO']
    """
    saints = words.str.replace(_SAINT, "S", regex=True).str.replace("J", "I", regex=False)
    loose = saints.str.replace(_PARTICLE, "", regex=True).str.replace(" ", "", regex=False)
    return loose.where(loose != "", words.str.replace(" ", "", regex=False))  # Ala, Alì without its accent


def without_accented_letters(names: pd.Series[str]) -> pd.Series[str]:
    """Return names as a wrong decoding leaves them: letters that are not in ASCII are gone; '' for names without any.

    >>> import pandas as pd
    >>> without_accented_letters(pd.Series(["Cantù", "Como"])).tolist()
    ['Cant', '']
    """
    letters = names.str.replace(_NOT_ASCII_LETTER, "", regex=True)
    return letters.where(letters != names, "")


def mend_decoding(names: pd.Series[str]) -> pd.Series[str]:
    """Return names with the letters that UTF-8 had before it was read as Windows-1252.

    >>> import pandas as pd
    >>> mend_decoding(pd.Series(["ForlÃ¬", "Agliè"])).tolist()
    ['Forlì', 'Agliè']
    """
    is_garbled = names.str.contains(_UTF_8_READ_WRONGLY)
    return names.where(~is_garbled, names[is_garbled].map(_decoded))


def _decoded(name: str) -> str:
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name
