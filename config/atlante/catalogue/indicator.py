"""One indicator: what a file in ``indicators/`` may say, checked key by key.

What an indicator is computed from is in the table of its kind (:mod:`atlante.catalogue.kinds`). Conditions and numbers
are expressions over columns of the register (:mod:`atlante.catalogue.expressions`), never SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from atlante.catalogue.expressions import undecided
from atlante.catalogue.kinds import (
    Breakdown,
    CoLocation,
    Completeness,
    Composite,
    Contextual,
    Count,
    Diversity,
    Growth,
    IndicatorId,
    Inequality,
    Kind,
    LocationQuotient,
    Mean,
    Rate,
    Share,
    SliceShare,
    Specialisation,
    SurveyEstimate,
    Survival,
    Unknown,
)
from atlante.catalogue.levels import Level
from atlante.catalogue.measures import ALL_FIRMS, Measure
from atlante.catalogue.periods import SeriesBreak
from atlante.catalogue.tables import Table, quoted, refuse
from atlante.catalogue.text import Text

Theme = Literal["business-demography", "innovation", "digitalisation", "structure", "filiera", "context", "inclusion"]
KindName = Literal[
    "count", "share", "slice-share", "rate", "mean", "location-quotient", "diversity", "specialisation", "inequality",
    "co-location", "completeness", "survival", "growth", "contextual", "survey", "composite",
]  # fmt: skip
IntervalMethod = Literal["garwood", "wilson", "student", "mover", "greenwood", "design", "none"]
Smoothing = Literal["none", "empirical-bayes", "empirical-bayes-spatial"]

INTERVALS: Final[dict[KindName, tuple[IntervalMethod, ...]]] = {
    "count": ("garwood", "none"),
    "rate": ("garwood", "none"),
    "share": ("wilson", "none"),
    "slice-share": ("wilson", "none"),
    "mean": ("student", "none"),
    "location-quotient": ("mover", "none"),
    "survival": ("wilson", "greenwood", "none"),
    "survey": ("design", "none"),
}
SERVED_SUFFIXES: Final = ("_low", "_high", "_firms", "_status", "_period")  # of properties beside an indicator's own
_SMOOTHED: Final = ("share", "rate")
_CAN_BE_PROTECTED: Final = ("share", "slice-share", "mean", "location-quotient", "growth", "survey", "composite")
_OF_SLICES: Final = ("slice-share", "co-location", "completeness")


class Breakdowns(Table):
    """The slices that an indicator is published of, beside all firms.

    Attributes
    ----------
    filiera
        Whether of every filiera.
    stage
        Whether of every stage of every filiera.
    by
        Categories of firms, each for itself.
    """

    filiera: bool = False
    stage: bool = False
    by: tuple[Literal["size_class", "legal_form"], ...] = ()

    @property
    def given(self) -> frozenset[Breakdown]:
        """The keys that ask for something."""
        keys: tuple[Breakdown, ...] = ("filiera", "stage", "by")
        return frozenset(key for key in keys if getattr(self, key))


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be there for an indicator to be computed; where any of it is not, it is not available.

    Attributes
    ----------
    columns
        Of the register: a source without one of them, or of which no row has a value, can't tell.
    registers
        Ids of the sources that the indicator is about; empty: any register.
    sectors
        Ids of sectors of the catalogue.
    context
        Context variables.
    indicators
        Ids of the indicators that it is computed from.
    survey
        The id of a version of a questionnaire; None: none.
    has_past
        Whether an earlier reference date of the source is needed.
    """

    columns: frozenset[str]
    registers: tuple[str, ...]
    sectors: frozenset[str]
    context: frozenset[str]
    indicators: tuple[str, ...]
    survey: str | None
    has_past: bool


