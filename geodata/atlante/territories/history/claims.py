"""What documents claim: every statement as numbers, with how much its document is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from atlante.territories.documents.model import ATTRIBUTES, PRECEDENCE, STATEMENT_COLUMNS, DocumentKind
from atlante.territories.history.days import OPEN, UNKNOWN, day_number, day_numbers
from atlante.territories.history.spelling import fold, proper_case
from atlante.territories.names import split_languages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atlante.territories.documents.model import Document

NAMES: Final = ("name_it", "name_other", "name_transliterated")
"""Attributes that are compared without capitals, accents and apostrophes."""

_COMPLETE = {DocumentKind.ISTAT_LIST, DocumentKind.UNIFIED_CODES, DocumentKind.ANPR, DocumentKind.CODICE_FISCALE}
_ARCHIVES = [PRECEDENCE.index(DocumentKind.ANPR), PRECEDENCE.index(DocumentKind.CODICE_FISCALE)]
_CAPITALS = [*_ARCHIVES, PRECEDENCE.index(DocumentKind.UNIFIED_CODES)]
NONE: Final = ""
"""Value of a claim that there is none, as archives claim it of a name in another language."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Statements of all documents.

    Attributes
    ----------
    codes
        Belfiore codes, sorted; ``code`` elsewhere is the position in it.
    statements
        code, document (position in ``documents``), rank, as_of, is_snapshot; begin, end (exclusive, OPEN where the
        document knows of none), claimed_end (exclusive: the document says nothing of that day); the attributes.
    documents
        rank (position in the precedence), as_of, is_snapshot, is_complete (who is not in it did not exist), from the
        one that is believed most.
    """

    codes: NDArray[np.object_]
    statements: pd.DataFrame
    documents: pd.DataFrame


def gather(documents: Sequence[Document]) -> Claims:
    """Return the claims of documents, whatever their order; a document that is given twice counts once."""
    ordered = sorted({document.document_id: document for document in documents}.values(), key=_belief)
    table = pd.DataFrame(
        {
            "rank": [PRECEDENCE.index(document.kind) for document in ordered],
            "as_of": [day_number(document.as_of) for document in ordered],
            "is_snapshot": [document.is_snapshot for document in ordered],
            "is_complete": [document.is_complete and document.kind in _COMPLETE for document in ordered],
        }
    )
    frames = [
        document.statements.loc[:, list(STATEMENT_COLUMNS)].astype(dict.fromkeys(ATTRIBUTES, object)).assign(document=i)
        for i, document in enumerate(ordered)
        if len(document.statements)
    ]
    if not frames:
        empty = pd.DataFrame(columns=["code", "document", "rank", "as_of", "begin", "end", "claimed_end", *ATTRIBUTES])
        return Claims(np.empty(0, dtype=object), empty.assign(is_snapshot=False), table)
    stacked = pd.concat(frames, ignore_index=True)
    places, codes = pd.factorize(stacked["municipality_code"].astype(object), sort=True)
    statements = stacked[["document", *ATTRIBUTES]].assign(code=places.astype(np.int64))
    statements = _with_periods(statements.join(table, on="document"), stacked)
    return Claims(np.asarray(codes, dtype=object), _with_names(statements), table)


def _belief(document: Document) -> tuple[int, int, str]:
    return (PRECEDENCE.index(document.kind), -day_number(document.as_of), document.document_id)


def _with_periods(statements: pd.DataFrame, stacked: pd.DataFrame) -> pd.DataFrame:
    """Add begin, end and claimed_end; drop what begins after the last day that its document speaks of."""
    as_of = statements["as_of"].to_numpy()
    begin = day_numbers(stacked["valid_from"], missing=UNKNOWN)
    end = day_numbers(stacked["valid_to"], missing=OPEN)
    end = np.where(end > as_of + 1, OPEN, end)  # an end that is announced has not come
    is_snapshot = statements["is_snapshot"].to_numpy(dtype=bool)
    begin, end = np.where(is_snapshot, as_of, begin), np.where(is_snapshot, as_of + 1, end)
    periods = statements.assign(begin=begin, end=end, claimed_end=np.minimum(end, as_of + 1))
    return periods[(periods["begin"] < periods["claimed_end"]).to_numpy()].reset_index(drop=True)


def _with_names(statements: pd.DataFrame) -> pd.DataFrame:
    """Fill the Italian and the other name from the whole one, and write names in capitals as names are written."""
    named = statements.copy()
    rows = named["name_it"].isna() & named["name"].notna()
    if rows.any():
        parts = split_languages(named.loc[rows, "name"].astype(str), named.loc[rows, "province_code"].fillna(""))
        named.loc[rows, "name_it"] = parts["name_it"].astype(object)
        named.loc[rows, "name_other"] = named.loc[rows, "name_other"].fillna(parts["name_other"].astype(object))
    capitals = named["rank"].isin(_CAPITALS)
    for name in (*NAMES, "name"):
        named.loc[capitals, name] = proper_case(named.loc[capitals, name])
    archives = named["rank"].isin(_ARCHIVES)  # a blank in their column is a claim; a list may lack the column
    named.loc[archives, "name_other"] = named.loc[archives, "name_other"].where(
        named.loc[archives, "name_other"].notna(), NONE
    )
    return named


def claims_of(claims: Claims, attribute: str) -> pd.DataFrame:
    """Return what documents claim of one attribute.

    Returns
    -------
    pd.DataFrame
        code, document, rank, as_of, is_snapshot, begin, end, claimed_end, text (as written), value (by which it is
        compared). Periods of one document and municipality do not overlap; of two, the one that begins later holds.
    """
    given = claims.statements[claims.statements[attribute].notna()]
    columns = ["code", "document", "rank", "as_of", "is_snapshot", "begin", "end", "claimed_end"]
    said = given[columns].assign(text=given[attribute])
    said["value"] = fold(said["text"]) if attribute in NAMES else said["text"]
    said = said.sort_values(["document", "code", "begin", "claimed_end", "value", "text"], ignore_index=True)
    following = said["begin"].shift(-1)
    is_same = (said["document"] == said["document"].shift(-1)) & (said["code"] == said["code"].shift(-1))
    limit = following.where(is_same, OPEN).astype(np.int64)
    said["end"], said["claimed_end"] = np.minimum(said["end"], limit), np.minimum(said["claimed_end"], limit)
    return said[said["begin"] < said["end"]].reset_index(drop=True)
