"""What the service may read: the current release, its collections, and one consistent view of them per request.

Everything that answers requests (``ogc``, ``tiles``, ``web``) reads through :func:`snapshot`.
"""

from atlante.published.release import Collection, Field, FieldType, Release, Text, in_language
from atlante.published.requests import install, offer_gzip, offered_gzip, publication, snapshot
from atlante.published.view import Publication, Snapshot

__all__ = [
    "Collection",
    "Field",
    "FieldType",
    "Publication",
    "Release",
    "Snapshot",
    "Text",
    "in_language",
    "install",
    "offer_gzip",
    "offered_gzip",
    "publication",
    "snapshot",
]