class Indicator(Table):
    """What is published of every territory, and how it follows from firms.

    Attributes
    ----------
    id
        The file's name; names of served properties begin with it.
    theme
        Under which it is listed.
    position
        Order of publication; where it is equal, by id.
    title, definition, source
        In three languages. The definition says what a reader must know to use the number rightly.
    unit, digits
        Of the value; digits after the point when it is published.
    polarity
        Whether more is better.
    interval
        How the interval is computed: ``garwood``, exact of a Poisson count; ``wilson``, score of a share; ``student``,
        of a mean; ``mover``, of a ratio of shares from their Wilson limits; ``greenwood``, of survival; ``design``, by
        the weights of a sample; ``none``: there is none.
    smoothing
        Whether rates of small territories are also published drawn towards their like.
    disclosure
        ``public-register``: published as it is; ``threshold``: withheld where it rests on too few firms.
    minimum
        Smallest denominator that a value is given for; below it is not available.
    levels
        At which it is published.
    registers
        Ids of the sources that it is about; left out: any register. Of others it is not available.
    breakdowns
        The slices that it is published of.
    series_breaks
        Days from which values can't be compared with those before.
    """

    file_name_field: ClassVar[str | None] = "id"

    id: IndicatorId
    theme: Theme
    position: int = Field(default=1000, ge=1)
    title: Text
    definition: Text
    source: Text
    unit: str = Field(min_length=1)
    digits: int = Field(ge=0, le=6)
    polarity: Literal["positive", "negative", "neutral"]
    interval: IntervalMethod
    smoothing: Smoothing = "none"
    disclosure: Literal["public-register", "threshold"]
    minimum: int = Field(default=1, ge=1)
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = tuple(Level)
    registers: tuple[str, ...] = ()
    breakdowns: Breakdowns = Breakdowns()
    series_breaks: tuple[SeriesBreak, ...] = ()

    count: Count | None = None
    share: Share | None = None
    slice_share: SliceShare | None = Field(default=None, alias="slice-share")
    rate: Rate | None = None
    mean: Mean | None = None
    location_quotient: LocationQuotient | None = Field(default=None, alias="location-quotient")
    diversity: Diversity | None = None
    specialisation: Specialisation | None = None
    inequality: Inequality | None = None
    co_location: CoLocation | None = Field(default=None, alias="co-location")
    completeness: Completeness | None = None
    survival: Survival | None = None
    growth: Growth | None = None
    contextual: Contextual | None = None
    survey: SurveyEstimate | None = None
    composite: Composite | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_one_kind(cls, table: object) -> object:
        if isinstance(table, dict):
            given = [name for name in KIND_NAMES if name in table]
            if not given:
                raise refuse(f"there is no table of a kind; one of these is needed: {quoted(KIND_NAMES)}")
            if len(given) > 1:
                raise refuse(f"there are tables of several kinds, {quoted(given)}; keep one")
        return table

    @field_validator("id")
    @classmethod
    def _is_no_served_property(cls, name: str) -> str:
        if name.endswith(SERVED_SUFFIXES):
            raise refuse(f"{name!r} would be taken for a property of another indicator: don't end in {SERVED_SUFFIXES}")
        return name

    @field_validator("title", "definition", "source")
    @classmethod
    def _is_said_in_each_language(cls, text: Text) -> Text:
        for language, words in text.as_dict().items():
            if not words.strip():
                raise refuse("it is blank; expected a text in Italian, English and German", key=language)
        return text

    @field_validator("breakdowns")
    @classmethod
    def _stages_are_of_filiere(cls, breakdowns: Breakdowns) -> Breakdowns:
        if breakdowns.stage and not breakdowns.filiera:
            raise refuse("a stage is part of a filiera: stage = true needs filiera = true")
        return breakdowns

    @field_validator("series_breaks")
    @classmethod
    def _breaks_in_order(cls, breaks: tuple[SeriesBreak, ...]) -> tuple[SeriesBreak, ...]:
        days = [each.date for each in breaks]
        if days != sorted(set(days)):
            raise refuse("breaks stand in the order of their days, each day once")
        return breaks

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for key, problem in self._misfits():
            raise refuse(problem, key=key)
        return self

    def _misfits(self) -> list[tuple[str, str]]:
        """Return what does not fit the kind, by key."""
        kind, found = self.kind, []
        possible = INTERVALS.get(kind, ("none",))
        if self.interval not in possible:
            found.append(("interval", f"a {kind} has no {self.interval} interval; expected {quoted(possible)}"))
        if self.smoothing != "none" and kind not in _SMOOTHED:
            found.append(("smoothing", f"a {kind} is not smoothed; expected 'none', or a {' or a '.join(_SMOOTHED)}"))
        found.extend(self._disclosure_misfits())
        found.extend(self._breakdown_misfits())
        if self._is_of_municipalities and Level.MUNICIPALITY in self.levels:
            found.append(("levels", f"a {kind} compares municipalities: leave out 'municipality'"))
        return found

    def _breakdown_misfits(self) -> list[tuple[str, str]]:
        """Return the breakdowns that it can't be computed of, and those without which it has no value anywhere."""
        asked, possible, needed = self.breakdowns.given, self.spec.breakdowns, self.spec.needed_breakdowns
        there = f"possible is {quoted(sorted(possible))}" if possible else "it has none"
        found = [
            (f"breakdowns.{key}", f"a {self.kind} as defined here is not computed by {key!r}: leave it out; {there}")
            for key in sorted(asked - possible)
        ]
        missing = sorted(needed - asked)
        if missing:
            told = " and ".join(f"{key} = true" for key in missing)
            found.append(("breakdowns", f"a {self.kind} as defined here is one of filiere: {told} is needed"))
        return found

    def _disclosure_misfits(self) -> list[tuple[str, str]]:
        """Return what would show, or not protect, something that is not on the public register."""
        if self.disclosure == "threshold":
            if self.kind not in _CAN_BE_PROTECTED:
                allowed = quoted(_CAN_BE_PROTECTED)
                return [("disclosure", f"only {allowed} can be protected by a threshold; expected 'public-register'")]
            shown = f"how many firms it selects would be shown beside the protected {self.kind}"
            return [
                (f"{self.kind}.{key}", f"{shown}: use columns of the public register alone, or leave it out")
                for key, condition in self.spec.bases.items()
                if not condition.is_public
            ]
        private = sorted({name for each in self.spec.conditions for name in each.private_columns})
        if private or self.survey is not None:
            of = ", ".join(private) if private else "answers to a survey"
            return [("disclosure", f"{of}: not on the public register; expected 'threshold'")]
        return []

    @property
    def _is_of_municipalities(self) -> bool:
        return self.kind in ("inequality", "co-location")

    @property
    def kind(self) -> KindName:
        """The kind: the name of its table."""
        return next(name for name in KIND_NAMES if getattr(self, name.replace("-", "_")) is not None)

    @property
    def spec(self) -> Kind:
        """The table of its kind."""
        found: Kind = getattr(self, self.kind.replace("-", "_"))
        return found

    @property
    def period(self) -> Literal["reference-date", "registration-year"]:
        """Whether it has one value for the reference date, or one for each year of a cohort."""
        by_year = self.survival is not None or (self.count is not None and self.count.period == "registration-year")
        return "registration-year" if by_year else "reference-date"

    @property
    def unknown(self) -> Unknown | None:
        """What becomes of firms of which a share's numerator is unknown; None: it is no share."""
        return self.share.unknown if self.share else None

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that has to be counted for it."""
        return tuple({measure.id: measure for measure in self.spec.measures}.values())

    @property
    def counted(self) -> Measure:
        """The firms that its value rests on first of all: of a share the numerator, else those counted or spread."""
        if self.share is not None:
            return self.share.counted
        return self.measures[0] if self.measures else ALL_FIRMS

    @property
    def asked(self) -> Measure:
        """The firms among which the counted ones are looked for."""
        return self.share.asked if self.share is not None else ALL_FIRMS

    @property
    def undecided(self) -> Measure | None:
        """The firms of which it is unknown whether they are counted; None: it is known of all."""
        if self.share is not None:
            return self.share.undecided
        unknown = undecided(self.counted.where)
        return Measure(unknown, self.counted.of) if unknown is not None else None

    @property
    def needs(self) -> Needs:
        """What must be there for it to be computed."""
        measures, spec = self.measures, self.spec
        by_activity = isinstance(spec, Diversity | Specialisation) or self.kind in _OF_SLICES or _is_of_slice(spec)
        dates = {spec.date} if isinstance(spec, Survival | Count) and spec.date else set()
        columns = {name for measure in measures for name in measure.columns}
        return Needs(
            columns=frozenset(columns | dates | ({"activity_code"} if by_activity else set())),
            registers=self.registers,
            sectors=frozenset(name for measure in measures for name in measure.sectors),
            context=spec.context,
            indicators=spec.indicators,
            survey=spec.survey if isinstance(spec, SurveyEstimate) else None,
            has_past=isinstance(spec, Growth | Survival) or any(measure.of != "stock" for measure in measures),
        )


KIND_NAMES: Final[tuple[KindName, ...]] = (
    "count", "share", "slice-share", "rate", "mean", "location-quotient", "diversity", "specialisation", "inequality",
    "co-location", "completeness", "survival", "growth", "contextual", "survey", "composite",
)  # fmt: skip


def _is_of_slice(spec: Kind) -> bool:
    return isinstance(spec, LocationQuotient) and spec.is_of_slice
