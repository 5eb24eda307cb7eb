"""The private cluster on a real server: started, found, killed, stopped, and in every way that it can't run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from atlante.database import Cluster, database_url, ensure_database, read_url
from atlante.database.cluster.account import Account
from atlante.database.cluster.folders import make_private
from atlante.database.cluster.installation import find_server
from atlante.database.cluster.processes import server_processes
from atlante.errors import ClusterFailed, DiskFull, PortTaken
from atlante.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IS_ROOT = os.geteuid() == 0
DEADLINE_SECONDS = 60


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder that the server's user reaches; what runs in it is stopped at the end."""
    path = Path(tempfile.mkdtemp(prefix="atlante-cluster-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        for place in [found.parent for found in path.rglob("postgres/data")]:
            Cluster(place.parent, is_durable=False).stop()
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Return the folder of a cluster that was made, started and stopped once, to copy from."""
    path = Path(tempfile.mkdtemp(prefix="atlante-cluster-"))
    path.chmod(0o755)
    cluster = Cluster(path, is_durable=False)
    try:
        cluster.start()
        cluster.stop()
        yield path
    finally:
        cluster.stop()
        shutil.rmtree(path)


@pytest.fixture
def cluster(made: Path, folder: Path) -> Cluster:
    """Return a cluster that was made and is stopped."""
    subprocess.run(["cp", "-a", made / "postgres", folder], check=True)
    return Cluster(folder, is_durable=False)


def ask(cluster: Cluster, question: str, **login: str) -> object:
    with psycopg.connect(cluster.url(**login)) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row and row[0]


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.01)


def run_python(text: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def settings_with(folder: Path, *, database_url: str | None = None) -> Settings:
    return replace(Settings.from_environment({}), data_dir=folder, database_url=database_url)


START = """
    import sys
    from pathlib import Path
    from atlante.database import Cluster
    print(Cluster(Path(sys.argv[1]), is_durable=False).start())
"""


class TestStarting:
    """Start makes what is missing and leaves alone what runs."""

    def test_makes_the_cluster_and_its_database_where_there_is_nothing(self, folder: Path) -> None:
        cluster = Cluster(folder / "not" / "there" / "yet")
        assert cluster.start()
        assert ask(cluster, "SELECT current_database()") == "atlante"
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
        assert ask(cluster, "SHOW data_checksums") == "on"
        assert ask(cluster, "SHOW fsync") == "on"
        assert ask(cluster, "SHOW timezone") == "UTC"
        assert ask(cluster, "SELECT lower('CITTÀ, BOLZANO/BOZEN Ü')") == "città, bolzano/bozen ü"
        assert ask(cluster, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,à,a,B}'::text[]) x") == "Babà"
        assert cluster.stop()

    def test_leaves_a_server_that_runs_as_it_is(self, cluster: Cluster) -> None:
        assert cluster.start()
        pid = cluster.status().pid
        assert not cluster.start()
        assert not Cluster(cluster.data_dir, port=free_port()).start()
        assert cluster.status().pid == pid

    def test_makes_the_database_again_after_it_was_dropped(self, cluster: Cluster) -> None:
        cluster.start()
        with psycopg.connect(cluster.url(database="postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE atlante")
        assert not cluster.start()
        assert ask(cluster, "SELECT current_database()") == "atlante"

    def test_by_two_processes_at_once_makes_and_starts_one(self, folder: Path) -> None:
        processes = [run_python(START, folder) for _ in range(2)]
        answers = [process.communicate(timeout=DEADLINE_SECONDS) for process in processes]
        assert sorted(answers) == [("False\n", ""), ("True\n", "")]
        assert ask(Cluster(folder), "SELECT count(*)::int FROM pg_database WHERE datname = 'atlante'") == 1

    def test_keeps_the_settings_that_the_operator_wrote(self, cluster: Cluster) -> None:
        with (cluster.data / "postgresql.conf").open("a") as file:
            file.write("work_mem = '7MB'\n")
        cluster.start()
        assert ask(cluster, "SHOW work_mem") == "7MB"

    @pytest.mark.parametrize("name", ["100 % $HOME \"è\" 'x'?&#=;`\\", "one, two"])
    def test_works_in_a_folder_with_an_awkward_name(self, made: Path, folder: Path, name: str) -> None:
        awkward = folder / name
        awkward.mkdir()
        subprocess.run(["cp", "-a", made / "postgres", awkward], check=True)
        cluster = Cluster(awkward, is_durable=False)
        cluster.start()
        assert ask(cluster, "SELECT 1") == 1
        command = ["psql", "-X", "-A", "-t", "-c", "SELECT 2", cluster.url()]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "2\n"

    @pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's programs are not installed")
    def test_gives_an_address_that_gdal_opens(self, cluster: Cluster) -> None:
        cluster.start()
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("CREATE EXTENSION postgis")
            connection.execute("CREATE TABLE place (id int PRIMARY KEY, geom GEOMETRY (POINT, 4326))")
        command = ["ogrinfo", "-ro", "-q", f"PG:{cluster.url()}"]
        assert "place" in subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @pytest.mark.parametrize("is_running", [True, False])
    def test_of_a_cluster_is_told_by_its_status(self, cluster: Cluster, *, is_running: bool) -> None:
        if is_running:
            cluster.start()
        status = cluster.status()
        assert (status.is_running, status.pid is not None) == (is_running, is_running)
        assert status.version == str(find_server().major)
        assert status.data_dir == cluster.data_dir
        assert status.url == f"postgresql://atlante@/atlante?host={cluster.folder}/socket&port=5432"
        assert 20 < status.size_mib < 200

    def test_is_not_needed_to_ask_for_the_status(self, folder: Path) -> None:
        status = Cluster(folder / "nothing").status()
        assert (status.is_running, status.pid, status.version, status.size_mib) == (False, None, None, 0)
        assert not (folder / "nothing").exists()


class TestStopping:
    """Stop is clean, and harmless where nothing runs."""

    def test_ends_the_server_once(self, cluster: Cluster) -> None:
        cluster.start()
        assert cluster.stop()
        assert server_processes(cluster.data) == []
        assert not cluster.stop()

    def test_does_nothing_where_there_is_no_cluster(self, folder: Path) -> None:
        assert not Cluster(folder / "nothing").stop()
        assert not (folder / "nothing").exists()

    def test_rolls_back_what_is_open_and_keeps_what_is_committed(self, cluster: Cluster) -> None:
        cluster.start()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            connection.execute("BEGIN")
            connection.execute("INSERT INTO kept VALUES (2)")
            assert cluster.stop()
            with pytest.raises(psycopg.OperationalError, match="terminating connection"):
                connection.execute("COMMIT")
            connection.close()
        cluster.start()
        assert ask(cluster, "SELECT array_agg(n) FROM kept") == [1]


class TestAfterAKill:
    """SIGKILL anywhere: the next start works."""

    def test_of_the_postmaster_the_next_start_recovers(self, cluster: Cluster) -> None:
        cluster.start()
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
        kill_postmaster(cluster)
        assert (cluster.data / "postmaster.pid").exists()
        assert not cluster.status().is_running
        assert cluster.start()
        assert ask(cluster, "SELECT n FROM kept") == 42

    def test_of_the_postmaster_the_next_start_ends_a_backend_still_at_work(self, cluster: Cluster) -> None:
        cluster.start()
        endless = "SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b"
        finding = f"SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = '{endless}'"
        with subprocess.Popen(["psql", "-X", "-c", endless, cluster.url()], stderr=subprocess.DEVNULL):
            wait_until(lambda: ask(cluster, finding), "the endless query runs")
            pid = ask(cluster, finding)
            kill_postmaster(cluster)
            assert pid in server_processes(cluster.data)
            assert cluster.start()
            assert pid not in server_processes(cluster.data)

    def test_a_pid_that_another_program_has_now_is_not_mistaken_for_the_server(self, cluster: Cluster) -> None:
        cluster.start()
        pid_file = cluster.data / "postmaster.pid"
        stale = pid_file.read_text().splitlines()
        kill_postmaster(cluster)
        wait_until(lambda: not server_processes(cluster.data), "orphans gone")
        account = Account.of_server(cluster.folder)
        with subprocess.Popen(["sleep", "600"], user=account.uid if IS_ROOT else None) as other:
            try:
                pid_file.write_text("\n".join([str(other.pid), *stale[1:], ""]))
                assert not cluster.status().is_running
                assert not cluster.stop()
                assert cluster.start()
                assert other.poll() is None
            finally:
                other.kill()

    @pytest.mark.parametrize("whom", ["the process", "the process and initdb"])
    def test_in_the_middle_of_initdb_the_next_start_begins_anew(self, folder: Path, whom: str) -> None:
        process = run_python(START, folder, start_new_session=True)
        wait_until(lambda: list(folder.glob("postgres/initdb-*/base")), "initdb at work")
        if whom == "the process":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        cluster = Cluster(folder, is_durable=False)
        assert not cluster.data.exists()
        assert cluster.start()
        assert ask(cluster, "SELECT 1") == 1

    def test_what_initdb_left_is_removed(self, cluster: Cluster) -> None:
        (cluster.folder / "initdb-abc" / "base").mkdir(parents=True)
        cluster.start()
        assert not list(cluster.folder.glob("initdb-*"))


def kill_postmaster(cluster: Cluster) -> None:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the kill")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class TestPort:
    """The optional TCP port."""

    def test_is_for_the_reader_alone(self, cluster: Cluster) -> None:
        cluster = replace(cluster, port=free_port())
        cluster.start()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("CREATE ROLE atlante_read LOGIN")
            connection.execute("CREATE ROLE atlante_load LOGIN")
        address = f"host=127.0.0.1 port={cluster.port} dbname=atlante"
        with psycopg.connect(f"{address} user=atlante_read") as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("atlante_read",)
        for login in ("atlante", "atlante_load"):
            with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
                psycopg.connect(f"{address} user={login}")

    def test_in_use_by_another_program_is_said_with_the_setting(self, cluster: Cluster) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(PortTaken, match=rf"^Port {port} on 127\.0\.0\.1 .*ATLANTE_DATABASE_PORT\.$"):
                replace(cluster, port=port).start()
            assert not cluster.status().is_running
        assert replace(cluster, port=port).start()

    def test_is_not_opened_unless_asked_for(self, cluster: Cluster) -> None:
        cluster.start()
        assert ask(cluster, "SHOW listen_addresses") == ""


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """Return the root of a disk of 100 MiB."""
    place = folder / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=100m,mode=755", "tmpfs", place]
    if not IS_ROOT or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root's rights")
    try:
        yield place
    finally:
        Cluster(place).stop()
        subprocess.run(["umount", place], check=True)


class TestFullDisk:
    """No room: said before harm is done."""

    def test_is_found_before_anything_is_made(self, small_disk: Path) -> None:
        with pytest.raises(DiskFull, match=r"has \d+ MiB free and 500 MiB are needed.*ATLANTE_DATA_DIR"):
            Cluster(small_disk).start()
        assert [entry.name for entry in small_disk.rglob("*")] == ["postgres", "lock"]

    def test_is_enough_from_500_mib(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cluster = Cluster(folder, is_durable=False)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, 500 * 2**20 - 1))
        with pytest.raises(DiskFull):
            cluster.start()
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, 500 * 2**20))
        assert cluster.start()

    @pytest.mark.parametrize("left", [0, 4096])
    def test_is_named_when_the_server_can_not_start_on_it(self, made: Path, small_disk: Path, left: int) -> None:
        subprocess.run(["cp", "-a", made / "postgres", small_disk], check=True)
        filler = small_disk / "filler"
        free = shutil.disk_usage(small_disk).free
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free - left)
        cluster = Cluster(small_disk, is_durable=False)
        with pytest.raises(DiskFull, match="ATLANTE_DATA_DIR"):
            cluster.start()
        filler.unlink()
        assert cluster.start()


class TestFolder:
    """Where the cluster lives, and who reaches it."""

    def test_that_the_servers_user_can_not_reach_is_named(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700 if IS_ROOT else 0o500)
        with pytest.raises(ClusterFailed, match=rf"{closed}/state.*ATLANTE_DATA_DIR"):
            Cluster(closed / "state").start()
        closed.chmod(0o755)
        assert Cluster(closed / "state", is_durable=False).start()

    @pytest.mark.parametrize("verb", ["start", "stop", "status", "url"])
    @pytest.mark.skipif(not IS_ROOT, reason="needs a folder of another user: run as root")
    def test_of_another_user_is_named_to_a_plain_user(self, cluster: Cluster, verb: str) -> None:
        refused = as_plain_user(
            f"""
            from atlante.errors import ClusterFailed
            try:
                Cluster(Path(sys.argv[1])).{verb}()
            except ClusterFailed as exc:
                print(exc)
            """,
            cluster.data_dir,
        )
        assert "Permission denied" in refused
        assert str(cluster.data_dir) in refused
        assert "ATLANTE_DATA_DIR" in refused

    def test_is_closed_to_other_users(self, cluster: Cluster) -> None:
        cluster.start()
        for each in (cluster.folder, cluster.data, cluster.socket_dir):
            assert each.stat().st_mode & 0o777 == 0o700

    def test_with_a_path_too_long_for_a_socket_gets_a_short_one(self, made: Path, folder: Path) -> None:
        long = folder / ("x" * 100)
        long.mkdir()
        subprocess.run(["cp", "-a", made / "postgres", long], check=True)
        cluster = Cluster(long, is_durable=False)
        cluster.start()
        assert ask(cluster, "SELECT 1") == 1
        assert len(str(cluster.socket_dir)) < 40
        assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
        cluster.stop()
        assert not cluster.socket_dir.exists()

    def test_keeps_its_own_socket_up_to_the_longest_path_that_works(self, made: Path, folder: Path) -> None:
        # 107 bytes = folder + "/" + name + "/postgres/socket/.s.PGSQL.5432"
        fitting = 107 - len(str(folder)) - 1 - len("/postgres/socket/.s.PGSQL.5432")
        longest, too_long = folder / ("y" * fitting), folder / ("y" * (fitting + 1))
        assert not Cluster(too_long).socket_dir.is_relative_to(folder)
        longest.mkdir()
        subprocess.run(["cp", "-a", made / "postgres", longest], check=True)
        cluster = Cluster(longest, is_durable=False)
        cluster.start()
        assert len(str(cluster.socket_dir / ".s.PGSQL.5432")) == 107
        assert ask(cluster, "SELECT 1") == 1

    def test_of_the_socket_that_somebody_else_prepared_is_refused(self, folder: Path) -> None:
        (folder / "real").mkdir(mode=0o700)
        (folder / "planted").symlink_to(folder / "real")
        (folder / "open").mkdir(mode=0o777)
        account = Account.of_server(folder / "none")
        with pytest.raises(ClusterFailed, match=f"{folder}/planted is a link"):
            make_private(folder / "planted", account)
        if IS_ROOT:
            os.chown(folder / "open", 12345, 12345)
            with pytest.raises(ClusterFailed, match="belongs to another user"):
                make_private(folder / "open", account)

    def test_made_by_another_major_version_is_said(self, cluster: Cluster) -> None:
        (cluster.data / "PG_VERSION").write_text("14\n")
        with pytest.raises(ClusterFailed, match=rf"made by PostgreSQL 14.*has {find_server().version}"):
            cluster.start()

    def test_that_is_not_postgresqls_is_said(self, cluster: Cluster) -> None:
        (cluster.data / "PG_VERSION").unlink()
        with pytest.raises(ClusterFailed, match=f"{cluster.data} is not a PostgreSQL data folder"):
            cluster.start()

    def test_that_is_a_file_is_said(self, folder: Path) -> None:
        (folder / "file").write_text("")
        with pytest.raises(ClusterFailed, match=f"{folder}/file"):
            Cluster(folder / "file").start()


class TestServerLog:
    """What the server said is in the error."""

    def test_is_in_the_message_when_the_server_does_not_start(self, cluster: Cluster) -> None:
        with (cluster.data / "postgresql.conf").open("a") as file:
            file.write("shared_buffers = 'much'\n")
        with pytest.raises(ClusterFailed, match=r'invalid value for parameter "shared_buffers": "much"') as caught:
            cluster.start()
        assert str(cluster.log) in str(caught.value)

    def test_of_initdb_is_in_the_message_and_nothing_is_left(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("atlante.database.cluster.making._locale", lambda _: ("--locale=xx_YY.wrong",))
        cluster = Cluster(folder)
        with pytest.raises(ClusterFailed, match=r'invalid locale name "xx_YY\.wrong"'):
            cluster.start()
        assert [entry.name for entry in cluster.folder.iterdir()] == ["lock"]


class TestSettings:
    """Which database a deployment means."""

    def test_with_a_database_url_never_touch_the_private_cluster(self, folder: Path) -> None:
        url = "postgresql://somebody@example.org/elsewhere"
        settings = settings_with(folder / "state", database_url=url)
        assert ensure_database(settings) == url
        assert database_url(settings) == url
        assert read_url(settings) == url
        assert not (folder / "state").exists()

    def test_without_one_start_it_on_demand(self, cluster: Cluster) -> None:
        settings = settings_with(cluster.data_dir)
        url = database_url(settings)
        assert not cluster.status().is_running
        assert ensure_database(settings) == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                True,
            )
            connection.execute("CREATE ROLE atlante_read LOGIN")
        cluster.stop()
        with psycopg.connect(read_url(settings)) as connection:
            assert connection.execute("SELECT session_user").fetchone() == ("atlante_read",)


def as_plain_user(text: str, *arguments: object) -> str:
    """Run a program as `nobody`, who may not read what the interpreter is: so it is read before."""
    preamble = """
        import os, sys
        from pathlib import Path
        from atlante.database import Cluster, ensure_database
        from atlante.settings import Settings
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    """
    process = run_python(textwrap.dedent(preamble) + textwrap.dedent(text), *arguments, cwd="/")
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, err) == (0, ""), err
    return out


@pytest.mark.skipif(not IS_ROOT, reason="the suite runs as a plain user already")
def test_a_plain_user_runs_it_in_the_state_folder_of_their_own(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    folder.chmod(0o700)
    out = as_plain_user(
        """
        settings = Settings.from_environment({"XDG_STATE_HOME": sys.argv[1]})
        url = ensure_database(settings)
        print(url, settings.data_dir.stat().st_uid, Cluster.of(settings).data.stat().st_uid)
        """,
        folder,
    )
    assert out == f"postgresql://atlante@/atlante?host={folder}/atlante/postgres/socket&port=5432 65534 65534\n"
    # root who comes later finds it running, and leaves it to its owner
    assert not Cluster(folder / "atlante").start()
    assert Cluster(folder / "atlante").stop()
    assert Cluster(folder / "atlante").start()
    assert Path(f"/proc/{Cluster(folder / 'atlante').status().pid}").stat().st_uid == 65534


@pytest.mark.skipif(not IS_ROOT or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_root_of_a_container_who_may_not_look_into_processes_runs_it_too(cluster: Cluster) -> None:
    """Docker's root has no CAP_SYS_PTRACE, without which it can't see where a process of another user works."""
    text = """
        import sys
        from pathlib import Path
        from atlante.database import Cluster
        cluster = Cluster(Path(sys.argv[1]), is_durable=False)
        print(cluster.start(), cluster.start(), cluster.status().is_running)
        print(cluster.stop(), cluster.status().is_running)
    """
    command = ["setpriv", "--bounding-set=-sys_ptrace", sys.executable, "-c", textwrap.dedent(text), cluster.data_dir]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE_SECONDS)
    assert done.stdout == "True False True\nTrue False\n"


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_root_hands_the_server_to_an_unprivileged_user(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.status().pid
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"HOME=" not in environment, "root's environment is none of the server's business"
