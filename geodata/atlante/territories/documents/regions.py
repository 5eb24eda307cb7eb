"""The codes of the 20 regions, for lists that have their names alone."""

from __future__ import annotations

from atlante.territories.documents.tables import fold_header

_REGIONS = (
    "Piemonte", "Valle d'Aosta", "Lombardia", "Trentino-Alto Adige", "Veneto", "Friuli-Venezia Giulia", "Liguria",
    "Emilia-Romagna", "Toscana", "Umbria", "Marche", "Lazio", "Abruzzo", "Molise", "Campania", "Puglia", "Basilicata",
    "Calabria", "Sicilia", "Sardegna",
)  # fmt: skip
_CODES = {fold_header(name): f"{number:02d}" for number, name in enumerate(_REGIONS, start=1)}


def region_code(name: str) -> str | None:
    """Return ISTAT's code of a region by its Italian name, also with another language after a slash; None: unknown.

    >>> region_code("Valle d'Aosta/Vallée d'Aoste"), region_code("TRENTINO ALTO ADIGE/SÜDTIROL"), region_code("EX")
    ('02', '04', None)
    """
    return _CODES.get(fold_header(name.split("/", maxsplit=1)[0]))
