"""The front end's third-party files are those of their packages."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

TOOL = Path(__file__).parents[2] / "tools" / "vendor_frontend.py"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location("vendor_frontend", TOOL)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "vendor_frontend", module)  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tool: ModuleType, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tool.VENDOR_DIR, tmp_path / "vendor"))


def test_the_vendored_files_are_as_pinned(tool: ModuleType) -> None:
    assert tool.check(tool.VENDOR_DIR, tool.PACKAGES) == []


def test_each_package_comes_with_its_licence(tool: ModuleType) -> None:
    for package in tool.PACKAGES:
        assert list((tool.VENDOR_DIR / package.folder).glob("LICENSE*"))


def test_a_changed_a_missing_and_a_foreign_file_are_named(tool: ModuleType, copy: Path) -> None:
    (copy / "maplibre-gl" / "maplibre-gl.mjs").write_text("changed")
    (copy / "maplibre-gl" / "LICENSE.txt").unlink()
    (copy / "extra.js").write_text("foreign")

    assert tool.check(copy, tool.PACKAGES) == [
        "maplibre-gl/LICENSE.txt is missing.",
        "extra.js is not in the manifest.",
        "maplibre-gl/maplibre-gl.mjs was changed.",
    ]


def test_a_version_that_was_pinned_but_not_fetched_is_noticed(tool: ModuleType) -> None:
    assert tool.check(tool.VENDOR_DIR, tool.PACKAGES[:1]) != []


def test_a_hash_is_written_as_npm_writes_it(tool: ModuleType) -> None:
    """The SHA-512 of nothing, FIPS 180-4, in base64."""
    assert tool.integrity(b"") == (
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
    )


def test_a_package_with_another_hash_is_refused_and_nothing_changes(
    tool: ModuleType, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def packs_something_else(command: list[str], **_: object) -> object:
        (Path(command[command.index("--pack-destination") + 1]) / "package.tgz").write_bytes(b"something else")
        return tool.subprocess.CompletedProcess(command, 0, stdout="package.tgz\n", stderr="")

    monkeypatch.setattr(tool.subprocess, "run", packs_something_else)

    with pytest.raises(tool.VendoringFailed, match="is not what is pinned"):
        tool.fetch(copy, tool.PACKAGES)
    assert tool.check(copy, tool.PACKAGES) == []
