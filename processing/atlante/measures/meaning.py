"""What the values of a build mean, in short: values of two builds are compared only where they mean the same."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.indicators import Catalogue
    from atlante.measures.definitions import Definitions

type Meanings = Mapping[str, Mapping[str, str]]


def meanings(catalogue: Catalogue, definitions: Definitions) -> dict[str, dict[str, str]]:
    """Return digests of all that decides the values of a build, as its recipe keeps them.

    Returns
    -------
    dict
        ``indicators``: by id, of how each is computed, whatever it is computed from among it; its titles, its unit, its
        levels and its place do not matter. ``filiere``: by id, of the codes of each.
    """
    return {
        "indicators": {name: _digest(_meaning(name, catalogue, definitions)) for name in catalogue.indicators},
        "filiere": {name: _digest(_codes(group)) for name, group in definitions.filiere.items()},
    }


def _meaning(name: str, catalogue: Catalogue, definitions: Definitions) -> dict[str, Any]:
    indicator = catalogue.indicators[name]
    needs, survey = indicator.needs, indicator.survey
    return {
        indicator.kind: indicator.spec.model_dump(mode="json", by_alias=True),
        "minimum": indicator.minimum,
        "sectors": {each: _codes(definitions.sectors[each]) for each in needs.sectors & definitions.sectors.keys()},
        "model": repr(definitions.models.get(survey.model)) if survey and survey.model else None,
        "from": {each: _meaning(each, catalogue, definitions) for each in needs.indicators},
    }


def _codes(group: ActivityGroup) -> dict[str, dict[str, list[str | float]]]:
    return {edition: {code: list(place) for code, place in members.items()} for edition, members in group.lists.items()}


def _digest(meaning: object) -> str:
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]
