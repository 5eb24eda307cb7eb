"""The OpenAPI document: pygeoapi's, closed in itself and without what this service does not offer."""

from __future__ import annotations

from typing import Any, Final

import orjson
from pygeoapi.openapi import get_oas

from atlante.ogc.openapi_components import COMPONENTS, reference

_DROPPED_PARAMETERS: Final = ("vendorSpecificParameters", "bbox-crs-epsg", "resourceId")
_FILES: Final = {  # files that pygeoapi refers to, by the component that says the same
    "sortby.yaml": reference("parameters", "sortby"),
    "exception.yaml": reference("schemas", "exception"),
    "cql2.json": reference("schemas", "cql2"),
}
_FILTER_PARAMETERS: Final = ("filter", "filter-lang", "filter-crs")


def openapi_document(configuration: dict[str, Any]) -> bytes:
    """Return the OpenAPI 3.0 document of a configuration, as JSON.

    Every reference is answered inside of the document: it can be read without a network. QGIS takes its page size
    from ``components.parameters.limit``.
    """
    document = get_oas(configuration)
    for name in _DROPPED_PARAMETERS:
        del document["components"]["parameters"][name]
    for path, methods in document["paths"].items():
        if path.endswith("/items"):
            methods["get"]["parameters"] += [reference("parameters", name) for name in _FILTER_PARAMETERS]
    used = {tag for methods in document["paths"].values() for method in methods.values() for tag in method["tags"]}
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    closed = _closed(document)
    for kind, components in COMPONENTS.items():
        closed["components"][kind].update(components)
    return orjson.dumps(closed)


def _closed(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a part of the document with its references turned to its own components."""
    if isinstance(node, list):
        return [_closed(item) for item in node if not _is_dropped(item)]
    if not isinstance(node, dict):
        return node
    if node.get("name") == "limit" and node.get("in") == "query":
        return reference("parameters", "limit")
    target = node.get("$ref")
    if isinstance(target, str) and target.startswith("http"):
        _, is_fragment, fragment = target.partition("#")
        return {"$ref": f"#{fragment}"} if is_fragment else _FILES[target.rpartition("/")[2]]
    return {key: _closed(value) for key, value in node.items()}


def _is_dropped(node: object) -> bool:
    return isinstance(node, dict) and str(node.get("$ref")).rpartition("/")[2] in _DROPPED_PARAMETERS
