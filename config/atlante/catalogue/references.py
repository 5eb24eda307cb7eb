"""What indicators say of each other and of the rest of the catalogue: that it is there, and fits."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atlante.catalogue.activities import STAGES, load_sectors
from atlante.catalogue.context import ALWAYS_THERE, load_context
from atlante.catalogue.lines import line_of
from atlante.catalogue.maturity import load_models
from atlante.catalogue.surveys import load_surveys
from atlante.errors import InvalidDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from atlante.catalogue.indicator import Indicator
    from atlante.catalogue.maturity import MaturityModel
    from atlante.catalogue.surveys import Survey

type Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that is wrong with an indicator beside others.

    Attributes
    ----------
    key
        The key path in its file.
    """

    indicator: str
    key: Key
    problem: str

    def error(self, files: Mapping[str, Path]) -> InvalidDefinition:
        """Return the error that names file, line and key."""
        path = files[self.indicator]
        line = line_of(path.read_text(encoding="utf-8"), self.key)
        return InvalidDefinition(path, ".".join(map(str, self.key)), self.problem, line=line)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The rest of the catalogue, as far as indicators refer to it.

    Attributes
    ----------
    sectors, context
        Ids of sectors and of context variables.
    """

    sectors: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset(ALWAYS_THERE)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    models: Mapping[str, MaturityModel] = field(default_factory=dict)


def load_surroundings(catalogue_dir: Path, extra_dir: Path | None) -> Surroundings:
    """Return what a catalogue, and a user's folder beside it, hold besides indicators.

    Raises
    ------
    InvalidDefinition
        If a file of a sector, a context table, a survey or a model is not what it should be.
    """
    tables = load_context(catalogue_dir, extra_dir).values()
    surveys = load_surveys(catalogue_dir, extra_dir)
    return Surroundings(
        frozenset(load_sectors(catalogue_dir, *((extra_dir,) if extra_dir else ()))),
        frozenset((*ALWAYS_THERE, *(name for table in tables for name in table.variables))),
        surveys,
        load_models(catalogue_dir, surveys, extra_dir),
    )


def misfits(indicators: Mapping[str, Indicator], around: Surroundings) -> Iterator[Misfit]:
    """Return what is wrong between indicators and the rest of the catalogue.

    Cycles and protection are looked at only where every indicator that is named is there.
    """
    missing = [*_missing(indicators)]
    yield from missing
    for indicator in indicators.values():
        yield from _surrounding_misfits(indicator, around)
    if not missing:
        yield from _breakdown_misfits(indicators)
        yield from _cycles(indicators)
        yield from _unprotected(indicators)


def near(name: str, known: Iterable[str]) -> str:
    """Return a question for the names that are written like another one, or all of them where none is."""
    names = sorted(known)
    similar = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if similar:
        return f"Did you mean {' or '.join(map(repr, similar))}?"
    return f"Known are {', '.join(map(repr, names))}." if names else "There is none at all."


def _named(indicator: Indicator) -> Iterator[tuple[Key, str]]:
    """Return the key of every other indicator that is named, and its id."""
    if indicator.growth is not None:
        yield ("growth", "of"), indicator.growth.of
    if indicator.composite is not None:
        for number, part in enumerate(indicator.composite.parts):
            yield ("composite", "parts", number, "indicator"), part.indicator


def _missing(indicators: Mapping[str, Indicator]) -> Iterator[Misfit]:
    for name, indicator in indicators.items():
        for key, other in _named(indicator):
            if other not in indicators:
                yield Misfit(name, key, f"there is no indicator {other!r}. {near(other, indicators)}")
            elif indicators[other].period == "registration-year":
                yield Misfit(name, key, f"{other!r} has a value for each year of registration, and none to compare")


def _breakdown_misfits(indicators: Mapping[str, Indicator]) -> Iterator[Misfit]:
    """Return the breakdowns of indicators that one of those that they are computed from does not have."""
    for name, indicator in indicators.items():
        asked = indicator.breakdowns
        for _, other in _named(indicator):
            has = indicators[other].breakdowns
            lacking = [key for key in ("filiera", "stage") if getattr(asked, key) and not getattr(has, key)]
            lacking += ["by"] if set(asked.by) - set(has.by) else []
            for key in lacking:
                problem = f"it is computed from {other!r}, which is not broken down so: leave it out, or add it there"
                yield Misfit(name, ("breakdowns", key), problem)


def _surrounding_misfits(indicator: Indicator, around: Surroundings) -> Iterator[Misfit]:
    """Return the sectors, context variables, stages and surveys that an indicator names and that are not there."""
    name, needs = indicator.id, indicator.needs
    for sector in sorted(needs.sectors - around.sectors):
        yield Misfit(name, (indicator.kind,), f"there is no sector {sector!r}. {near(sector, around.sectors)}")
    if indicator.contextual is not None:
        for key in ("of", "per"):
            variable = getattr(indicator.contextual, key)
            if variable is not None and variable not in around.context:
                problem = f"there is no context variable {variable!r}. {near(variable, around.context)}"
                yield Misfit(name, ("contextual", key), problem)
    if indicator.co_location is not None:
        for number, stage in enumerate(indicator.co_location.stages):
            if stage not in STAGES:
                problem = f"there is no stage {stage!r}. {near(stage, STAGES)}"
                yield Misfit(name, ("co-location", "stages", number), problem)
    yield from _survey_misfits(indicator, around)


def _survey_misfits(indicator: Indicator, around: Surroundings) -> Iterator[Misfit]:
    asked = indicator.survey
    if asked is None:
        return
    survey = around.surveys.get(asked.survey)
    if survey is None:
        problem = f"there is no survey {asked.survey!r}. {near(asked.survey, around.surveys)}"
        yield Misfit(indicator.id, ("survey", "survey"), problem)
        return
    if asked.item is not None and asked.item not in survey.codes:
        problem = f"the survey {asked.survey!r} does not ask {asked.item!r}. {near(asked.item, survey.codes)}"
        yield Misfit(indicator.id, ("survey", "item"), problem)
    scales = [item.code for item in survey.items if item.kind == "scale"]
    if asked.item in scales:
        problem = f"{asked.item!r} is a scale, which nobody answers with yes; expected a yes-no item, or a 'score'"
        yield Misfit(indicator.id, ("survey", "item"), problem)
    model = around.models.get(asked.model) if asked.model else None
    if asked.model and model is None:
        problem = f"there is no model of maturity {asked.model!r}. {near(asked.model, around.models)}"
        yield Misfit(indicator.id, ("survey", "model"), problem)
        return
    if model is not None and model.survey != asked.survey:
        problem = f"the model {asked.model!r} is made of answers to {model.survey!r}; expected that survey"
        yield Misfit(indicator.id, ("survey", "survey"), problem)
    possible = [each.id for each in (model.profiles if model else survey.levels)]
    for number, level in enumerate(asked.levels):
        if level not in possible:
            problem = f"there is no level or profile {level!r}. {near(level, possible)}"
            yield Misfit(indicator.id, ("survey", "levels", number), problem)
    if asked.of == "basic" and survey.basic_from is None:
        problem = f"the survey {asked.survey!r} has no basic level; expected 'item'"
        yield Misfit(indicator.id, ("survey", "of"), problem)


def _cycles(indicators: Mapping[str, Indicator]) -> Iterator[Misfit]:
    """Return each cycle of indicators that are computed from themselves, with the way that leads back."""
    cleared: set[str] = set()

    def back(name: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in cleared:
            return None
        found = next((cycle for _, other in _named(indicators[name]) if (cycle := back(other, (*way, name)))), None)
        cleared.add(name)
        return found

    for name in indicators:
        cycle = back(name, ())
        if cycle:
            key = next(key for key, other in _named(indicators[cycle[0]]) if other == cycle[1])
            yield Misfit(cycle[0], key, f"it is computed from itself: {' → '.join(cycle)}; break the circle")


def _unprotected(indicators: Mapping[str, Indicator]) -> Iterator[Misfit]:
    """Return the public indicators that are computed from a protected one, which they would tell."""
    for name, indicator in indicators.items():
        for _, other in _named(indicator):
            if indicator.disclosure == "public-register" and indicators[other].disclosure == "threshold":
                problem = f"it is computed from {other!r}, which is protected; expected 'threshold'"
                yield Misfit(name, ("disclosure",), problem)
