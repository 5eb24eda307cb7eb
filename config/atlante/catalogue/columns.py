"""The columns of ``register.firm`` that may be measured: the allow-list of every expression.

Absent on purpose: names, codes and seats of firms. An activity code means something only with its edition: it is asked
for by the functions ``activity``, ``division`` and ``sector`` of an expression, never compared as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

type ColumnKind = Literal["flag", "prevalence", "words", "class", "date", "activity"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column may hold.

    Attributes
    ----------
    kind
        ``flag``: yes or no; ``prevalence``: one of its values; ``words``: as the source writes them; ``class``: bounds
        such as 10-19; ``date``; ``activity``: a code with its edition.
    values
        Its possible values; None: any word, as the source writes it.
    is_public
        Whether counts by it are on the public register, and so exempt from disclosure control.
    """

    kind: ColumnKind
    values: tuple[str, ...] | None = None
    is_public: bool = False


_FLAG: Final = Column("flag")
_PREVALENCE: Final = Column("prevalence", ("no", "majority", "strong", "exclusive"))
_PUBLIC_WORDS: Final = Column("words", is_public=True)
_CLASS: Final = Column("class")
_DATE: Final = Column("date", is_public=True)

COLUMNS: Final[dict[str, Column]] = {
    "is_high_tech": _FLAG,
    "has_rnd": _FLAG,
    "has_patents": _FLAG,
    "has_qualified_staff": _FLAG,
    "women_led": _PREVALENCE,
    "young_led": _PREVALENCE,
    "foreign_led": _PREVALENCE,
    "legal_form": _PUBLIC_WORDS,
    "status": _PUBLIC_WORDS,
    "sector": _PUBLIC_WORDS,
    "production_class": _CLASS,
    "staff_class": _CLASS,
    "capital_class": _CLASS,
    "special_section_date": _DATE,
    "registration_date": _DATE,
    "start_date": _DATE,
    "activity_code": Column("activity", is_public=True),
}
