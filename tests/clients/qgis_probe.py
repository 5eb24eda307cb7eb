"""Runs inside Debian's Python, which has QGIS: opens the service as a user would and prints what it found as JSON.

Arguments: the service's address. Written for Python 3.9, which QGIS may bring.
"""

from __future__ import annotations

import json
import sys
import tempfile

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

COLLECTION = "indicators-provinces"
SIDE = 300  # pixels


def main(service: str) -> None:
    """Open features and tiles, and print what is in them."""
    application = QgsApplication([], False, tempfile.mkdtemp())  # noqa: FBT003 - without a window
    application.initQgis()
    try:
        sys.stdout.write(json.dumps({"features": features(service), "tiles": tiles(service)}) + "\n")
    finally:
        QgsProject.instance().clear()
        application.exitQgis()


def features(service: str) -> dict[str, object]:
    """Return what QGIS reads of the provinces by OGC API Features."""
    uri = f"url='{service}/api' typename='{COLLECTION}' pageSize='1000' pagingEnabled='true'"
    layer = QgsVectorLayer(uri, COLLECTION, "OAPIF")
    if not layer.isValid():
        return {"error": layer.error().message()}
    read = list(layer.getFeatures())
    milano = next(layer.getFeatures(QgsFeatureRequest().setFilterExpression("\"code\" = '015'")))
    return {
        "count": len(read),
        "with_geometry": sum(not feature.geometry().isEmpty() for feature in read),
        "crs": layer.crs().authid(),
        "is_number": layer.fields().field("startups_per_100k").isNumeric(),
        "milano": [milano["name"], milano["startups_per_100k"]],
    }


def tiles(service: str) -> dict[str, object]:
    """Draw the vector tiles by their address; return how much of the picture is not background."""
    address = f"{service}/api/collections/{COLLECTION}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"
    encoded = address.replace("?", "%3F").replace("=", "%3D")
    layer = QgsVectorTileLayer(f"type=xyz&zmin=0&zmax=14&url={encoded}", "tiles")
    if not layer.isValid():
        return {"error": layer.error().message()}
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(700_000, 4_300_000, 2_100_000, 6_000_000))  # Italy
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    white = QColor("white").rgb()
    drawn = sum(image.pixel(x, y) != white for x in range(SIDE) for y in range(SIDE))
    return {"share_drawn": drawn / SIDE**2}


if __name__ == "__main__":
    main(sys.argv[1])
