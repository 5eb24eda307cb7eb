"""What the catalogue counts, counted by pandas and by DuckDB: every measure, in every slice, at every level.

Both get the placed firms of a day as a Parquet file, and tables of what an activity code means; they return one table
with a row per territory and slice and a column per measure. Conditions are evaluated by :meth:`Expression.evaluate` in
pandas, once for each combination of the values that it reads, and as the SQL of the catalogue in DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow.parquet as pq

from atlante.catalogue.expressions import sector_column

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from atlante.catalogue.expressions import Expression
    from atlante.catalogue.measures import Measure

SLICE: Final = ["filiera", "stage", "breakdown", "category"]
TERRITORY: Final = ["level", "territory_code"]
KEY: Final = [*TERRITORY, *SLICE]
UNDECIDED: Final = "firms of undecided activity"
CATEGORIES: Final = {"size_class": "staff_class", "legal_form": "legal_form"}


@dataclass(frozen=True)
class Work:
    """What has to be counted.

    Attributes
    ----------
    now, before
        Parquet files of the placed firms of the reference date and of the one before it; None: there is none.
    measures
        By the population that they are counted of.
    territories
        A row for each municipality and level, with the territory that it is in.
    activities
        A row for each activity, with a column for each sector.
    belongs, undecided
        A row for each activity and slice of a filiera that it is in, or may be in.
    categories
        By breakdown: the category of each word.
    """

    day: dt.date
    now: Path
    before: Path | None
    measures: Mapping[str, Sequence[Measure]]
    territories: pd.DataFrame
    activities: pd.DataFrame
    belongs: pd.DataFrame
    undecided: pd.DataFrame
    categories: Mapping[str, Mapping[str, str]]


def columns_of(measure: Measure) -> tuple[str, ...]:
    """Return the names of the columns that a measure has in the tables: one, or of a number its count and sum."""
    return (measure.id,) if measure.value is None else (f"count of {measure.id}", f"sum of {measure.id}")


def by_pandas(work: Work) -> pd.DataFrame:
    """Return the counts, with the index `KEY`."""
    now = _read(work.now)
    populations = {"stock": now}
    if work.before is not None:
        before = _read(work.before)
        populations |= {
            "previous": before,
            "entries": now[~now["firm_id"].isin(before["firm_id"])],
            "exits": before[~before["firm_id"].isin(now["firm_id"])],
        }
    counted = [_of_population(populations[name], measures, work) for name, measures in work.measures.items()]
    return pd.concat(counted, axis=1).fillna(0).astype("int64")


def _read(path: Path) -> pd.DataFrame:
    words = [name for name in pq.read_schema(path).names if name != "firm_id"]
    return pq.read_table(path, read_dictionary=words).to_pandas()


def _of_population(firms: pd.DataFrame, measures: Sequence[Measure], work: Work) -> pd.DataFrame:
    firms = firms.reset_index(drop=True)
    told = pd.DataFrame(
        {name: values for measure in measures for name, values in _told(firms, measure, work)}, index=firms.index
    )
    names = list(told)
    keys = ["municipality_code", "activity"]
    by_activity = told.groupby([firms[key] for key in keys], observed=True, sort=False).sum().reset_index()
    parts = [
        by_activity.assign(filiera="", stage="").assign(breakdown="", category=""),
        by_activity.merge(work.belongs, on="activity").assign(breakdown="", category=""),
        by_activity[[*keys, measures[0].id]]
        .merge(work.undecided, on="activity")
        .rename(columns={measures[0].id: UNDECIDED})
        .assign(breakdown="", category=""),
    ]
    for breakdown, column in CATEGORIES.items():
        category = firms[column].map(work.categories[breakdown]).astype(object).fillna("unknown").rename("category")
        counted = told.groupby([firms["municipality_code"], category], observed=True, sort=False).sum().reset_index()
        parts.append(counted.assign(filiera="", stage="", breakdown=breakdown))
    numbers = [*names, UNDECIDED] if measures[0].of == "stock" else names
    municipalities = pd.concat(
        [
            part.groupby(["municipality_code", *SLICE], observed=True, sort=False).sum(numeric_only=True)
            for part in parts
        ]
    )
    municipalities = municipalities.groupby(level=list(range(5)), sort=False).sum()[numbers].reset_index()
    levels = [
        municipalities.merge(of_level, on="municipality_code").groupby(KEY, observed=True, sort=False)[numbers].sum()
        for _, of_level in work.territories.groupby("level")
    ]
    return pd.concat(levels)


def _told(firms: pd.DataFrame, measure: Measure, work: Work) -> list[tuple[str, pd.Series[Any]]]:
    """Return whether each firm fulfils a measure's condition, or whether its number is known, and the number."""
    if measure.value is None:
        return [(measure.id, _evaluated(firms, measure.where, work).fillna(value=False).astype("int64"))]
    number = _evaluated(firms, measure.value, work).mask(~_evaluated(firms, measure.where, work).fillna(value=False))
    told = (number.notna().astype("int64"), number.fillna(0).astype("float64"))
    return list(zip(columns_of(measure), told, strict=True))


