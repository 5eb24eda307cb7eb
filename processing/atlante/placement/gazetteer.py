"""What the history, the boundaries and the rules know of names, codes and provinces, as tables of folded keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atlante.placement.codes import codes_on
from atlante.placement.labels import dated_labels, labels_on
from atlante.placement.names import by_exact_key, by_loose_key, names_on
from atlante.placement.places import build_places
from atlante.placement.provinces import province_evidence, province_meanings, region_keys, region_of_provinces

if TYPE_CHECKING:
    import datetime as dt

    from atlante.catalogue.placement import PlacementRules
    from atlante.placement.places import Places
    from atlante.territories.history import History

GAZETTEER_COLUMNS = (
    "municipality_code", "name", "name_it", "name_other", "sigla", "province", "region_code", "region",
)  # fmt: skip
"""The labels of one municipality of the boundary vintage, as `placement.sql` reads them (`istat_code` may be added)."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Where declared names and codes lead to on one day.

    Attributes
    ----------
    name_keys, province_keys
        Every key of :attr:`names` and of :attr:`provinces`.
    names
        Columns key, code, kind, note, declared (:func:`atlante.placement.names.names_on`).
    loose_names
        The same by loose keys; they count beside a province or region only.
    provinces
        What a declared province can mean: key, sigla, evidence.
    in_province
        What a declared province says for a municipality: key, code, evidence.
    in_region
        Regions that a municipality has ever been in: code, region_code, is_then.
    regions
        Region code by folded name.
    region_of_province
        Region code by folded name or sigla of a province.
    codes
        ISTAT and Belfiore codes: key, code, note.
    places
        Where each municipality is on the day and in the boundaries.
    """

    name_keys: frozenset[str]
    province_keys: frozenset[str]
    names: pd.DataFrame
    loose_names: pd.DataFrame
    provinces: pd.DataFrame
    in_province: pd.DataFrame
    in_region: pd.DataFrame
    regions: pd.Series[str]
    region_of_province: pd.Series[str]
    codes: pd.DataFrame
    places: Places


def build_gazetteer(
    municipalities: pd.DataFrame,
    history: History | None = None,
    *,
    day: dt.date,
    vintage_day: dt.date,
    rules: PlacementRules,
) -> Gazetteer:
    """Return what names and codes mean on a day.

    Parameters
    ----------
    municipalities
        Of the boundary vintage: columns :data:`GAZETTEER_COLUMNS`, and ``istat_code`` where it is known.
    history
        Municipalities through time; None or without versions: the labels of the boundaries are all that is known.
    day
        The reference date of the extract.
    vintage_day
        The reference date of the boundaries.
    """
    moment = pd.Timestamp(day).as_unit("s")
    labels = dated_labels(municipalities, history)
    then = labels_on(labels, moment)
    names = names_on(labels, _vintage_names(municipalities, vintage_day), history, moment, rules)
    names = names[names["code"].isin(then.index)]  # an alias may be of a municipality that nothing is known of
    meanings = province_meanings(labels, rules)
    regions = labels.dropna(subset="region_code").drop_duplicates(["code", "region_code"])[["code", "region_code"]]
    exact = by_exact_key(names)
    return Gazetteer(
        name_keys=frozenset(exact["key"]),
        province_keys=frozenset(meanings["key"]),
        names=exact,
        loose_names=by_loose_key(names),
        provinces=meanings,
        in_province=province_evidence(labels, then, meanings),
        in_region=regions.assign(is_then=regions["region_code"] == regions["code"].map(then["region_code"])),
        regions=region_keys(labels),
        region_of_province=region_of_provinces(meanings, then),
        codes=codes_on(labels, history, moment),
        places=build_places(municipalities, history, labels, day=day, vintage_day=vintage_day),
    )


def _vintage_names(municipalities: pd.DataFrame, vintage_day: dt.date) -> pd.DataFrame:
    """Return the names of the boundaries, which the history need not have taken to be true, as of their day."""
    day = pd.Timestamp(vintage_day).as_unit("s")
    names = municipalities[["municipality_code", "name"]].rename(columns={"municipality_code": "code", "name": "text"})
    return names.assign(valid_from=day, valid_to=day + pd.Timedelta(days=1))
