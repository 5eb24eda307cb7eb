"""What a build needs of the catalogue beside indicators."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlante.catalogue.activities import ActivityGroup
    from atlante.catalogue.maturity import MaturityModel
    from atlante.catalogue.surveys import Survey


@dataclass(frozen=True, slots=True)
class Definitions:
    """What the catalogue defines beside indicators, by id."""

    filiere: Mapping[str, ActivityGroup] = field(default_factory=dict)
    sectors: Mapping[str, ActivityGroup] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    models: Mapping[str, MaturityModel] = field(default_factory=dict)