def _evaluated(firms: pd.DataFrame, expression: Expression, work: Work) -> pd.Series[Any]:
    """Return an expression of each firm, evaluated once for each combination of values."""
    if expression.is_all:
        return pd.Series(data=True, index=firms.index)
    names = [*sorted(expression.columns - {"activity_code"}), *(["activity"] if expression.sectors else [])]
    number = firms.groupby(names, dropna=False, observed=True, sort=False).ngroup()
    first = ~number.duplicated()
    combinations = firms.loc[first, names].astype(object).set_axis(number[first]).sort_index()
    columns: dict[str, Any] = {name: combinations[name] for name in names if name != "activity"}
    columns |= {name: combinations[name].map({"t": True, "f": False}) for name in names if name in _flags(expression)}
    for sector in expression.sectors:
        name = sector_column(sector)
        columns[name] = combinations["activity"].map(work.activities.set_index("activity")[name])
    values = expression.evaluate(columns, reference_date=work.day)
    return values.take(number.to_numpy()).set_axis(firms.index)


def _flags(expression: Expression) -> set[str]:
    """Return the columns that say yes or no."""
    return {name for name in expression.columns if name.startswith(("has_", "is_"))}


def by_duckdb(duckdb: Any, work: Work) -> pd.DataFrame:  # noqa: ANN401 - a peer without types
    """Return the counts, with the index `KEY`."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for name in ("territories", "activities", "belongs", "undecided"):
        connection.register(name, getattr(work, name))
    for breakdown, words in work.categories.items():
        connection.register(breakdown, pd.DataFrame({"word": list(words), "category": list(words.values())}))
    connection.execute("CREATE TABLE stock AS SELECT * FROM read_parquet(?)", [str(work.now)])
    if work.before is not None:
        connection.execute("CREATE TABLE previous AS SELECT * FROM read_parquet(?)", [str(work.before)])
        connection.execute("CREATE TABLE entries AS SELECT * FROM stock ANTI JOIN previous USING (firm_id)")
        connection.execute("CREATE TABLE exits AS SELECT * FROM previous ANTI JOIN stock USING (firm_id)")
    counted = []
    for population, measures in work.measures.items():
        rows = connection.execute(_statement(population, measures, work.day)).df()
        counted.append(rows.set_index(KEY).set_axis(_names(population, measures), axis=1))
    return pd.concat(counted, axis=1).fillna(0).astype("int64")


def _names(population: str, measures: Sequence[Measure]) -> list[str]:
    names = [name for measure in measures for name in columns_of(measure)]
    return [*names, UNDECIDED] if population == "stock" else names


def _statement(population: str, measures: Sequence[Measure], day: dt.date) -> str:
    """Return a statement that counts a population in every slice and at every level."""
    told = [text.replace(":reference_date", f"DATE '{day}'") for measure in measures for text in _sql(measure)]
    numbers = [f"m{place}" for place in range(len(told))]
    listed = ", ".join(f"{text} AS {name}" for name, text in zip(numbers, told, strict=True))
    sums = ", ".join(f"sum({name}) AS {name}" for name in numbers)
    nothing = ", ".join(f"0 AS {name}" for name in numbers)
    undecided = population == "stock"
    categories = "".join(
        f"""
        UNION ALL SELECT municipality_code, '', '', '{breakdown}', coalesce(category, 'unknown') AS category, {sums}, 0
        FROM told LEFT JOIN {breakdown} ON told.{column} = {breakdown}.word GROUP BY municipality_code, category"""
        for breakdown, column in CATEGORIES.items()
    )
    return f"""
    WITH told AS MATERIALIZED (
        SELECT municipality_code, activity, staff_class, legal_form, {listed}
        FROM (SELECT * REPLACE ({_typed(measures)}) FROM {population}) LEFT JOIN activities USING (activity)
    ),
    by_activity AS MATERIALIZED (SELECT municipality_code, activity, {sums} FROM told GROUP BY ALL),
    cells AS (
        SELECT municipality_code, '' AS filiera, '' AS stage, '' AS breakdown, '' AS category, {sums}, 0 AS undecided
        FROM by_activity GROUP BY municipality_code
        UNION ALL SELECT municipality_code, filiera, stage, '', '', {sums}, 0
        FROM by_activity INNER JOIN belongs USING (activity) GROUP BY municipality_code, filiera, stage
        UNION ALL SELECT municipality_code, filiera, stage, '', '', {nothing}, sum(m0)
        FROM by_activity INNER JOIN undecided USING (activity) GROUP BY municipality_code, filiera, stage
        {categories}
    )
    SELECT level, territory_code, filiera, stage, breakdown, category, {sums}{", sum(undecided)" if undecided else ""}
    FROM cells INNER JOIN territories USING (municipality_code) GROUP BY ALL
    """


def _typed(measures: Sequence[Measure]) -> str:
    """Return the columns that are words in the file, as what they are."""
    flags = sorted({name for measure in measures for name in _flags(measure.where)})
    return ", ".join(["registration_date::date AS registration_date", *(f"({name} = 't') AS {name}" for name in flags)])


def _sql(measure: Measure) -> tuple[str, ...]:
    """Return the SQL of a measure's columns, of one firm."""
    where = "TRUE" if measure.where.is_all else measure.where.readable_sql()
    if measure.value is None:
        return (f"CAST(coalesce({where}, FALSE) AS integer)",)
    number = f"CASE WHEN {where} THEN {measure.value.readable_sql()} END"
    return f"CAST(({number}) IS NOT NULL AS integer)", f"coalesce({number}, 0)"
