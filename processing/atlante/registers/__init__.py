"""Register extracts: read with every row accounted for, loaded with history, and generated for demonstration."""

from atlante.registers.business import BusinessRegister, Snapshot, business_file_name
from atlante.registers.delivery import Loading
from atlante.registers.editions import ActivityTally, EditionReport
from atlante.registers.extract import Account, Extract, Reason
from atlante.registers.files import RegisterFile
from atlante.registers.load import LoadSummary, load_register
from atlante.registers.reader import open_register, read_register
from atlante.registers.synthetic import synthetic_file_name, write_synthetic_register
from atlante.registers.whole import load_extract

__all__ = [
    "Account",
    "ActivityTally",
    "BusinessRegister",
    "EditionReport",
    "Extract",
    "LoadSummary",
    "Loading",
    "Reason",
    "RegisterFile",
    "Snapshot",
    "business_file_name",
    "load_extract",
    "load_register",
    "open_register",
    "read_register",
    "synthetic_file_name",
    "write_synthetic_register",
]
