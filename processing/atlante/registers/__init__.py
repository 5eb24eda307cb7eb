"""Register extracts: read with every row accounted for, loaded with history, and generated for demonstration."""

from atlante.registers.extract import Extract, Reason
from atlante.registers.load import LoadSummary, load_extract
from atlante.registers.reader import read_register
from atlante.registers.synthetic import synthetic_file_name, write_synthetic_register

__all__ = [
    "Extract",
    "LoadSummary",
    "Reason",
    "load_extract",
    "read_register",
    "synthetic_file_name",
    "write_synthetic_register",
]
