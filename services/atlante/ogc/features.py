"""The feature provider: pygeoapi's questions, answered from ``publish``.

Profiled on all 7,899 municipalities (21 MB): PostgreSQL and its socket take 56 % of the time, making str of the texts
25 %, orjson 7 %, all else that is ours 8 %. So geometry and properties are never parsed: :class:`orjson.Fragment`
passes the text of publication on as it is. Whatever is asked once per feature shows: one look at the request's context
in that loop took 20 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import orjson
from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError

from atlante.database import load_queries, sql
from atlante.errors import ValueRefused
from atlante.ogc.conditions import Conditions, Unselectable
from atlante.ogc.crs import SERVED
from atlante.ogc.predicates import add_filter
from atlante.ogc.requests import answer_format
from atlante.ogc.times import parse_datetime
from atlante.published import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pygeoapi.crs import CrsTransformSpec

    from atlante.published import Collection, Release

_QUERIES: Final = load_queries(__package__)
_LARGEST_OFFSET: Final = 2**62


class Page(dict[str, Any]):
    """A feature collection, and what pygeoapi does not ask for.

    Attributes
    ----------
    is_last
        Whether nothing follows it; pygeoapi takes a full page for a sign of a next one.
    release
        What it was read from.
    """

    def __init__(self, features: list[dict[str, Any]], matched: int, *, is_last: bool, release: Release) -> None:
        super().__init__(
            type="FeatureCollection", features=features, numberMatched=matched, numberReturned=len(features)
        )
        self.is_last, self.release = is_last, release


class PublishedFeatures(BaseProvider):  # type: ignore[misc] # pygeoapi has no types
    """Features of one published collection. pygeoapi makes an instance per request; nothing is kept here."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._fields = self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the JSON schema type of each property."""
        return {
            name: {"type": "string", "format": "date"} if field.type == "date" else {"type": field.type}
            for name, field in self._published()[1].fields.items()
        }

    def query(self, **question: Any) -> Page:  # noqa: ANN401 - pygeoapi's keywords
        """Return the features that a request selects.

        Raises
        ------
        pygeoapi.provider.base.ProviderInvalidQueryError
            If it selects by something that can't be; pygeoapi answers it with 400.
        """
        release, collection = self._published()
        try:
            conditions = _conditions(Conditions(collection, release.release_id), question)
            return _page(conditions, question, release)
        except (Unselectable, ValueRefused) as exc:
            _refuse(exc)

    def get(self, identifier: str, **question: Any) -> dict[str, Any]:  # noqa: ANN401 - pygeoapi's keywords
        """Return one feature, with the ids of its neighbours in the order of the collection.

        Raises
        ------
        pygeoapi.provider.base.ProviderItemNotFoundError
            If no feature has this id.
        """
        release, collection = self._published()
        conditions = Conditions(collection, release.release_id)
        conditions.add(sql.SQL("f.feature_id = {}").format(conditions.bind(identifier)))
        rows = snapshot().fetch(conditions.after(_source(conditions, question)), conditions.parameters)
        if not rows:
            raise ProviderItemNotFoundError(
                user_msg=f"{collection.collection_id} has no item {identifier!r} in release {release.release_id}."
            )
        neighbours = snapshot().fetch(_QUERIES["neighbours"], conditions.parameters | {"feature_id": identifier})
        return _feature(rows[0], (), is_json=_is_json()) | {
            "next" if is_later else "prev": other for other, is_later in neighbours
        }

    def _published(self) -> tuple[Release, Collection]:
        """Return the collection as this request's release has it."""
        release = snapshot().release
        if release is None or self.data not in release.collections:
            raise ProviderItemNotFoundError(user_msg=f"There is no collection {self.data!r} any more.")
        return release, release.collections[self.data]

    def __repr__(self) -> str:
        return f"<PublishedFeatures> {self.data}"


def _refuse(exc: Exception) -> NoReturn:
    raise ProviderInvalidQueryError(user_msg=str(exc)) from exc


def _conditions(conditions: Conditions, question: Mapping[str, Any]) -> Conditions:
    """Return the conditions with all that a request asks for."""
    fields = conditions.collection.fields
    if question.get("bbox"):
        conditions.add_box(question["bbox"])
    if question.get("datetime_"):
        conditions.add_days(parse_datetime(question["datetime_"]))
    for name, text in question.get("properties") or ():
        conditions.add_equal(fields[name], text)
    if question.get("filterq") is not None:
        add_filter(conditions, question["filterq"])
    return conditions


