"""Surveys: questionnaires about firms, one version a file in ``surveys/``; the file's name is the id.

A version says what it asks, what the answers add up to, which firms it is about and how estimates are made. Two
versions are compared through :func:`compare` only: a change of questionnaire is not a change of firms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from atlante.catalogue.folders import definition_files
from atlante.catalogue.tables import Table, refuse
from atlante.catalogue.text import Text, misplaced, read_definition
from atlante.errors import IncomparableVersions, UnknownSurvey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

type Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=48)]
type Share = Annotated[float, Field(gt=0, lt=1)]
type Divisions = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(-[0-9]{2})?$")]

type Margin = Literal["province", "region", "sector", "size"]

SURVEYS: Final = "surveys"
_ESTIMATES: Final = ("basic", "mean-score")
_AT_LEAST: Final = "at-least-"


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that stand there more than once."""
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]


def reserved(names: Iterable[str]) -> list[str]:
    """Return the names that estimates use themselves: ``basic``, ``mean-score`` and ``at-least-…``."""
    return [name for name in names if name in _ESTIMATES or name.startswith(_AT_LEAST)]


class Item(Table):
    """One question.

    Attributes
    ----------
    code
        The same code in two versions means the same question.
    kind, highest
        ``yes-no`` gives 0 or 1; ``scale`` whole numbers from 0 to `highest`.
    eurostat
        The code of the indicator in Eurostat's dictionary INDIC_IS, where it is known.
    share
        Share of firms with 10 persons or more that said yes, as published; for invented answers only.
    """

    code: Slug
    title: Text
    kind: Literal["yes-no", "scale"] = "yes-no"
    highest: Annotated[int, Field(ge=1, le=100)] = 1
    eurostat: str | None = None
    share: Share | None = None

    @model_validator(mode="after")
    def _yes_is_one(self) -> Self:
        if self.kind == "yes-no" and self.highest != 1:
            raise refuse("a yes-no item gives 1 at most; leave out 'highest', or use kind = 'scale'")
        return self


class Level(Table):
    """A range of scores, bounds included."""

    id: Slug
    title: Text
    lowest: Annotated[int, Field(ge=0)]
    highest: Annotated[int, Field(ge=0)]


class SizeClass(Table):
    """Firms by persons employed, bounds included; without `highest`, all from `lowest` on."""

    id: str
    lowest: Annotated[int, Field(ge=0)]
    highest: int | None = None

    def holds(self, lowest: int, highest: int | None) -> bool:
        """Return whether a class of a register lies in this one entirely."""
        if self.highest is None:
            return lowest >= self.lowest
        return lowest >= self.lowest and highest is not None and highest <= self.highest


class SectorGroup(Table):
    """Activities that are weighted together: divisions of ATECO, or ranges of them."""

    id: Slug
    title: Text
    divisions: Annotated[tuple[Divisions, ...], Field(min_length=1)]

    def codes(self) -> tuple[str, ...]:
        """Return the divisions, two digits each.

        >>> SectorGroup(id="x", title=Text(it="", en="", de=""), divisions=("09-11", "45")).codes()
        ('09', '10', '11', '45')
        """
        bounds = (text.partition("-") for text in self.divisions)
        return tuple(f"{n:02}" for low, _, high in bounds for n in range(int(low), int(high or low) + 1))


class Population(Table):
    """The firms that a survey is about: those of its size classes and sectors."""

    sizes: Annotated[tuple[SizeClass, ...], Field(min_length=1)]
    sectors: Annotated[tuple[SectorGroup, ...], Field(min_length=1)]

    @field_validator("sectors")
    @classmethod
    def _each_division_once(cls, sectors: tuple[SectorGroup, ...]) -> tuple[SectorGroup, ...]:
        twice = repeated(code for sector in sectors for code in sector.codes())
        if twice:
            raise refuse(f"the divisions {', '.join(twice)} are in two sectors; each belongs to one")
        return sectors


class Estimation(Table):
    """How estimates are made of the answers.

    Attributes
    ----------
    minimum_answered
        Items that a firm must have answered to be scored at all.
    margins
        By what answers are weighted to the register.
    minimum_respondents
        Estimates on fewer firms are of low reliability, whatever their coefficient of variation.
    minimum_cell
        Categories of a margin with fewer respondents are weighted together with their neighbour.
    largest_weight
        In multiples of the mean weight: larger ones are trimmed.
    low_reliability_cv
        Coefficient of variation above which an estimate is of low reliability.
    confidence
        Level of the intervals.
    """

    minimum_answered: Annotated[int, Field(ge=1)]
    margins: Annotated[tuple[Margin, ...], Field(min_length=1)] = ("region", "sector", "size")
    minimum_respondents: Annotated[int, Field(ge=2)] = 10
    minimum_cell: Annotated[int, Field(ge=1)] = 5
    largest_weight: Annotated[float, Field(gt=1)] = 6.0
    low_reliability_cv: Share = 0.166
    confidence: Share = 0.95


class Published(Table):
    """A published result: the share of firms of a size that reach a level, by the level's id."""

    sizes: Annotated[tuple[str, ...], Field(min_length=1)]
    at_least: dict[str, Share]
    source: str


