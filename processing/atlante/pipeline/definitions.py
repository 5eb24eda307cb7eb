"""What the catalogue defines beside the indicators, read from its folder and the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.catalogue.activities import load_filiere, load_sectors
from atlante.catalogue.maturity import load_models
from atlante.catalogue.surveys import load_surveys
from atlante.measures import Definitions

if TYPE_CHECKING:
    from pathlib import Path


def read_definitions(catalogue_dir: Path, extra_catalogue_dir: Path | None) -> Definitions:
    """Return filiere, sectors, surveys and models of maturity.

    Raises
    ------
    InvalidDefinition
        If a file is wrong, or two define one id.
    """
    folders = (catalogue_dir, *((extra_catalogue_dir,) if extra_catalogue_dir else ()))
    surveys = load_surveys(catalogue_dir, extra_catalogue_dir)
    models = load_models(catalogue_dir, surveys, extra_catalogue_dir)
    return Definitions(load_filiere(*folders), load_sectors(*folders), surveys, models)
