"""Disclosure control: which values may be published. Pure: tables in, statuses out."""

from atlante.disclosure.protection import Status, protect

__all__ = ["Status", "protect"]
