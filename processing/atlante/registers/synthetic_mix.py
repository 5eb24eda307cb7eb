"""What the innovative start-ups of 19 May 2025 look like, as counts: the shape of invented registers.

Counts of the published list (12,292 rows); no firm's data is in here.
"""

from __future__ import annotations

from typing import Final

LISTED: Final = 12_292

# Registrations per year of firms still listed; the last year's are what a full year would have given.
YEARS: Final = {
    2013: 2, 2014: 9, 2015: 44, 2016: 58, 2017: 145, 2018: 256, 2019: 840, 2020: 1612, 2021: 2224, 2022: 1787,
    2023: 2007, 2024: 2421, 2025: 2330,
}  # fmt: skip

# ATECO 2025 without dots, 2 to 6 digits as they come: most codes are whole, some end at the class or the division.
ACTIVITIES: Final = {
    "621000": 5274, "721029": 1335, "639100": 667, "622010": 552, "629009": 467, "721010": 352, "702009": 303,
    "471": 179, "NC": 178, "631010": 111, "711220": 111, "582900": 108, "731102": 100, "7411": 89, "829999": 79,
    "749999": 77, "631029": 71, "855920": 64, "72200": 264, "711210": 55, "266001": 149, "289999": 248, "204200": 146,
    "591100": 63, "261100": 142, "7499": 41, "352100": 40, "410000": 39, "799004": 60, "351": 36, "265129": 131,
    "289300": 130, "271100": 128, "301200": 126, "432101": 24, "108909": 94, "32300": 23, "222699": 22, "71201": 77,
    "303": 21, "561110": 28, "551000": 14, "011": 6, "014900": 75, "461900": 112, "869": 7, "901": 6, "58": 1, "27": 1,
}  # fmt: skip

STAFF: Final = {"": 7272, "A": 4042, "B": 644, "C": 235, "D": 93, "E": 6}
PRODUCTION: Final = {"": 4213, "A": 4858, "B": 2330, "C": 489, "D": 239, "E": 145, "F": 14, "G": 4}
CAPITAL: Final = {
    "": 66, "1": 86, "2": 1929, "3": 5204, "4": 3076, "5": 696, "6": 599, "7": 310, "8": 167, "9": 108, "10": 28,
    "11": 23,
}  # fmt: skip

# A firm declares what it has, and says nothing of what it has not.
HIGH_TECH: Final = {"SI": 1799, "": 10_493}
RND: Final = {"SI": 7706, "": 4586}
QUALIFIED_STAFF: Final = {"SI": 2793, "": 9499}
PATENTS: Final = {"SI": 2292, "": 10_000}
WOMEN_LED: Final = {"NO": 10_094, "": 532, "Maggioritaria": 330, "Forte": 833, "Esclusiva": 503}
YOUNG_LED: Final = {"NO": 9884, "": 518, "Maggioritaria": 306, "Forte": 939, "Esclusiva": 645}
FOREIGN_LED: Final = {"NO": 11_460, "": 340, "Maggioritaria": 87, "Forte": 216, "Esclusiva": 189}

# Thirteen seats abroad stand under the province of an Italian chamber.
FOREIGN_SEATS: Final = {
    ("TALLINN", "MI"): 2, ("TALLIN", "MI"): 2, ("TALLINN KESKLINNA LINNAOSA", "MI"): 1, ("TALLIN, HARJUMAA", "MI"): 1,
    ("KESKLINNA LINNAOSA, TALLIN", "MI"): 1, ("VILNIUS", "MI"): 2, ("WROCLAW", "MI"): 1, ("PARIGI", "TO"): 1,
    ("AMSTERDAM", "NA"): 1, ("STOLICHNA - SOFIA 100", "NA"): 1,
}  # fmt: skip

# Provinces as chambers write them: Forli and Pesaro keep old codes, Barletta and the south of Sardinia have none.
CHAMBER_CODES: Final = {"FC": "FO", "PU": "PS", "BT": "BA", "SU": "CA"}
SHORT_NAMES: Final = {"REGGIO NELL'EMILIA": "REGGIO EMILIA", "REGGIO DI CALABRIA": "REGGIO CALABRIA"}
REGION_OF_PROVINCE: Final = {"MI": "LOMBARDIA", "TO": "PIEMONTE", "NA": "CAMPANIA"}


def sector_of(activity: str) -> str:
    """Return the export's sector of an activity code: none for one that is not classified."""
    if not activity[:2].isdigit():
        return ""
    division = int(activity[:2])
    if division <= 3:  # noqa: PLR2004 - divisions of ATECO
        return "AGRICOLTURA/PESCA"
    if division in {46, 47, 56}:
        return "COMMERCIO"
    if division in {55, 79}:
        return "TURISMO"
    is_industry = division <= 33 or 41 <= division <= 43 or division == 95  # noqa: PLR2004 - divisions of ATECO
    return "INDUSTRIA/ARTIGIANATO" if is_industry else "SERVIZI"
