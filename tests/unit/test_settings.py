"""What a deployment chooses is read from ATLANTE_… variables, and a wrong choice is named."""

from __future__ import annotations

import os
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from atlante.errors import InvalidSetting
from atlante.settings import Settings, default_catalogue_dir, default_data_dir

EVERYTHING = {
    "ATLANTE_DATABASE_URL": "postgresql://atlante@db/atlante",
    "ATLANTE_DATA_DIR": "/srv/atlante",
    "ATLANTE_DATABASE_PORT": "6543",
    "ATLANTE_CATALOGUE_DIR": "/etc/atlante/catalogue",
    "ATLANTE_EXTRA_CATALOGUE_DIR": "/etc/atlante/own",
    "ATLANTE_HOST": "10.0.0.5",
    "ATLANTE_PORT": "80",
    "ATLANTE_PUBLIC_URL": "https://atlante.example.org/",
}


def test_an_empty_environment_means_a_private_cluster_on_this_machine() -> None:
    settings = Settings.from_environment({})
    assert settings.database_url is None
    assert settings.database_port is None
    assert settings.data_dir == default_data_dir({})
    assert settings.catalogue_dir == default_catalogue_dir()
    assert settings.service_url == "http://127.0.0.1:8080"


def test_every_setting_has_a_variable() -> None:
    settings, default = Settings.from_environment(EVERYTHING), Settings.from_environment({})
    assert settings.database_url == "postgresql://atlante@db/atlante"
    assert settings.data_dir == Path("/srv/atlante")
    assert settings.database_port == 6543
    assert settings.catalogue_dir == Path("/etc/atlante/catalogue")
    assert settings.extra_catalogue_dir == Path("/etc/atlante/own")
    assert (settings.host, settings.port) == ("10.0.0.5", 80)
    unread = [each.name for each in fields(Settings) if getattr(settings, each.name) == getattr(default, each.name)]
    assert unread == [], "a field that no variable sets: add the variable here"


def test_the_public_address_has_no_slash_at_the_end() -> None:
    assert Settings.from_environment(EVERYTHING).service_url == "https://atlante.example.org"


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_an_empty_variable_is_as_none(name: str) -> None:
    assert Settings.from_environment({name: ""}) == Settings.from_environment({})


@pytest.mark.parametrize("name", ["ATLANTE_PORT", "ATLANTE_DATABASE_PORT"])
@pytest.mark.parametrize("value", ["http", "0", "65536", "-1", "80.5", " 80", "²", "8_0"])
def test_a_port_that_can_not_be_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value) == f"{name} is {value!r}; expected a port from 1 to 65535."
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", ["1", "65535"])
def test_the_first_and_the_last_port_are_ports(value: str) -> None:
    assert Settings.from_environment({"ATLANTE_PORT": value}).port == int(value)


def test_folders_are_absolute_whatever_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/anna")
    assert Settings.from_environment({"ATLANTE_DATA_DIR": "state"}).data_dir == tmp_path / "state"
    assert Settings.from_environment({"ATLANTE_DATA_DIR": "~/atlante"}).data_dir == Path("/home/anna/atlante")


def test_a_plain_user_has_the_cluster_in_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/anna")
    assert default_data_dir({}) == Path("/home/anna/.local/state/atlante")
    assert default_data_dir({"XDG_STATE_HOME": "/home/anna/state"}) == Path("/home/anna/state/atlante")


def test_root_has_it_where_an_unprivileged_server_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir({"XDG_STATE_HOME": "/root/state"}) == Path("/var/lib/atlante")


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLANTE_PORT", "8123")
    assert Settings.from_environment().port == 8123


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.from_environment({}).port = 1


def test_the_shipped_catalogue_is_there() -> None:
    assert (default_catalogue_dir() / "indicators").is_dir()
