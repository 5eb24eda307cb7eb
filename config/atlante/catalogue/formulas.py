"""How an indicator is computed, in mathematics and a few words, in three languages."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final, Literal, assert_never

from atlante.catalogue import kinds

if TYPE_CHECKING:
    from atlante.catalogue.indicator import Indicator
    from atlante.catalogue.measures import Measure

Language = Literal["it", "en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = ("it", "en", "de")

_POPULATIONS: Final = {
    "stock": ("imprese", "firms", "Unternehmen"),
    "previous": (
        "imprese alla data precedente",
        "firms on the previous date",
        "Unternehmen am vorigen Stichtag",
    ),
    "entries": ("imprese entrate", "firms that entered", "eingetretene Unternehmen"),
    "exits": ("imprese uscite", "firms that left", "ausgeschiedene Unternehmen"),
}
_WORDS: Final = {
    "where": ("dove", "where", "mit"),
    "known": ("di cui è noto", "of which it is known", "von denen es bekannt ist"),
    "per year": ("per anno di", "by year of", "nach Jahr von"),
    "inhabitants": ("residenti", "inhabitants", "Einwohner"),
    "km2": ("km²", "km²", "km²"),
    "mean": ("media", "mean", "Mittel"),
    "of": ("di", "of", "von"),
    "over": ("su", "over", "über"),
    "division": ("divisione", "division", "Abteilung"),
    "section": ("sezione", "section", "Abschnitt"),
    "stage": ("stadio", "stage", "Stufe"),
    "in the slice": ("nella filiera o nello stadio", "in the filiera or stage", "in der Filiera oder Stufe"),
    "in the stage": ("nello stadio", "in the stage", "in der Stufe"),
    "in the filiera": ("nella filiera", "in the filiera", "in der Filiera"),
    "country": ("Italia", "Italy", "Italien"),
    "municipality": ("comune", "municipality", "Gemeinde"),
    "between": ("parte tra", "part between", "Teil zwischen"),
    "within": ("parte entro", "part within", "Teil innerhalb"),
    "groups province": ("province", "provinces", "Provinzen"),
    "groups region": ("regioni", "regions", "Regionen"),
    "stages with at least": ("stadi con almeno", "stages with at least", "Stufen mit mindestens"),
    "stages": ("stadi", "stages", "Stufen"),
    "cohort": ("coorte", "cohort", "Kohorte"),
    "still there": ("ancora presenti dopo anni", "still there after years", "noch vorhanden nach Jahren"),
    "weighted": ("stima pesata", "weighted estimate", "gewichtete Schätzung"),
    "arithmetic": ("media aritmetica pesata", "weighted arithmetic mean", "gewichtetes arithmetisches Mittel"),
    "geometric": ("media geometrica pesata", "weighted geometric mean", "gewichtetes geometrisches Mittel"),
}  # fmt: skip
_DIVERSITY: Final = {
    "effective-number": "exp(−Σ p ln p)",
    "shannon": "−Σ p ln p",
    "hhi": "Σ p²",
    "theil": "ln n + Σ p ln p",
}
_GROWTH: Final = {
    "rate": "x(t) / x(0) − 1",
    "cagr": "(x(t) / x(0))^(1 / a) − 1",
    "index": "100 · x(t) / x(0)",
    "difference": "x(t) − x(0)",
}


def formula(indicator: Indicator, language: Language = "en") -> str:
    """Return the formula of an indicator: mathematics, with the firms that are counted in words and conditions."""
    return _Formula(language).of(indicator)


def method(indicator: Indicator) -> str:
    """Return how indicators of this kind are computed, with its sources in the literature, in English."""
    text = inspect.getdoc(type(indicator.spec)) or ""
    head, _, rest = text.partition("\n\nAttributes\n")
    _, _, references = rest.partition("References\n----------\n")
    return "\n".join(filter(None, (" ".join(head.replace("``", "").split()), " ".join(references.split()))))


class _Formula:
    def __init__(self, language: Language) -> None:
        self._at = LANGUAGES.index(language)

    def _word(self, key: str) -> str:
        return _WORDS[key][self._at]

    def _n(self, measure: Measure, suffix: str = "") -> str:
        firms = _POPULATIONS[measure.of][self._at]
        condition = "" if measure.where.is_all else f" {self._word('where')} {measure.where}"
        return f"n({firms}{condition}{f' {suffix}' if suffix else ''})"

    def of(self, indicator: Indicator) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a kind
        """Return the formula of an indicator by its kind."""
        spec = indicator.spec
        match spec:
            case kinds.Count():
                by = f", {self._word('per year')} {spec.date}" if spec.date else ""
                return self._n(spec.measures[0]) + by
            case kinds.Share():
                known = self._word("known") if spec.unknown == "excluded" else ""
                return f"{self._n(spec.counted)} / {self._n(spec.asked, known)}"
            case kinds.SliceShare(among="all-firms"):
                return f"{self._n(spec.measures[0], self._word('in the slice'))} / {self._n(spec.measures[0])}"
            case kinds.SliceShare():
                stage, whole = self._word("in the stage"), self._word("in the filiera")
                return f"{self._n(spec.measures[0], stage)} / {self._n(spec.measures[0], whole)}"
            case kinds.Rate():
                return self._rate(spec)
            case kinds.Mean():
                return f"{self._word('mean')}({spec.of}) {self._word('over')} {self._n(spec.measures[0])[2:-1]}"
            case kinds.LocationQuotient():
                counted = self._n(spec.counted, self._word("in the slice") if spec.is_of_slice else "")
                return (
                    f"(a / b) / (A / B); a = {counted}, b = {self._n(spec.measures[1])}; A, B: {self._word('country')}"
                )
            case kinds.Diversity():
                over = f"p = {self._n(spec.counted)} {self._word('of')} {self._word(spec.over)} / Σ"
                return f"{_DIVERSITY[spec.measure]}; {over}"
            case kinds.Specialisation():
                over = f"{self._n(spec.counted)} {self._word('of')} {self._word(spec.over)} / Σ"
                return f"Σ |p − P|; p = {over}; P: {self._word('country')}"
            case kinds.Inequality():
                return self._theil(spec)
            case kinds.CoLocation():
                return self._co_location(spec)
            case kinds.Completeness(measure="evenness"):
                return f"−Σ p ln p / ln S; p = {self._word('stage')} / Σ; S = n({self._word('stages')})"
            case kinds.Completeness():
                return f"n({self._word('stages with at least')} {spec.minimum_firms}) / n({self._word('stages')})"
            case kinds.Survival():
                cohort = f"{self._word('cohort')} {self._word('of')} year({spec.date})"
                return f"n({cohort}, {self._word('still there')}: {spec.after_years}) / n({cohort})"
            case kinds.Growth():
                years = "; a = t − 0" if spec.form == "cagr" else ""
                return f"{_GROWTH[spec.form]}; x = {spec.of}; 0 = {spec.base}{years}"
            case kinds.Contextual():
                factor = f"{spec.factor:,} · " if spec.factor > 1 else ""
                return f"{factor}{spec.of}" + (f" / {spec.per}" if spec.per else "")
            case kinds.SurveyEstimate():
                what = spec.item or " + ".join(spec.levels) or spec.of
                return f"{self._word('weighted')}: {what} ({spec.survey}{f', {spec.model}' if spec.model else ''})"
            case kinds.Composite():
                return self._composite(spec)
            case _:
                raise AssertionError(f"{indicator.kind} has no formula")

    def _rate(self, spec: kinds.Rate) -> str:
        above = " + ".join(map(self._n, spec.added)) + "".join(f" − {self._n(each)}" for each in spec.subtracted)
        below = self._n(spec.denominator) if spec.denominator else self._word(spec.per)
        several = len(spec.added) + len(spec.subtracted) > 1
        factor = f"{spec.factor:,} · " if spec.factor > 1 else ""
        return f"{factor}{f'({above})' if several else above} / {below}"

    def _theil(self, spec: kinds.Inequality) -> str:
        shares = f"y = {self._n(spec.counted)} / Σ, p = {self._word('inhabitants')} / Σ {self._word('of')} "
        whole = f"Σ y ln(y / p); {shares}{self._word('municipality')}"
        match spec.part:
            case "total":
                return whole
            case "between" | "within":
                return f"{whole}; {self._word(spec.part)} {self._word(f'groups {spec.groups}')}"
            case _:
                assert_never(spec.part)

    def _co_location(self, spec: kinds.CoLocation) -> str:
        first, second = spec.stages
        shares = f"a = {first} / Σ, b = {second} / Σ"
        if spec.measure == "overlap":
            return f"1 − ½ Σ |a − b|; {shares} {self._word('of')} {self._word('municipality')}"
        every = f"x = {_POPULATIONS['stock'][self._at]} / Σ {self._word('of')} {self._word('municipality')}"
        return f"Σ (a − x)(b − x) / (1 − Σ x²); {shares}, {every}"

    def _composite(self, spec: kinds.Composite) -> str:
        parts = ", ".join(
            f"{part.indicator} × {part.weight:g}"
            + (f" [{part.goalposts[0]:g} … {part.goalposts[1]:g}]" if part.goalposts else "")
            for part in spec.parts
        )
        scale = f"{spec.scale:,} · " if spec.scale > 1 else ""
        return f"{scale}{self._word(spec.aggregate)} ({spec.normalise}): {parts}"
