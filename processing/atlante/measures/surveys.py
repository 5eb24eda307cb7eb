"""Estimates from surveys, each made once for all indicators that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlante.errors import UnweightableSample
from atlante.maturity import Estimates, Material, estimate, read_answers, read_material

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from atlante.catalogue.kinds import SurveyEstimate
    from atlante.catalogue.maturity import MaturityModel
    from atlante.catalogue.surveys import Survey
    from atlante.database import Connection


class Surveys:
    """The surveys of a catalogue, with the firms of one build.

    Parameters
    ----------
    surveys, models
        By id.
    """

    def __init__(
        self,
        connection: Connection,
        surveys: Mapping[str, Survey],
        models: Mapping[str, MaturityModel],
        *,
        source_id: str,
        reference_date: dt.date,
        vintage_id: str,
    ) -> None:
        self._connection, self._surveys, self._models = connection, surveys, models
        self._source_id, self._reference_date, self._vintage_id = source_id, reference_date, vintage_id
        self._material: dict[str, Material | None] = {}
        self._made: dict[tuple[str, str | None, tuple[str, ...]], Estimates | None] = {}

    def estimated(self, spec: SurveyEstimate) -> Estimates | None:
        """Return the estimates that an indicator is one of; None where answers allow none."""
        together = spec.levels if len(spec.levels) > 1 else ()
        key = (spec.survey, spec.model or spec.item, together)
        if key not in self._made:
            self._made[key] = self._estimate(spec, together)
        return self._made[key]

    def _estimate(self, spec: SurveyEstimate, together: tuple[str, ...]) -> Estimates | None:
        survey_id = spec.survey
        survey = self._surveys.get(survey_id)
        if survey is None or (spec.model is not None and spec.model not in self._models):
            return None
        if survey_id not in self._material:
            self._material[survey_id] = self._read(survey)
        material = self._material[survey_id]
        if material is None:
            return None
        try:
            return estimate(
                material.answers,
                material.firms,
                survey,
                population=material.population,
                territories=material.territories,
                of=spec.item if spec.model is None else self._models[spec.model],
                together=(together,) if together else (),
            )
        except UnweightableSample:
            return None

    def _read(self, survey: Survey) -> Material | None:
        """Return what estimates are made of; None where nobody answered, or nobody of the register."""
        if read_answers(self._connection, survey.survey_id, until=self._reference_date).empty:
            return None
        material = read_material(
            self._connection,
            survey,
            source_id=self._source_id,
            reference_date=self._reference_date,
            vintage_id=self._vintage_id,
        )
        return None if material.firms.empty else material
