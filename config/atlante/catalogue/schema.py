"""The JSON Schemas of the catalogue's files, made from the models: editors complete and check with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_jsonable_python

from atlante.catalogue.context import ContextTable
from atlante.catalogue.expressions import ALL
from atlante.catalogue.group_files import FilieraFile, SectorFile
from atlante.catalogue.indicator import KIND_NAMES, Indicator
from atlante.catalogue.maturity import MaturityModel
from atlante.catalogue.surveys import Survey

if TYPE_CHECKING:
    from atlante.catalogue.tables import Table

DIALECT: Final = "http://json-schema.org/draft-07/schema#"  # the one that editors of TOML know
FOLDER: Final = "schema"

_EVERY_FIRM: Final = to_jsonable_python(ALL)


def schemas() -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    indicator = _schema(Indicator, "Indicator")
    indicator["oneOf"] = [{"required": [kind]} for kind in KIND_NAMES]
    return {
        "indicator.schema.json": _text(indicator),
        "context.schema.json": _text(_schema(ContextTable, "Context table")),
        "filiera.schema.json": _text(_schema(FilieraFile, "Filiera")),
        "maturity.schema.json": _text(_schema(MaturityModel, "Model of maturity")),
        "sector.schema.json": _text(_schema(SectorFile, "Sector")),
        "survey.schema.json": _text(_schema(Survey, "Survey")),
    }


def _schema(model: type[Table], title: str) -> dict[str, Any]:
    """Return the schema of the files of a model; their id is their name, and not in them."""
    schema = model.model_json_schema(by_alias=True, mode="validation", ref_template="#/definitions/{model}")
    schema["definitions"] = schema.pop("$defs", {})
    schema["properties"].pop(model.file_name_field, None)
    schema["required"] = [name for name in schema["required"] if name != model.file_name_field]
    _tidy(schema)
    return {"$schema": DIALECT, **schema, "title": title}


def _tidy(schema: Any) -> None:  # noqa: ANN401 - any part of a schema
    """Take out null, which TOML does not have, and write the default of conditions as they are written."""
    if isinstance(schema, list):
        for part in schema:
            _tidy(part)
    if not isinstance(schema, dict):
        return
    if schema.get("default", "") is None:
        del schema["default"]
    if schema.get("default") == _EVERY_FIRM:
        schema["default"] = ALL.text
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1 and "anyOf" in schema:
        del schema["anyOf"]
        schema.update(options[0])
    elif options:
        schema["anyOf"] = options
    for part in schema.values():
        _tidy(part)


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
