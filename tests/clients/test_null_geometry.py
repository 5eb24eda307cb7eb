"""GDAL and QGIS on territories of the past, some of which have no outline (tests/through_time.py)."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pyogrio
import pytest
from running import running_service
from through_time import publish_country

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import NoReturn

_PROBE = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False, sys.argv[2])
application.initQgis()
uri = f"url='{sys.argv[1]}/api' typename='municipalities-history' pageSize='1000' pagingEnabled='true'"
layer = QgsVectorLayer(uri, "history", "OAPIF")
read = list(layer.getFeatures())
print(layer.isValid(), len(read), sum(feature.geometry().isNull() for feature in read))
del layer
application.exitQgis()
"""


@pytest.fixture
def address(database: str) -> Iterator[str]:
    """Return the address of a service on the made-up country."""
    publish_country(database)
    with running_service(database) as url:
        yield url


def test_gdal_reads_features_with_and_without_an_outline(address: str) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{address}/api", layer="municipalities-history").set_index("id")

    without = set(frame.index[frame.geometry.isna()])
    assert without == {"Z001.1861-03-17", "A003.1861-03-17"}
    assert frame.total_bounds.tolist() == [9, 42, 11, 43]
    assert str(frame["valid_from"].min().date()) == "1861-03-17"


def test_qgis_reads_features_with_and_without_an_outline(
    address: str, absent: Callable[[str], NoReturn], tmp_path: Path
) -> None:
    environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen",
                   "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}  # fmt: skip
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import qgis.core"], env=environment, capture_output=True, check=False).returncode:
        absent("QGIS is not installed (Debian, Ubuntu: apt-get install python3-qgis)")
    done = subprocess.run(
        [python, "-c", _PROBE, address, str(tmp_path)], env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "14", "2"], done.stderr