def _page(conditions: Conditions, question: Mapping[str, Any], release: Release) -> Page:
    """Return one page, and how many features match; they are counted only where the page itself does not tell."""
    if question.get("resulttype") == "hits":
        return Page([], _count(conditions), is_last=True, release=release)
    if conditions.has_days and not question.get("sortby"):
        return _page_of_days(conditions, question, release)
    offset, limit = min(question["offset"], _LARGEST_OFFSET), question["limit"]
    rows = snapshot().fetch(_page_query(conditions, question, offset, limit), conditions.parameters)
    is_end = 0 < len(rows) < limit or (not rows and offset == 0)
    matched = offset + len(rows) if is_end else _count(conditions)
    return Page(_features(rows, question), matched, is_last=offset + len(rows) >= matched, release=release)


def _features(rows: Iterable[tuple[Any, ...]], question: Mapping[str, Any]) -> list[dict[str, Any]]:
    selected, is_json = question.get("select_properties") or (), _is_json()
    return [_feature(row, selected, is_json=is_json) for row in rows]


def _page_query(conditions: Conditions, question: Mapping[str, Any], offset: int, limit: int) -> sql.Composed:
    sortby = question.get("sortby") or ()
    query = conditions.after(_source(conditions, question))
    if not conditions and not sortby:  # numbered from 1 without gaps: what is before the page need not be read
        query, offset = sql.SQL("{}\nAND f.feature_number > {}").format(query, conditions.bind(offset)), 0
    return sql.SQL("{}\nORDER BY {}\nLIMIT {} OFFSET {}").format(
        query,
        _order(conditions, sortby),
        conditions.bind(limit),
        conditions.bind(offset),
    )


def _page_of_days(conditions: Conditions, question: Mapping[str, Any], release: Release) -> Page:
    """Return one page of a period.

    The period is looked up first, and with it how many features match: a planner that is given the order and the limit
    walks the whole collection up to the first feature of the period.
    """
    offset, limit = min(question["offset"], _LARGEST_OFFSET), question["limit"]
    ((matched, numbers),) = snapshot().fetch(
        sql.SQL(
            "WITH matched AS MATERIALIZED (\n{}\n)\nSELECT (SELECT count(*) FROM matched),\n"
            "ARRAY(SELECT feature_number FROM matched ORDER BY feature_number LIMIT {} OFFSET {})"
        ).format(conditions.after(_QUERIES["numbers"]), conditions.bind(limit), conditions.bind(offset)),
        conditions.parameters,
    )
    query = sql.SQL("{}\nAND f.feature_number = ANY({}::integer [])\nORDER BY f.feature_number").format(
        _source(conditions, question), conditions.bind(numbers)
    )
    rows = snapshot().fetch(query, conditions.parameters)
    return Page(_features(rows, question), matched, is_last=offset + len(rows) >= matched, release=release)


def _source(conditions: Conditions, question: Mapping[str, Any]) -> sql.Composable:
    """Return the query that reads features with the geometry that is asked for."""
    if question.get("skip_geometry"):
        return _QUERIES["features_without_geometry"]
    conditions.parameters["is_overview"] = conditions.collection.kind == "observations"
    transformation: CrsTransformSpec | None = question.get("crs_transform_spec")
    if transformation is None:
        return _QUERIES["features"]
    crs = SERVED[transformation.target_crs_uri]
    swap = float(crs.is_north_first)
    conditions.parameters |= {"srid": crs.srid, "digits": crs.digits, "swap": swap, "keep": 1 - swap}
    return _QUERIES["features_transformed"]


def _order(conditions: Conditions, sortby: Sequence[Mapping[str, str]]) -> sql.Composable:
    """Return what to sort by; the order of publication ends it, so that pages never overlap."""
    keys = [
        (sql.SQL("{} DESC NULLS LAST") if key["order"] == "-" else sql.SQL("{} ASC NULLS LAST")).format(
            conditions.field(conditions.collection.fields[key["property"]])
        )
        for key in sortby
    ]
    return sql.SQL(", ").join((*keys, sql.SQL("f.feature_number")))


def _count(conditions: Conditions) -> int:
    if not conditions:
        return conditions.collection.item_count
    ((features,),) = snapshot().fetch(conditions.after(_QUERIES["count"]), conditions.parameters)
    return int(features)


def _is_json() -> bool:
    """Whether the answer is JSON, not a page or a table made from it. Asked once per page: it costs 2 µs."""
    return answer_format() in (None, "json")


def _feature(row: tuple[Any, ...], selected: Sequence[str], *, is_json: bool) -> dict[str, Any]:
    """Return a feature; its parts stay JSON text, unless a template has to read them or some are left out."""
    feature_id, properties, geometry = row
    shape: Any = geometry
    if geometry is not None:
        shape = orjson.Fragment(geometry) if is_json else orjson.loads(geometry)
    if is_json and not selected:
        return {"type": "Feature", "id": feature_id, "geometry": shape, "properties": orjson.Fragment(properties)}
    values = orjson.loads(properties)
    chosen = {name: values.get(name) for name in selected or values}
    return {"type": "Feature", "id": feature_id, "geometry": shape, "properties": chosen}
