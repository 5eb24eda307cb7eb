"""Firms as a survey sees them: who belongs to its population, and how many there are of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

    from atlante.catalogue.surveys import Population, SizeClass

OUTSIDE: Final = ""


def describe_firms(firms: pd.DataFrame, population: Population) -> pd.DataFrame:
    """Return firms with the sector and size class that the survey puts them in.

    Parameters
    ----------
    firms
        Columns ``activity_code`` (digits without dots) and ``staff_class`` (bounds, as ``10-19`` or ``500-``); others
        are kept.
    population
        Sectors and size classes of the survey.

    Returns
    -------
    pandas.DataFrame
        The same rows with columns ``sector`` and ``size``: '' where a firm is outside the population, or the register
        does not know.
    """
    by_division = {code: sector.id for sector in population.sectors for code in sector.codes()}
    divisions = firms["activity_code"].astype("object").map(lambda code: code[:2] if isinstance(code, str) else OUTSIDE)
    classes = {text: size_of(text, population.sizes) for text in firms["staff_class"].dropna().unique()}
    return firms.assign(
        sector=divisions.map(by_division).fillna(OUTSIDE).astype("object"),
        size=firms["staff_class"].astype("object").map(classes).fillna(OUTSIDE).astype("object"),
    )


def size_of(staff_class: str, sizes: tuple[SizeClass, ...]) -> str:
    """Return the size class that a class of a register lies in entirely; '' if it lies in none, or in two.

    >>> from atlante.catalogue.surveys import SizeClass
    >>> small = (SizeClass(id="10-49", lowest=10, highest=49), SizeClass(id="50+", lowest=50))
    >>> [size_of(text, small) for text in ("10-19", "20-99", "500-", "2-5")]
    ['10-49', '', '50+', '']
    """
    low, _, high = staff_class.partition("-")
    if not low.isdigit():
        return OUTSIDE
    bounds = int(low), int(high) if high.isdigit() else None
    return next((size.id for size in sizes if size.holds(*bounds)), OUTSIDE)


def count_population(described: pd.DataFrame) -> pd.DataFrame:
    """Return how many firms of the population there are: by municipality, sector and size.

    Parameters
    ----------
    described
        Firms of :func:`describe_firms` with a column ``municipality_code``. Those without municipality, sector or size
        are not of the population.

    Returns
    -------
    pandas.DataFrame
        Columns ``municipality_code``, ``sector``, ``size``, ``firms``.
    """
    inside = within(described)
    counted = inside.groupby(["municipality_code", "sector", "size"], sort=True).size()
    return counted.rename("firms").reset_index()


def within(described: pd.DataFrame) -> pd.DataFrame:
    """Return the firms that belong to the population."""
    is_inside = described["sector"].ne(OUTSIDE) & described["size"].ne(OUTSIDE)
    return described[is_inside & described["municipality_code"].notna()]
