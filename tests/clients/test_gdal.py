"""GDAL's OAPIF driver, through pyogrio: what every GDAL program sees of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyogrio
import pytest

from atlante.catalogue.activities import load_filiere
from atlante.settings import default_catalogue_dir

if TYPE_CHECKING:
    from collections.abc import Callable

type Ask = Callable[..., dict[str, Any]]

LEVELS = ("municipalities", "provinces", "regions", "countries")
COLLECTIONS = [
    *LEVELS[:3],
    *(f"{level}-history" for level in LEVELS[:3]),
    *(f"{kind}-{level}" for kind in ("indicators", "observations", "linkage-quality") for level in LEVELS),
    *(f"indicators-{level}-{filiera}" for level in LEVELS for filiera in load_filiere(default_catalogue_dir())),
    "catalogue",
]
FILIERE = tuple(load_filiere(default_catalogue_dir()))
READ = [each for each in COLLECTIONS if each != "catalogue" and not each.endswith(FILIERE[1:])]  # of filiere one
MANY = 20_000  # features: more than a test should move; a corner of the country stands for the whole
VALLE_D_AOSTA = (6.8, 45.47, 7.94, 45.99)


def test_these_are_all_collections_and_gdal_lists_them(service: str, ask: Ask) -> None:
    published = [collection["id"] for collection in ask("/collections")["collections"]]

    assert sorted(published) == sorted(COLLECTIONS)
    assert sorted(pyogrio.list_layers(f"OAPIF:{service}/api")[:, 0]) == sorted(COLLECTIONS)


@pytest.mark.parametrize("collection", READ)
def test_gdal_reads_as_many_features_as_the_service_says_there_are(service: str, ask: Ask, collection: str) -> None:
    matched = ask(f"/collections/{collection}/items", limit=1)["numberMatched"]
    box = VALLE_D_AOSTA if matched > MANY else None
    if box:
        bbox = ",".join(map(str, box))
        matched = ask(f"/collections/{collection}/items", limit=1, bbox=bbox)["numberMatched"]

    frame = pyogrio.read_dataframe(f"OAPIF:{service}/api", layer=collection, bbox=box)

    assert 0 < matched == len(frame)
    assert frame["code"].notna().all()
    assert frame.geometry.notna().all()
    assert frame.crs.to_authority() == ("OGC", "CRS84")  # WGS 84, longitude before latitude
    min_lon, min_lat, max_lon, max_lat = frame.total_bounds
    assert 6 < min_lon < max_lon < 19 < 35 < min_lat < max_lat < 48  # noqa: PLR0133 - Italy, in this order


def test_gdal_reads_the_catalogue_as_a_table(service: str, ask: Ask) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{service}/api", layer="catalogue").set_index(["kind", "id"])

    assert len(frame) == ask("/collections/catalogue/items", limit=1)["numberMatched"]
    assert frame.loc[("indicator", "rnd_share"), "disclosure"] == "threshold"
    assert frame.loc[("filiera", "moda"), "is_proposal"] == "yes"
    assert frame["title_de"].notna().all()


def test_what_gdal_reads_is_what_is_published(service: str, ask: Ask) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{service}/api", layer="indicators-provinces").set_index("code")
    items = ask("/collections/indicators-provinces/items", limit=10_000, skipGeometry="true")["features"]

    published = {item["properties"]["code"]: item["properties"] for item in items}
    assert frame["name"].to_dict() == {code: row["name"] for code, row in published.items()}
    assert frame["startups_per_100k"].to_dict() == {code: row["startups_per_100k"] for code, row in published.items()}
    assert frame.loc["015", "name"] == "Milano"


def test_leading_zeros_of_codes_survive(service: str) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{service}/api", layer="provinces", read_geometry=False)

    assert frame["code"].min() == "001"
    assert set(frame["code"].str.len()) == {3}
