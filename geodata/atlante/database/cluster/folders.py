"""The folders of the cluster: the server's user reaches them, other users do not enter."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from atlante.errors import ClusterFailed

if TYPE_CHECKING:
    from atlante.database.cluster.account import Account

_BLOCK = 512  # bytes: the unit of st_blocks


def make_reachable(folder: Path, account: Account) -> None:
    """Make a folder, and those above it, that a user can pass through.

    Raises
    ------
    ClusterFailed
        If one that exists is closed to that user.
    """
    for each in (*reversed(folder.parents), folder):
        if not each.exists():
            each.mkdir(exist_ok=True)
            if account.is_other:
                each.chmod(0o755)  # whatever the umask is
    if not account.may_enter(folder):
        raise ClusterFailed(
            f"The user {account.name}, who runs the server, can't reach {folder}. Open the folders above it "
            "(chmod a+x), or choose another with ATLANTE_DATA_DIR."
        )


def make_private(folder: Path, account: Account) -> None:
    """Make a folder that only a user enters.

    Raises
    ------
    ClusterFailed
        If somebody else has made it, or opened it to others.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        folder.chmod(0o700)
        account.own(folder)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise ClusterFailed(
            f"{folder} is a link, belongs to another user or is open to others. Remove it, or choose another folder "
            "with ATLANTE_DATA_DIR."
        )


def size_of(folder: Path) -> int:
    """Return the bytes that the files of a folder take on the disk; files may vanish meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).lstat().st_blocks * _BLOCK
    return total
