"""What the deployment files and the pages about them say is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from atlante.cli.application import app
from atlante.database import Role
from atlante.ogc import delivery
from atlante.settings import Settings
from atlante.web import server

ROOT = Path(__file__).parents[2]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "services" / "docker" / "Dockerfile").read_text(encoding="utf-8")
NGINX = (ROOT / "services" / "docker" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "services" / "docker" / "README.md", ROOT / "docs" / "README.md"]
PAGES += [ROOT / "docs" / "how-to" / f"{name}.md" for name in ("deploy-with-compose", "load-your-own-register")]
PAGES += [ROOT / "docs" / "how-to" / "open-in-qgis.md"]
SOURCE_ROOTS = ("config", "geodata", "processing", "services")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names in the wheel that the image installs."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


def command_line() -> TyperCommand | TyperGroup:
    return get_command(app)


def known_variables(command: TyperCommand | TyperGroup) -> set[str]:
    found = {parameter.envvar for parameter in command.params if isinstance(parameter.envvar, str)}
    subcommands = command.commands.values() if isinstance(command, TyperGroup) else ()
    return found.union(*map(known_variables, subcommands))


def calls_of_atlante(shell: str) -> list[list[str]]:
    """Return the arguments of every call of ``atlante`` in some lines of shell."""
    calls = []
    for line in re.split(r"\n|;|&&", shell.replace("\\\n", " ")):
        words = shlex.split(line, comments=True)
        starts = [n for n, word in enumerate(words[:-1]) if word == "atlante" and re.match("[a-z]", words[n + 1])]
        calls += [words[n + 1 :] for n in starts if words[n + 1] != "atlante"]
    return calls


def check_call(arguments: list[str]) -> None:
    """Fail if the command line has no such command or option."""
    command, rest = command_line(), list(arguments)
    while isinstance(command, TyperGroup):
        name = rest.pop(0)
        assert name in command.commands, f"atlante {' '.join(arguments)}: there is no command {name}"
        command = command.commands[name]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in rest:
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"atlante {' '.join(arguments)}: there is no option {word}"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_or_runs_once(name: str) -> None:
    service = SERVICES[name]
    runs_once = service["restart"] == "no" and service["healthcheck"] == {"disable": True}
    assert runs_once or service["healthcheck"]["test"][0] == "CMD"


def test_only_what_must_wait_for_the_setup_waits_for_it() -> None:
    assert SERVICES["service"]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}
    assert SERVICES["setup"]["depends_on"]["database"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name]["environment"].items():
        if re.search("PASSWORD|SECRET|TOKEN", variable):
            assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), variable
        assert "://" not in value or urlsplit(value).password is None, variable


def test_only_nginx_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    closed = {name for name, network in COMPOSE["networks"].items() if network and network.get("internal")}
    for name in SERVICES.keys() - {"nginx"}:
        assert set(SERVICES[name]["networks"]) <= closed, name
    assert not set(SERVICES["nginx"]["networks"]) & set(SERVICES["database"]["networks"])


def test_the_service_knows_the_reading_login_and_no_other() -> None:
    environment = SERVICES["service"]["environment"]
    assert urlsplit(environment["ATLANTE_DATABASE_URL"]).username == Role.READ
    assert environment["PGPASSWORD"].startswith("${ATLANTE_READ_PASSWORD:")
    assert "POSTGRES_PASSWORD" not in str(SERVICES["service"])


@pytest.mark.parametrize("name", ["setup", "service", "nginx"])
def test_containers_can_write_nowhere_but_to_temporary_files_and_volumes(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["tmpfs"]) == (True, ["/tmp"])  # noqa: S108 - a memory file system
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_containers_get_only_variables_that_atlante_knows() -> None:
    given = {variable for name in ("setup", "service") for variable in SERVICES[name]["environment"]}
    assert {variable for variable in given if variable.startswith("ATLANTE_")} <= known_variables(command_line())


def test_the_example_environment_has_every_variable_of_the_compose_file_and_no_real_password() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    required = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE_TEXT))
    assert documented.keys() == set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
    assert required <= set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert all(value.startswith("change-me") for name, value in documented.items() if "PASSWORD" in name)


def test_volumes_are_declared_and_mounted_files_exist() -> None:
    sources = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    named = {source for source in sources if not source.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    assert [source for source in sources if source.startswith("./") and not (ROOT / source).exists()] in (
        [],
        ["./data"],
    )


def test_commands_of_the_containers_exist() -> None:
    lines = [shlex.join(SERVICES["service"]["command"]), SERVICES["setup"]["command"][-1]]
    calls = [call for line in lines for call in calls_of_atlante(line)]
    assert [call[0] for call in calls] == ["serve", "init", "demo"]
    for call in calls:
        check_call(call)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_pages_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shell = [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"(?<!`)`([^`\n]*atlante [^`\n]*)`", text)]
    for call in calls_of_atlante("\n".join(shell)):
        check_call(call)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_in_the_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_image_is_of_this_version_and_does_not_run_as_root() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert f'org.opencontainers.image.version="{PROJECT["version"]}"' in final
    assert f'org.opencontainers.image.licenses="{PROJECT["license"]}"' in final
    assert re.search(r"^USER ([1-9]\d+):\1$", final, re.MULTILINE)
    assert 'CMD ["atlante", "serve"]' in final


def test_the_image_is_watched_as_compose_watches_it() -> None:
    command = re.search(r"HEALTHCHECK.*\\\n\s+CMD (\[.*\])", DOCKERFILE)
    assert command is not None
    assert yaml.safe_load(command[1]) == SERVICES["service"]["healthcheck"]["test"][1:]


def test_what_the_image_is_built_from_reaches_the_builder() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(entry == source or entry.startswith(f"{source}/") for entry in allowed), source


def test_the_wheel_holds_every_file_of_the_four_source_roots(wheel: set[str]) -> None:
    sources = {
        path.relative_to(ROOT / root).as_posix()
        for root in SOURCE_ROOTS
        for path in (ROOT / root / "atlante").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources - wheel == set()


def test_the_wheel_holds_the_catalogue_where_an_installation_looks_for_it(wheel: set[str]) -> None:
    catalogue = ROOT / "config" / "catalogue"
    shipped = {name.partition(".data/data/share/atlante/catalogue/")[2] for name in wheel}
    assert {path.relative_to(catalogue).as_posix() for path in catalogue.rglob("*") if path.is_file()} == shipped - {""}


def test_nginx_keeps_answers_apart_by_all_that_the_service_varies_them_by() -> None:
    """It ignores Vary, since browsers spell one Accept-Encoding in many ways: its own key must say the same."""
    key = re.search(r"proxy_cache_key (\S+);", NGINX)
    assert key is not None
    normalised = {source: name for source, name in re.findall(r"map (\$\w+) (\$\w+) \{", NGINX) if name in key[1]}
    for header in delivery._VARY.split(", "):
        variable = f"$http_{header.lower().replace('-', '_')}"
        assert normalised.get(variable, variable) in re.split(r"[|/:]", key[1].replace("$request_uri", "")), header


def test_nginx_closes_idle_connections_before_the_service_does() -> None:
    """A request that is written into a closing connection fails, and one that is not idempotent isn't tried again."""
    upstream = re.search(r"upstream service \{.*?keepalive_timeout (\d+)s;", NGINX, re.DOTALL)
    service = server._Server(Settings.from_environment({"HOME": "/"}), "postgresql://")
    assert upstream is not None
    assert int(upstream[1]) < service.cfg.keepalive


def test_publiccode_says_what_the_project_says_and_fits_the_standard() -> None:
    """Lengths: publiccode.yml 0.4, shortDescription up to 150 characters, longDescription 150 to 10,000."""
    publiccode = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert publiccode["legal"]["license"] == PROJECT["license"]
    python = next(entry for entry in publiccode["dependsOn"]["open"] if entry["name"] == "Python")
    assert f">={python['versionMin']}" == PROJECT["requires-python"]
    assert publiccode["description"].keys() == {"it", "en"}
    for text in publiccode["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
