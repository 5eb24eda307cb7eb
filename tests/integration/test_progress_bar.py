"""The progress bar of long steps: drawn on a terminal and gone at the end; nothing of it elsewhere."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import IO, Final

import pytest

STEP: Final = "loading register.csv"
PATIENCE_S: Final = 30
STATES: Final = (0, 25, 50, 100)
# Goes on to the next state when it is told that this one has been seen.
PROGRAM: Final = f"""
import sys
from atlante.cli.console import gauge
with gauge({STEP!r}) as meter:
    for percent in {STATES}:
        meter(percent * 10, 1000)
        sys.stdin.readline()
    if len(sys.argv) > 1:
        raise SystemExit(3)
print("data")
"""
ERASE_LINE: Final = "\x1b[2K"
SHOW_CURSOR: Final = "\x1b[?25h"
OVERRIDES: Final = {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}  # of what rich finds out itself


def on_a_terminal(*arguments: str) -> tuple[int, str, str]:
    """Run the program with stderr on a terminal; return its exit code, its stdout and what the terminal received."""
    terminal, stderr = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment | {"TERM": "xterm", "COLUMNS": "120", "LINES": "24"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:
        os.close(stderr)
        assert process.stdin
        assert process.stdout
        received = "".join(read_until(terminal, f"{percent}%", process.stdin) for percent in STATES)
        process.stdin.close()
        received += read_until(terminal, None, None)
        os.close(terminal)
        output = process.stdout.read()
    return process.returncode, output, received


def read_until(terminal: int, awaited: str | None, reply: IO[str] | None) -> str:
    """Return what a terminal receives until some text, and reply with a line; or until its other end is closed."""
    received, deadline = b"", time.monotonic() + PATIENCE_S  # a bar is drawn again and again
    while awaited is None or awaited.encode() not in received:
        patience = max(deadline - time.monotonic(), 0)
        ready = select.select([terminal], [], [], patience)[0] if patience else []
        assert ready, f"never saw {awaited!r} in {received!r}"
        try:
            received += os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            assert awaited is None, f"never saw {awaited!r} in {received!r}"
            break
    if reply:
        reply.write("\n")
        reply.flush()
    return received.decode(errors="replace")


def shown(received: str) -> list[int]:
    """Return the percentages that were drawn, in order."""
    return [int(text) for text in re.findall(r"(\d+)%", received)]


def test_a_bar_is_drawn_on_a_terminal_and_advances() -> None:
    code, output, received = on_a_terminal()
    percentages = shown(received)
    assert code == 0
    assert output == "data\n"
    assert STEP in received
    assert "━" in received
    assert set(percentages) == set(STATES)
    assert percentages == sorted(percentages)
    assert received.index(STEP) < received.index("finishing")


@pytest.mark.parametrize("arguments", [(), ("fails",)])
def test_a_bar_is_gone_when_the_step_ends_well_or_badly(arguments: tuple[str, ...]) -> None:
    code, _, received = on_a_terminal(*arguments)
    assert code == (3 if arguments else 0)
    last = received.rindex("%")
    assert ERASE_LINE in received[last:]
    assert SHOW_CURSOR in received[last:]
    assert "━" not in received[received.rindex(ERASE_LINE) :]


def test_nothing_of_a_bar_is_written_where_stderr_is_no_terminal() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, input="\n" * 4, capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ("data\n", "")
