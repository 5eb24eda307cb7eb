"""ATECO, the Italian classification of economic activities: editions, correspondence, conversion, detection.

A code means something only with its edition: 25.4 is the making of arms in 2007 and forging in 2025. Editions are
``2007``, ``2022`` (ATECO 2007, update of 2022) and ``2025``; codes are digits without dots. The data are those of ISTAT
(CC BY 4.0) in the package ``ateco``, and are read when they are first asked for.
"""

from __future__ import annotations

from atlante.classifications.codes import compact, dotted
from atlante.classifications.conversion import Conversion, convert
from atlante.classifications.correspondence import Coverage, correspondence
from atlante.classifications.detection import EditionEvidence, detect_edition
from atlante.classifications.editions import EDITIONS, Classification, classification

__all__ = [
    "EDITIONS",
    "Classification",
    "Conversion",
    "Coverage",
    "EditionEvidence",
    "classification",
    "compact",
    "convert",
    "correspondence",
    "detect_edition",
    "dotted",
]
