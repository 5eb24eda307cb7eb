"""The columns of ``register.firm`` that may be measured: the allow-list of every condition.

Absent on purpose: names and codes of firms; activity codes, which mean something only with their edition; dates, which
are periods.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """What a column may hold.

    Attributes
    ----------
    values
        Its possible values; None: any word, as the source writes it.
    """

    values: tuple[bool | str, ...] | None = None


_FLAG = Column((True, False))
_PREVALENCE = Column(("no", "majority", "strong", "exclusive"))
_WORDS = Column()

COLUMNS: dict[str, Column] = {
    "is_high_tech": _FLAG,
    "has_rnd": _FLAG,
    "has_patents": _FLAG,
    "has_qualified_staff": _FLAG,
    "women_led": _PREVALENCE,
    "young_led": _PREVALENCE,
    "foreign_led": _PREVALENCE,
    "legal_form": _WORDS,
    "status": _WORDS,
    "sector": _WORDS,
    "production_class": _WORDS,
    "staff_class": _WORDS,
    "capital_class": _WORDS,
}
