"""Server settings that fit the machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps it: only its size is asked
_ENOUGH_SHARED_MIB = 1024
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Machine:
    """What the server may use.

    Attributes
    ----------
    memory_mib
        Main memory.
    cores
        Processor cores.
    shared_mib
        Memory that processes may share by name; None: not limited apart.
    """

    memory_mib: int
    cores: int
    shared_mib: int | None = None


def this_machine() -> Machine:
    """Return the size of this machine, or of the container that this process runs in where that is smaller."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if _CGROUP_LIMIT.is_file() and (limit := _CGROUP_LIMIT.read_text(encoding="utf-8").strip()).isdigit():
        memory = min(memory, int(limit))
    # what this process may run on, where the system can tell: containers and taskset give less than all cores
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shared = shutil.disk_usage(_SHARED_MEMORY).total // _MIB if _SHARED_MEMORY.is_dir() else None
    return Machine(memory // _MIB, cores, shared)


def settings_for(machine: Machine, *, is_durable: bool = True) -> dict[str, str]:
    """Return PostgreSQL settings for one pipeline and a small pool of readers on a machine.

    Parameters
    ----------
    machine
        Its size.
    is_durable
        False trades safety against a power cut for speed: for tests only.
    """
    memory = machine.memory_mib
    settings = {
        # a quarter, as the PostgreSQL manual starts from; more than 8 GiB helps no data of ours
        "shared_buffers": f"{_between(32, memory // 4, 8192)}MB",
        "effective_cache_size": f"{_between(64, memory // 2, 2**20)}MB",
        # a roll-up sorts and hashes a whole register in one backend, and few backends work at a time
        "work_mem": f"{_between(8, memory // 128, 256)}MB",
        "maintenance_work_mem": f"{_between(32, memory // 16, 1024)}MB",
        "max_wal_size": "4GB",
        "wal_compression": "on",
        # nothing replicates a private cluster; COPY into a table truncated in the same transaction skips the WAL
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # solid-state disks: reading at random costs little more than in order
        "random_page_cost": "1.1",
        # our queries are short or bulk loads: compiling them costs more than it saves
        "jit": "off",
        "max_worker_processes": str(max(8, machine.cores)),
        "max_parallel_workers": str(machine.cores),
        "max_parallel_workers_per_gather": str(_between(0, machine.cores // 2, 4)),
        "max_parallel_maintenance_workers": str(_between(0, machine.cores // 2, 4)),
    }
    if machine.shared_mib is not None and machine.shared_mib < _ENOUGH_SHARED_MIB:
        # a container: parallel queries would fail in its 64 MiB
        settings["dynamic_shared_memory_type"] = "mmap"
    if not is_durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return settings


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
