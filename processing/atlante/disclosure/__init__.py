"""Disclosure control: which values may be published. Pure: tables in, statuses out."""

from atlante.disclosure.derived import Derivation
from atlante.disclosure.protection import Status, protect
from atlante.disclosure.suppression import Rule

__all__ = ["Derivation", "Rule", "Status", "protect"]
