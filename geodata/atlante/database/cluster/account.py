"""The user that the server runs as: PostgreSQL refuses to be root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atlante.errors import ClusterFailed

if TYPE_CHECKING:
    from pathlib import Path

_SYSTEM_USER = "postgres"  # every package of the server makes it
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine who runs the server's programs."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_server(cls, folder: Path) -> Account:
        """Return who runs the server of a folder: this user; for root the folder's owner, or else ``postgres``.

        Raises
        ------
        ClusterFailed
            If this user is root and there is no such user.
        """
        if os.geteuid():
            return cls._of(pwd.getpwuid(os.geteuid()))
        owner = folder.stat().st_uid if folder.exists() else 0
        try:
            return cls._of(pwd.getpwuid(owner) if owner else pwd.getpwnam(_SYSTEM_USER))
        except KeyError as exc:
            raise ClusterFailed(
                f"PostgreSQL does not run as root, and there is no user {owner or _SYSTEM_USER} to run it. "
                f"Make one (useradd --system {_SYSTEM_USER}), or run atlante as a plain user."
            ) from exc

    @classmethod
    def _of(cls, entry: pwd.struct_passwd) -> Account:
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def is_other(self) -> bool:
        """Whether this is another user than the one who runs this process."""
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        """Make a file or folder this user's."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can pass through a folder; asked as this user, since root passes everywhere."""
        return self.run("/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)).returncode == 0

    def run(self, *command: str, folder: Path | str = "/") -> subprocess.CompletedProcess[str]:
        """Run a program as this user in a folder, with nothing of our environment but where programs are.

        Standard error is in ``stdout``, in order, in English.
        """
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=os.getgrouplist(self.name, self.gid) if self.is_other else None,
        )
