"""Which of the municipalities that names, codes and points mean is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from atlante.placement.candidates import LAST_WITH_PROVINCE, NOTHING_FITS, WITHOUT_ANYTHING
from atlante.placement.methods import Method

if TYPE_CHECKING:
    from atlante.placement.gazetteer import Gazetteer

CODE_COLUMNS: Final = ("belfiore_code", "istat_code")
_SAID: Final = ["code", "note", "is_loose"]


def with_codes(cases: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return cases with what their codes mean.

    ``belfiore_code_means`` and ``istat_code_means`` (null: nothing) with their ``…_note``; ``coded_code``, the first of
    them that means something, and ``coded_target``, who has its ground on the day.
    """
    known = gazetteer.codes.set_index("key")
    for column in CODE_COLUMNS:
        means, note = (cases[column].map(known[each]).astype(object) for each in ("code", "note"))
        cases = cases.assign(**{f"{column}_means": means, f"{column}_note": note.fillna("")})
    belfiore, istat = (cases[f"{column}_means"] for column in CODE_COLUMNS)
    code = belfiore.where(belfiore.notna(), istat)
    target = code.map(gazetteer.places.table["then"]).astype(object)
    return cases.assign(coded_code=code, coded_target=target.where(target.notna(), code))


def with_options(cases: pd.DataFrame, candidates: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return cases with the candidates that a code means (``agreed_…``) and that a point is in (``around_…``).

    The best one by its name alone is in ``name_…`` already.
    """
    reach = gazetteer.places.reach.rename(columns={"target": "place"})
    agreed = candidates.drop_duplicates(["spelling", "target"]).set_index(["spelling", "target"])[_SAID]
    around = candidates.merge(reach, on="code").drop_duplicates(["spelling", "place"])
    around = around.set_index(["spelling", "place"])[_SAID]
    cases = cases.join(agreed.add_prefix("agreed_"), on=["spelling", "coded_target"])
    return cases.join(around.add_prefix("around_"), on=["spelling", "located_code"])


def choose(cases: pd.DataFrame) -> pd.DataFrame:
    """Return cases with the municipality taken (``chosen``; null: none), ``method``, ``note`` and ``is_loose``.

    A name that a province confirms is two pieces of evidence that agree: it is taken before a code, and both before a
    point. A name without a province gives way to a code, and to a point that is in one of several namesakes.
    """
    rank = cases["name_rank"]
    is_one = (cases["name_n_best"] == 1) & (rank < NOTHING_FITS)
    is_strong = is_one & (rank <= LAST_WITH_PROVINCE)
    is_open = ~is_one | rank.isin(WITHOUT_ANYTHING) | (cases["around_code"] == cases["name_code"])
    by_point = cases["is_outside"].map({True: Method.POINT_NEARBY, False: Method.POINT})
    steps = (
        (cases["is_abroad"], "none", Method.NONE),
        (is_strong & (cases["name_target"] == cases["coded_target"]), "name", Method.CODE_NAME),
        (is_strong, "name", cases["name_method"]),
        (cases["agreed_code"].notna(), "agreed", Method.CODE_NAME),
        (cases["coded_code"].notna(), "coded", Method.CODE),
        (cases["around_code"].notna() & is_open, "around", Method.NAME_POINT),
        (is_one, "name", cases["name_method"]),
        (cases["located_code"] != "", "located", by_point),
    )
    taken = cases.assign(chosen=None, method=Method.NONE, note="", is_loose=False)
    for applies, said, method in reversed(steps):  # the first that applies is written last
        values = {"chosen": f"{said}_code", "note": f"{said}_note", "is_loose": f"{said}_is_loose"}
        blank = {"chosen": None, "note": "", "is_loose": False}
        for column, source in values.items():
            taken[column] = taken[column].mask(applies, cases[source] if source in cases else blank[column])
        taken["method"] = taken["method"].mask(applies, method)
    return taken


def in_boundaries(taken: pd.DataFrame, candidates: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return cases with ``then`` and ``place``: the municipality of the day, and that of the boundaries.

    Where the ground of what was chosen is in several municipalities of the boundaries, the point says in which. Without
    a point it is the one that had the declared name (``is_part``): Sovizzo of 2024 is larger than Sovizzo of 2023, but
    that is where its firms most probably are. Otherwise it is not placed, though ``then`` may be known.
    """
    table, reach = gazetteer.places.table, pd.MultiIndex.from_frame(gazetteer.places.reach)
    only, located = taken["chosen"].map(table["vintage"]).astype(object), taken["located_code"]
    is_there = pd.MultiIndex.from_arrays([taken["chosen"], located]).isin(reach)
    by_part = (only != located) & is_there
    namesake = _namesakes(taken, candidates, gazetteer).where(only.isna() & ~is_there)
    by_point = taken["chosen"].notna() & only.isna() & ~is_there & namesake.isna() & (located != "")
    place = only.where(only.notna(), namesake).mask(by_part | by_point, located)
    then = taken["chosen"].map(table["then"]).astype(object)
    then = then.mask(by_point | then.isna(), place.map(table["then"]))
    return taken.assign(
        place=place.where(place.notna(), None),
        then=then.where(then.notna(), None),
        is_part=namesake.notna(),
        method=_method(taken, by_part=by_part, by_point=by_point).where(place.notna(), Method.NONE),
    )


def _method(taken: pd.DataFrame, *, by_part: pd.Series[bool], by_point: pd.Series[bool]) -> pd.Series[str]:
    """Return what a placement rests on if the point had to say where in the boundaries it is, or anything at all."""
    is_coded = taken["method"].isin([Method.CODE, Method.CODE_NAME])
    with_point = is_coded.map({True: Method.CODE_POINT, False: Method.NAME_POINT})
    by_point_alone = taken["is_outside"].map({True: Method.POINT_NEARBY, False: Method.POINT})
    return taken["method"].mask(by_part, with_point).mask(by_point, by_point_alone)


def _namesakes(taken: pd.DataFrame, candidates: pd.DataFrame, gazetteer: Gazetteer) -> pd.Series[str]:
    """Return the one municipality of the boundaries that has the declared name and ground of what was chosen."""
    table, reach = gazetteer.places.table, gazetteer.places.reach
    several = reach[reach["code"].duplicated(keep=False)].rename(columns={"code": "chosen", "target": "code"})
    named = candidates[["spelling", "code"]].merge(several, on="code")
    # Where no source tells what a new municipality was made of, one of its name and province is what it was made of.
    is_untold = taken["chosen"].map(table["is_new"] & (table["n_vintage"] == 0)).eq(other=True)
    untold = taken.loc[is_untold, ["spelling", "chosen"]].drop_duplicates()
    drawn = candidates[(candidates["code"] == candidates["code"].map(table["vintage"]))]
    same = untold.merge(drawn.loc[drawn["rank"] <= LAST_WITH_PROVINCE, ["spelling", "code"]], on="spelling")
    pairs = pd.concat([named, same], ignore_index=True)
    only = pairs[~pairs.duplicated(["spelling", "chosen"], keep=False)].set_index(["spelling", "chosen"])
    return taken[["spelling", "chosen"]].join(only, on=["spelling", "chosen"])["code"]
