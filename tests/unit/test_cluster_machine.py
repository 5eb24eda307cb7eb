"""What the private cluster finds on a machine: a server, its PostGIS, memory and cores; no server is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atlante.database.cluster import tuning
from atlante.database.cluster.failures import failure_of
from atlante.database.cluster.installation import find_server
from atlante.database.cluster.processes import read_postmaster
from atlante.database.cluster.tuning import Machine, settings_for, this_machine
from atlante.errors import ClusterFailed, DiskFull, PortTaken, PostgresNotInstalled

if TYPE_CHECKING:
    from pathlib import Path


def install(prefix: Path, version: str, *, with_postgis: bool = True) -> Path:
    """Pretend to install a server below a folder, and return the folder of its programs."""
    folder = prefix / "bin"
    folder.mkdir(parents=True)
    for program in ("initdb", "pg_ctl", "postgres"):
        (folder / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Debian {version}-1)'\n")
        (folder / program).chmod(0o755)
    if with_postgis:
        extension = prefix / "share" / "extension"
        extension.mkdir(parents=True)
        (extension / "postgis.control").write_text("default_version = '3.4.0'\n")
    return folder


def test_the_newest_server_is_taken_also_when_versions_have_two_digits_and_words(tmp_path: Path) -> None:
    folders = [install(tmp_path / name, version) for name, version in (("a", "15.6"), ("b", "18beta1"), ("c", "16.2"))]
    found = find_server(folders=folders)
    assert (found.version, found.major, found.folder) == ("18beta1", 18, folders[1])
    assert str(found) == f"PostgreSQL 18beta1 in {folders[1]}"


def test_a_server_without_postgis_gives_way_to_an_older_one_with_it(tmp_path: Path) -> None:
    newest = install(tmp_path / "new", "17.1", with_postgis=False)
    older = install(tmp_path / "old", "15.6")
    assert find_server(folders=[newest, older]).version == "15.6"


def test_the_major_version_that_made_a_folder_is_found_beside_a_newer_one(tmp_path: Path) -> None:
    folders = [install(tmp_path / "a", "17.1"), install(tmp_path / "b", "15.6")]
    assert find_server(folders=folders, major=15).version == "15.6"
    with pytest.raises(PostgresNotInstalled, match=r"^A PostgreSQL server 16 was not found"):
        find_server(folders=folders, major=16)


def test_links_on_path_lead_to_where_the_server_is(tmp_path: Path) -> None:
    real = install(tmp_path / "lib" / "15", "15.6")
    links = tmp_path / "links"
    links.mkdir()
    for program in real.iterdir():
        (links / program.name).symlink_to(program)
    assert find_server(folders=[links]).folder == real


@pytest.mark.parametrize("version", ["14.11", "9.6.24"])
def test_a_server_that_is_too_old_is_as_none(tmp_path: Path, version: str) -> None:
    with pytest.raises(PostgresNotInstalled, match=r"^A PostgreSQL server 15 or newer was not found.*apt-get install"):
        find_server(folders=[install(tmp_path / "old", version)])


def test_a_client_alone_is_no_server(tmp_path: Path) -> None:
    folder = install(tmp_path / "client", "16.1")
    (folder / "initdb").unlink()
    with pytest.raises(PostgresNotInstalled):
        find_server(folders=[folder, tmp_path / "not" / "there"])


def test_a_missing_postgis_is_named_with_the_server_that_lacks_it(tmp_path: Path) -> None:
    folder = install(tmp_path / "bare", "16.1", with_postgis=False)
    with pytest.raises(PostgresNotInstalled, match=f"^PostGIS for the PostgreSQL 16.1 in {folder} was not found"):
        find_server(folders=[folder])


def test_memory_is_a_quarter_for_shared_buffers_within_bounds() -> None:
    assert settings_for(Machine(16_384, 8))["shared_buffers"] == "4096MB"
    assert settings_for(Machine(64, 1))["shared_buffers"] == "32MB"
    assert settings_for(Machine(2**20, 64))["shared_buffers"] == "8192MB"


def test_work_memory_of_all_workers_stays_below_the_memory_of_a_small_machine() -> None:
    settings = settings_for(Machine(1024, 1))
    assert settings["work_mem"] == "8MB"
    assert settings["maintenance_work_mem"] == "64MB"


def test_parallel_workers_come_from_the_cores() -> None:
    one, eight = settings_for(Machine(8192, 1)), settings_for(Machine(8192, 8))
    assert (one["max_parallel_workers"], one["max_parallel_workers_per_gather"]) == ("1", "0")
    assert (eight["max_parallel_workers"], eight["max_parallel_workers_per_gather"]) == ("8", "4")


def test_a_container_with_little_shared_memory_uses_files() -> None:
    assert settings_for(Machine(8192, 4, shared_mib=64))["dynamic_shared_memory_type"] == "mmap"
    assert "dynamic_shared_memory_type" not in settings_for(Machine(8192, 4, shared_mib=4096))
    assert "dynamic_shared_memory_type" not in settings_for(Machine(8192, 4, shared_mib=None))


def test_only_a_cluster_for_tests_gives_up_durability() -> None:
    assert "fsync" not in settings_for(Machine(8192, 4))
    assert settings_for(Machine(8192, 4), is_durable=False)["fsync"] == "off"


@pytest.mark.parametrize(("limit", "expected"), [("1073741824\n", 1024), ("max\n", None)])
def test_the_memory_limit_of_a_container_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, expected: int | None
) -> None:
    whole = this_machine().memory_mib
    (tmp_path / "memory.max").write_text(limit)
    monkeypatch.setattr(tuning, "_CGROUP_LIMIT", tmp_path / "memory.max")
    assert this_machine().memory_mib == (expected or whole)


@pytest.mark.parametrize("text", ["", "\n", "nonsense\n", "999999999\n/data\n"])
def test_a_pid_file_that_names_no_server_is_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    assert read_postmaster(tmp_path) is None


def test_failures_are_named_after_their_cause(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text('LOG: could not bind IPv4 address "127.0.0.1": Address already in use\n')
    assert isinstance(failure_of("It failed", "", folder=tmp_path, log=log, port=5432), PortTaken)
    assert type(failure_of("It failed", "", folder=tmp_path, log=log)) is ClusterFailed
    log.write_text('PANIC: could not write to file "pg_wal/xlogtemp.1": No space left on device\n')
    assert isinstance(failure_of("It failed", "", folder=tmp_path, log=log), DiskFull)


def test_a_failure_shows_the_end_of_the_log_alone(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("".join(f"line {number}\n" for number in range(1, 101)))
    message = str(failure_of("The server did not start", "stopped waiting\n", folder=tmp_path, log=log))
    assert message.startswith("The server did not start:\nline 89\n")
    assert message.endswith(f"line 100\nThe log is {log}.")
