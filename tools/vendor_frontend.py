#!/usr/bin/env python3
"""Fetch the front end's third-party files from their npm packages, or check those that are here.

``tools/vendor_frontend.py`` packs each package of the table below with npm, verifies its integrity hash, copies the few
files that the atlas needs with their licence, and writes ``manifest.json``. ``--check`` works offline: it says whether
the files are those of the manifest and the manifest is that of the table. To take a newer version, change version and
integrity here (``npm view NAME@VERSION dist.integrity``) and run it again.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

VENDOR_DIR = Path(__file__).parents[1] / "services" / "atlante" / "web" / "static" / "vendor"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: what is pinned, and which of its files are taken."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[str, ...]

    @property
    def folder(self) -> str:
        """The folder below ``vendor/``: the name without its scope."""
        return self.name.rpartition("/")[2]


PACKAGES = (
    Package(
        name="maplibre-gl",
        version="6.17.0",
        licence="BSD-3-Clause",
        integrity="sha512-2chIZwpLGenoUQOcnm9Pk4SLbA8ppNFq8jlpXiq9vcYm3Y1wJ3fc82FL0GLwBaPYJCLzPv/mC46KEupVov75rQ==",
        # Its style sheet is left out: nine tenths of it are data: images, which the content security policy refuses.
        files=("LICENSE.txt", "dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs"),
    ),
    Package(
        name="@fontsource/titillium-web",
        version="5.3.0",
        licence="OFL-1.1",
        integrity="sha512-+nO3ACtHoBgBgq5rzKYImyJqcbRR5cG7D5O73Iu9qMEVlpQ4KVpdDs+XJexZ6Tgcek4xSlkCI82Xd3yLNF++6w==",
        files=("LICENSE", *(f"files/titillium-web-latin-{weight}-normal.woff2" for weight in (400, 600, 700))),
    ),
)


class VendoringFailed(Exception):
    """A package could not be fetched, or is not the one that is pinned."""


def main() -> int:
    """Fetch or check; return the exit code."""
    parser = argparse.ArgumentParser(description="Fetch the front end's third-party files from npm, or check them.")
    parser.add_argument("--check", action="store_true", help="change nothing; say whether the files are as pinned")
    arguments = parser.parse_args()
    if arguments.check:
        problems = check(VENDOR_DIR, PACKAGES)
        print("\n".join(problems) or "All vendored files are as pinned.", file=sys.stderr)
        return 1 if problems else 0
    try:
        fetch(VENDOR_DIR, PACKAGES)
    except VendoringFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def fetch(vendor_dir: Path, packages: tuple[Package, ...]) -> None:
    """Replace the vendored files by those of the pinned packages and write the manifest.

    Raises
    ------
    VendoringFailed
        If npm fails, a hash differs, or a package lacks a file; what was vendored before then stays as it was.
    """
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / "vendor"
        for package in packages:
            unpack(pack(package, Path(temporary)), package, fresh / package.folder)
        (fresh / MANIFEST).write_text(render_manifest(fresh, packages), encoding="utf-8")
        shutil.rmtree(vendor_dir, ignore_errors=True)
        shutil.copytree(fresh, vendor_dir)


def pack(package: Package, folder: Path) -> Path:
    """Let npm fetch a package's tarball into a folder; return it once its hash is the pinned one."""
    specification = f"{package.name}@{package.version}"
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), specification]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VendoringFailed(f"npm could not fetch {specification}: {done.stderr.strip()}")
    tarball = folder / done.stdout.split()[-1]
    found = integrity(tarball.read_bytes())
    if found != package.integrity:
        raise VendoringFailed(f"{specification} is not what is pinned: its hash is {found}, not {package.integrity}.")
    return tarball


def unpack(tarball: Path, package: Package, folder: Path) -> None:
    """Copy the wanted files of a tarball into a folder, flat."""
    folder.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        for name in package.files:
            try:
                member = archive.extractfile(f"package/{name}")
            except KeyError:
                member = None
            if member is None:
                raise VendoringFailed(f"{package.name}@{package.version} holds no file {name}.")
            (folder / PurePosixPath(name).name).write_bytes(member.read())


def check(vendor_dir: Path, packages: tuple[Package, ...]) -> list[str]:
    """Return what differs between files, manifest and table; nothing if all is as pinned."""
    manifest = vendor_dir / MANIFEST
    if not manifest.is_file():
        return [f"{manifest} is missing. Run `make vendor`."]
    pinned = json.loads(manifest.read_text(encoding="utf-8"))
    problems = []
    if [_pins(package) for package in packages] != [_without_files(entry) for entry in pinned]:
        problems.append(f"{manifest} names other packages than tools/vendor_frontend.py. Run `make vendor`.")
    wanted = {f"{entry['folder']}/{name}": digest for entry in pinned for name, digest in entry["files"].items()}
    found = {
        path.relative_to(vendor_dir).as_posix(): path
        for path in sorted(vendor_dir.rglob("*"))
        if path.is_file() and path != manifest
    }
    problems += [f"{name} is missing." for name in sorted(wanted.keys() - found.keys())]
    problems += [f"{name} is not in the manifest." for name in sorted(found.keys() - wanted.keys())]
    changed = (name for name in wanted.keys() & found.keys() if sha256(found[name]) != wanted[name])
    return problems + [f"{name} was changed." for name in sorted(changed)]


def render_manifest(vendor_dir: Path, packages: tuple[Package, ...]) -> str:
    """Return the manifest of what lies below a folder: per package its pins and the SHA-256 of each file."""
    entries = [
        _pins(package)
        | {"files": {path.name: sha256(path) for path in sorted((vendor_dir / package.folder).iterdir())}}
        for package in packages
    ]
    return json.dumps(entries, indent=2) + os.linesep


def integrity(content: bytes) -> str:
    """Return the hash as npm writes it: ``sha512-`` and base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pins(package: Package) -> dict[str, object]:
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "integrity": package.integrity,
        "folder": package.folder,
    }


def _without_files(entry: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in entry.items() if key != "files"}


if __name__ == "__main__":
    sys.exit(main())