class Survey(Table):
    """One version of a questionnaire.

    Attributes
    ----------
    survey_id
        The file's name.
    family, version
        Surveys of one family measure one thing by different questions.
    same_as
        Versions of the family that ask the same, by id. All others can't be compared with this one.
    levels
        From low to high, without gaps from 0 to the highest score; none: the answers are not added up.
    basic_from
        The score from which a firm has the basic level.
    published
        Results that invented answers are calibrated to.
    """

    file_name_field: ClassVar[str | None] = "survey_id"

    survey_id: str
    family: Slug
    version: str
    title: Text
    definition: Text
    source: str
    same_as: tuple[str, ...] = ()
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    levels: tuple[Level, ...] = ()
    basic_from: int | None = None
    population: Population
    estimation: Estimation
    published: tuple[Published, ...] = ()

    @field_validator("items")
    @classmethod
    def _each_code_once(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        twice = repeated(item.code for item in items)
        if twice:
            raise refuse(f"the codes {', '.join(twice)} stand there twice; each item has its own")
        return items

    @field_validator("levels")
    @classmethod
    def _each_level_once(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        names = [level.id for level in levels]
        if repeated(names):
            raise refuse(f"the ids {', '.join(repeated(names))} stand there twice; each level has its own")
        if reserved(names):
            raise refuse(f"{reserved(names)[0]!r} is the name of an estimate of all levels; give the level another id")
        return levels

    @model_validator(mode="after")
    def _levels_cover_all_scores(self) -> Self:
        highest = sum(item.highest for item in self.items)
        if self.levels:
            bounds = [(level.lowest, level.highest) for level in self.levels]
            expected = [0, *(high + 1 for _, high in bounds)]
            if [low for low, _ in bounds] != expected[:-1] or expected[-1] != highest + 1:
                raise refuse(f"levels: they must follow each other without gaps from 0 to {highest}")
        if (self.basic_from is None) != (not self.levels):
            raise refuse("basic_from: it belongs to levels, and levels need it")
        if self.levels and self.basic_from not in {level.lowest for level in self.levels[1:]}:
            raise refuse("basic_from: a level above the first must begin there")
        if self.estimation.minimum_answered > len(self.items):
            raise refuse(f"estimation.minimum_answered: there are {len(self.items)} items")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the items, in order."""
        return tuple(item.code for item in self.items)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether results of two surveys may be compared, and why not.

    Attributes
    ----------
    reason
        In words; empty where they may be.
    only_first, only_second
        Codes of items that one of them asks alone.
    """

    first: str
    second: str
    reason: str
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether a difference of results is one of firms."""
        return not self.reason


def compare(first: Survey, second: Survey) -> Comparison:
    """Return whether results of two surveys may be compared: a mere flag, for those who show both with the reason.

    Italian SMEs at the basic level of the Digital Intensity Index were 60.3 % in 2021, 69.9 % in 2022 and 60.7 % in
    2023 (Istat, Imprese e ICT): what changed were the questions.
    """
    only_first = tuple(code for code in first.codes if code not in second.codes)
    only_second = tuple(code for code in second.codes if code not in first.codes)
    reason = _difference(first, second, only_first, only_second)
    return Comparison(first.survey_id, second.survey_id, reason, only_first, only_second)


def require_comparable(first: Survey, second: Survey) -> None:
    """Refuse a comparison over a change of questionnaire.

    Raises
    ------
    IncomparableVersions
        If the surveys ask different things; names the items.
    """
    comparison = compare(first, second)
    if not comparison.is_comparable:
        raise IncomparableVersions(first.survey_id, second.survey_id, comparison.reason)


def _difference(first: Survey, second: Survey, only_first: Sequence[str], only_second: Sequence[str]) -> str:
    if first.survey_id == second.survey_id:
        return ""
    if first.family != second.family:
        return f"they measure different things ({first.family}, {second.family})."
    if only_first or only_second:
        asked = "; ".join(
            f"{survey.version} alone asks {', '.join(codes)}"
            for survey, codes in ((first, only_first), (second, only_second))
            if codes
        )
        return f"the questionnaire changed between them: {asked}."
    if second.survey_id not in first.same_as and first.survey_id not in second.same_as:
        return "their items have the same codes, but neither file states the other in 'same_as'."
    return ""


def load_surveys(catalogue_dir: Path, extra_dir: Path | None = None) -> dict[str, Survey]:
    """Return the surveys in ``surveys/*.toml`` of a catalogue and of a user's folder beside it, by id: the file's name.

    Raises
    ------
    InvalidDefinition
        If one says something that can't be, or two files define one id; names file, line and key.
    """
    files = definition_files(catalogue_dir, extra_dir, SURVEYS)
    surveys = {name: read_definition(file, Survey, survey_id=name) for name, file in files.items()}
    for name, survey in surveys.items():
        for other in survey.same_as:
            if other not in surveys:
                known = ", ".join(surveys)
                raise misplaced(files[name], ("same_as",), f"there is no survey {other!r}; there are {known}")
    return surveys


def survey_of(surveys: Mapping[str, Survey], survey_id: str) -> Survey:
    """Return a survey by its id.

    Raises
    ------
    UnknownSurvey
        If there is none; names those that there are.
    """
    if survey_id not in surveys:
        raise UnknownSurvey(survey_id, surveys)
    return surveys[survey_id]
