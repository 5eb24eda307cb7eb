"""What the update of 2022 changed in ATECO 2007, code by code.

ISTAT's package has no table between these two, and needs none for most: the update is a revision of ATECO 2007 that
left 1,219 of its 1,224 subcategories standing under their codes. The rule, on the nodes of the two editions:

1. a subcategory of both editions corresponds to itself;
2. one of 2007 that 2022 lacks was divided: it corresponds to those that 2022 alone has in the same category
   (16.23.20 into 16.23.21 and 16.23.22);
3. every other subcategory that 2022 alone has was taken out of one that stands: :data:`TAKEN_OUT` says of which, and by
   what. Where the notes of 2007 tell the activity, that text is quoted, and 2022 does not have it there any more; where
   no text of 2007 tells it, its neighbour in the same category is taken.

References
----------
ISTAT, "ATECO 2007, aggiornamento 2022", structures and explanatory notes of both editions (CC BY 4.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from atlante.classifications.editions import Classification

_CATEGORY_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A subcategory of 2022 that was part of one of 2007.

    Attributes
    ----------
    quote
        Words of the title or the notes of `origin` in 2007 that tell the activity, which 2022 has elsewhere; empty:
        there are none, and `origin` is the neighbour in the same category whose title is nearest.
    """

    code: str
    origin: str
    quote: str = ""


TAKEN_OUT: Final = (
    TakenOut("243303", "243302"),
    TakenOut("274002", "274009"),
    TakenOut("432104", "432909", "installazione di impianti luci ed audio per manifestazioni"),
    TakenOut("552053", "552052"),
    TakenOut("561013", "561012"),
    TakenOut("712023", "712021", "prove periodiche stradali della sicurezza degli autoveicoli e dei motocicli"),
    TakenOut("749013", "749012", "agrotecnici e periti agrari"),
    TakenOut("749014", "749012", "da economisti specializzati in agricoltura"),
    TakenOut("749031", "749093", "consulenza ambientale"),
    TakenOut("749032", "749093", "consulenza risparmio energetico"),
    TakenOut("749033", "749093", "consulenza ambientale"),
    TakenOut("960130", "960120", "mediante macchine self-service a moneta"),
)


def revision_pairs(before: Classification, after: Classification) -> list[tuple[str, str]]:
    """Return which subcategories of 2007 and of its update of 2022 correspond, by the rule of this module."""
    old, new = set(before.all_leaves), set(after.all_leaves)
    pairs = [(code, code) for code in sorted(old & new)]
    for code in sorted(old - new):
        pairs += [(code, part) for part in sorted(new - old) if part[:_CATEGORY_DIGITS] == code[:_CATEGORY_DIGITS]]
    return sorted([*pairs, *((each.origin, each.code) for each in TAKEN_OUT)])
