"""The command line ``atlante``.

stdout carries data only; progress and messages go to stderr. Exit codes: 0 ok, 1 data or check failed, 2 usage,
3 infrastructure, 130 interrupted.
"""

from atlante.cli.application import main

__all__ = ["main"]
