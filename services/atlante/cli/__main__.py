"""``python -m atlante.cli``: the same as ``atlante``."""

from atlante.cli.application import main

main()
