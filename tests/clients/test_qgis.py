"""QGIS, headless and in a process of its own: Debian's, with Debian's Python."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

PYTHON = "/usr/bin/python3"
PROBE = Path(__file__).with_name("qgis_probe.py")
PROVINCES = 107


@pytest.fixture(scope="module")
def found(service: str, absent: Callable[[str], NoReturn], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what QGIS found in the service."""
    home = str(tmp_path_factory.mktemp("qgis"))
    environment = {
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/config",
        "XDG_CACHE_HOME": f"{home}/cache",
        "XDG_DATA_HOME": f"{home}/data",
        "XDG_RUNTIME_DIR": home,
        "QT_QPA_PLATFORM": "offscreen",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
    }
    if subprocess.run([PYTHON, "-c", "import qgis.core"], env=environment, capture_output=True, check=False).returncode:
        absent("QGIS is not installed (Debian, Ubuntu: apt-get install python3-qgis)")
    done = subprocess.run(
        [PYTHON, str(PROBE), service], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_qgis_reads_all_provinces_with_their_shapes(found: dict[str, Any]) -> None:
    features = found["features"]

    assert features["count"] == PROVINCES, features
    assert features["with_geometry"] == PROVINCES
    assert features["crs"] in {"EPSG:4326", "OGC:CRS84"}


def test_qgis_reads_a_value_as_the_number_that_is_published(
    found: dict[str, Any], ask: Callable[..., dict[str, Any]]
) -> None:
    milano = ask("/collections/indicators-provinces/items/015")["properties"]

    assert found["features"]["milano"] == [milano["name"], milano["startups_per_100k"]]
    assert found["features"]["is_number"]


def test_qgis_draws_the_vector_tiles_by_their_address(found: dict[str, Any]) -> None:
    """Italy covers about a seventh of the rectangle around it."""
    assert 0.1 < found["tiles"].get("share_drawn", 0) < 0.5, found["tiles"]
