"""An extract into the register: only what it changes is written, and history is kept.

The file is read, compared and sent block by block, so that memory does not grow with it. The first extract of a source
goes straight into a table of its own, which is indexed when it is full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from atlante.database import load_queries, sql, translate_errors
from atlante.errors import StaleExtract, SuspiciousShrinkage
from atlante.registers.ahead import prefetched
from atlante.registers.copying import copy_csv, csv_messages
from atlante.registers.delivery import Delivery, Loading, delivery_of
from atlante.registers.extract import REJECT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from atlante.database import Connection
    from atlante.registers.differences import Differences
    from atlante.registers.extract import Account
    from atlante.registers.files import RegisterFile

_QUERIES: Final = load_queries(__package__)
_EMPTY_STAGING: Final = sql.SQL("TRUNCATE register.staging, register.outdated")
_STAGING: Final = ("register", "staging")
_OUTDATED: Final = ("register", "outdated")
_FEW_FIRMS: Final = 100  # of fewer, a fifth is soon gone
_SUSPICIOUS_SHARE: Final = 0.2
_INDEX_MEMORY: Final = "512MB"


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What an extract changed, in firms.

    ``accepted + rejected = rows_in_file`` and ``new + changed + unchanged = accepted``. `new` counts firms that come
    back too; `closed` those that the register held and the extract does not show.

    Attributes
    ----------
    changed_in_edition_only
        Of `changed`: firms whose rows differ in nothing but the edition of their activity code.
    turned_unknown
        By field: accepted rows whose value is wrong and which the source takes for unknown (``when_wrong``).
    """

    rows_in_file: int
    accepted: int
    rejected: int
    new: int
    changed: int
    closed: int
    unchanged: int
    changed_in_edition_only: int
    turned_unknown: dict[str, int]


def load_register(connection: Connection, file: RegisterFile, loading: Loading) -> tuple[Account, LoadSummary]:
    """Load an open extract in the caller's transaction; nothing is committed here.

    The same content again changes nothing; other content for the latest date takes the place of what that date said.

    Raises
    ------
    StaleExtract
        If a later extract of this source is loaded.
    SuspiciousShrinkage
        If a fifth of the firms or more would be closed: the file may be cut off at the end of a line.
    """
    with translate_errors():
        _refuse_stale(connection, file)
        connection.execute(_EMPTY_STAGING)
        row = connection.execute(_QUERIES["open_source"], {"source_id": file.source_id}).fetchone()
        partition = row[0] if row else None
        delivery = delivery_of(connection, file, loading, is_first=partition is not None)
        _send(connection, delivery, partition)
        ledger = delivery.ledger
        is_again = ledger.is_again()
        account = ledger.account(is_again)
        _write_rejects(connection, account, loading.run_id)
        loading.check(account)
        differences = delivery.comparison.differences(is_again)
        again = {"source_id": file.source_id, "row_numbers": ledger.numbers(is_again)}
        if partition is None:
            _merge(connection, account, differences, again, accept_shrinkage=loading.accept_shrinkage)
        else:
            _finish(connection, partition, again)
        connection.execute(_QUERIES["record_extract"], _record(account, differences, loading.run_id))
        delivery.keep(connection, ~is_again)
        connection.execute(_EMPTY_STAGING)
    return account, _summary(account, differences)


def _send(connection: Connection, delivery: Delivery, partition: str | None) -> None:
    """Copy the rows into the partition of their source, or else those that changed into staging."""
    constants: dict[str, Any] = {"run_id": delivery.loading.run_id}
    table = _STAGING
    if partition is not None:
        table = ("register", partition)
        constants["valid_from"] = delivery.file.reference_date
    messages = prefetched(delivery.messages(constants))
    copy_csv(connection, table, delivery.columns(constants), messages, is_frozen=partition is not None)


def _finish(connection: Connection, partition: str, again: Mapping[str, Any]) -> None:
    """Make a partition that has just been filled fit for use."""
    if again["row_numbers"]:
        connection.execute(_QUERIES["delete_copied"], again)
    _set(connection, "maintenance_work_mem", _INDEX_MEMORY)
    connection.execute(_QUERIES["index_source"], {"partition": partition})


def _merge(
    connection: Connection,
    account: Account,
    differences: Differences,
    again: Mapping[str, Any],
    *,
    accept_shrinkage: bool,
) -> None:
    """Bring the register from what it holds to what the file shows."""
    registered = differences.changed + differences.closed + differences.unchanged
    is_suspicious = registered >= _FEW_FIRMS and differences.closed >= _SUSPICIOUS_SHARE * registered
    if is_suspicious and not accept_shrinkage:
        raise SuspiciousShrinkage(account.path, differences.closed, registered)
    if not differences.is_any:
        return
    if again["row_numbers"]:
        connection.execute(_QUERIES["delete_staged"], again)
    copy_csv(connection, _OUTDATED, ["firm_id"], csv_messages(pa.table({"firm_id": differences.outdated})))
    day = {"source_id": account.source_id, "reference_date": account.reference_date}
    is_replaced = account.reference_date == _latest_date(connection, account.source_id)
    if is_replaced:  # no other extract finds anything here
        connection.execute(_QUERIES["forget_placements"], day)
        connection.execute(_QUERIES["forget_versions"], day)
    connection.execute(_QUERIES["close_versions"], day)
    if is_replaced:
        # The role that loads owns no table and so can't ANALYZE: without statistics of what was just copied, the
        # planner takes a million rows for a few and compares each with each.
        _set(connection, "enable_nestloop", "off")
        connection.execute(_QUERIES["reopen_versions"], day)
        _set(connection, "enable_nestloop", "on")
    connection.execute(_QUERIES["open_versions"], day)


def _refuse_stale(connection: Connection, file: RegisterFile) -> None:
    latest = _latest_date(connection, file.source_id)
    if latest is not None and file.reference_date < latest:
        raise StaleExtract(file.reference_date, latest)


def _latest_date(connection: Connection, source_id: str) -> date | None:
    row = connection.execute(_QUERIES["latest_reference_date"], {"source_id": source_id}).fetchone()
    return row[0] if row else None


def _write_rejects(connection: Connection, account: Account, run_id: int) -> None:
    rejects = pa.Table.from_pandas(account.rejects, schema=REJECT_SCHEMA, preserve_index=False)
    rejects = rejects.add_column(0, "run_id", pa.repeat(pa.scalar(run_id), len(rejects)))
    copy_csv(connection, ("ops", "reject"), rejects.schema.names, csv_messages(rejects))


def _set(connection: Connection, name: str, setting: str) -> None:
    connection.execute(_QUERIES["set_local"], {"name": name, "setting": setting})


def _summary(account: Account, differences: Differences) -> LoadSummary:
    return LoadSummary(
        rows_in_file=account.rows_in_file,
        accepted=account.accepted,
        rejected=len(account.rejects),
        new=differences.new,
        changed=differences.changed,
        closed=differences.closed,
        unchanged=differences.unchanged,
        changed_in_edition_only=differences.changed_in_edition_only,
        turned_unknown=account.turned_unknown,
    )


def _record(account: Account, differences: Differences, run_id: int) -> dict[str, object]:
    return {
        "source_id": account.source_id,
        "reference_date": account.reference_date,
        "file_name": account.path.name,
        "sha256": account.sha256,
        "is_synthetic": account.is_synthetic,
        "rows_in_file": account.rows_in_file,
        "rows_accepted": account.accepted,
        "rows_rejected": len(account.rejects),
        "run_id": run_id,
        "is_changed": differences.is_any,
    }
