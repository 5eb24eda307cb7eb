"""Models of digital maturity: one file each in ``maturity/``; the file's name is the id.

A model says which items of a survey make which axis, what each weighs, and from which score on a firm has which
profile.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self

from pydantic import Field, field_validator, model_validator

from atlante.catalogue.folders import definition_files
from atlante.catalogue.surveys import Slug, repeated, reserved
from atlante.catalogue.tables import Table, refuse
from atlante.catalogue.text import Text, misplaced, read_definition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atlante.catalogue.surveys import Survey

type Weight = Annotated[float, Field(gt=0)]

MODELS: Final = "maturity"
HIGHEST: Final = 100.0


class Axis(Table):
    """One side of maturity: a weighted mean of items, each between nothing and its highest answer.

    Attributes
    ----------
    weight
        Of the axis in the whole.
    items
        Codes of the survey's items, with their weights in the axis.
    """

    id: Slug
    title: Text
    weight: Weight
    items: Annotated[dict[str, Weight], Field(min_length=1)]


class Profile(Table):
    """Firms whose score is at least `lowest`, and below the next profile's; scores go from 0 to 100."""

    id: Slug
    title: Text
    lowest: Annotated[float, Field(ge=0, lt=HIGHEST)]


class MaturityModel(Table):
    """A declared model of maturity.

    Attributes
    ----------
    model_id
        The file's name.
    is_own
        Whether the weights and cut-offs are the choice of who wrote this file, and nobody else's. It must be said.
    survey
        The version whose answers it is made of.
    minimum_answered
        Of the model's items, how many a firm must have answered to be scored at all.
    profiles
        From low to high; the first begins at 0.
    """

    file_name_field: ClassVar[str | None] = "model_id"

    model_id: str
    title: Text
    definition: Text
    source: str
    is_own: bool
    survey: str
    minimum_answered: Annotated[int, Field(ge=1)]
    axes: Annotated[tuple[Axis, ...], Field(min_length=1)]
    profiles: Annotated[tuple[Profile, ...], Field(min_length=2)]

    @field_validator("axes")
    @classmethod
    def _each_item_in_one_axis(cls, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        twice = repeated(axis.id for axis in axes) or repeated(code for axis in axes for code in axis.items)
        if twice:
            raise refuse(f"{', '.join(twice)} stands there twice; each axis has its own name, each item one axis")
        return axes

    @field_validator("profiles")
    @classmethod
    def _rising_from_0(cls, profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
        lowest = [profile.lowest for profile in profiles]
        if lowest[0] != 0 or any(low >= high for low, high in pairwise(lowest)):
            raise refuse("'lowest' must rise from profile to profile, and be 0 in the first")
        twice = repeated(profile.id for profile in profiles)
        if twice:
            raise refuse(f"{', '.join(twice)} stands there twice; each profile has its own id")
        taken = reserved(profile.id for profile in profiles)
        if taken:
            raise refuse(f"{taken[0]!r} is the name of an estimate of all profiles; give the profile another id")
        return profiles

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if self.minimum_answered > len(self.codes):
            raise refuse(f"minimum_answered: the axes have {len(self.codes)} items")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all items, axis by axis."""
        return tuple(code for axis in self.axes for code in axis.items)


def load_models(
    catalogue_dir: Path, surveys: Mapping[str, Survey], extra_dir: Path | None = None
) -> dict[str, MaturityModel]:
    """Return the models in ``maturity/*.toml`` of a catalogue and of a user's folder beside it, by id: the file's name.

    Raises
    ------
    InvalidDefinition
        If one says something that can't be, such as an item that its survey does not ask, or two files define one id;
        names file, line and key.
    """
    models = {}
    for name, file in definition_files(catalogue_dir, extra_dir, MODELS).items():
        model = read_definition(file, MaturityModel, model_id=name)
        if model.survey not in surveys:
            known = ", ".join(surveys)
            raise misplaced(file, ("survey",), f"there is no survey {model.survey!r}; there are {known}")
        _check_items(file, model, surveys[model.survey])
        models[name] = model
    return models


def _check_items(path: Path, model: MaturityModel, survey: Survey) -> None:
    for place, axis in enumerate(model.axes):
        for code in axis.items:
            if code not in survey.codes:
                known = ", ".join(survey.codes)
                problem = f"{survey.survey_id} asks no {code!r}; it asks {known}"
                raise misplaced(path, ("axes", place, "items"), problem)
