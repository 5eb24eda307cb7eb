"""Seats abroad."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pandas as pd

from atlante.placement.folding import fold, fold_words

if TYPE_CHECKING:
    from atlante.catalogue.placement import PlacementRules

_STATE: Final = r"Z\d{3}"  # codes of the Belfiore list that mean states: Z404 is the United States


def is_foreign(
    cases: pd.DataFrame, has_candidate: pd.Series[bool], is_in_province: pd.Series[bool], rules: PlacementRules
) -> pd.Series[bool]:
    """Return whether a seat is abroad.

    It is where the province or the Belfiore code says so; and where nothing that is declared is Italian, and the name
    is that of a place abroad or of a state, or the point is far outside.

    Parameters
    ----------
    has_candidate
        Whether the declared name may mean a municipality.
    is_in_province
        Whether the point is in a municipality of the declared province: a state's name is that of a hamlet then.
    """
    says_so = cases["province_key"].isin(fold(pd.Series(rules.foreign.provinces, dtype=str)))
    says_so |= cases["belfiore_code"].str.fullmatch(_STATE)
    is_italian = has_candidate | cases["coded_code"].notna()
    is_far = cases["is_outside"] & (cases["located_code"] == "")
    is_far &= ~cases["is_known_province"] & cases["declared_region_code"].isna()
    is_state = _is_state(cases["words"], rules) & ~is_in_province
    return says_so | (~is_italian & (_has_foreign_word(cases["words"], rules) | is_state | is_far))


def _is_state(words: pd.Series[str], rules: PlacementRules) -> pd.Series[bool]:
    names = [name for state in rules.foreign.states.values() for name in state]
    return words.isin(fold_words(pd.Series(names, dtype=str)))


def _has_foreign_word(words: pd.Series[str], rules: PlacementRules) -> pd.Series[bool]:
    places = [re.escape(place) for country in rules.foreign.places.values() for place in country]
    if not places:
        return pd.Series(data=False, index=words.index)
    return words.str.contains(rf"(?:^| )(?:{'|'.join(places)})(?: |$)")
