"""The territorial levels, from the smallest to the whole."""

from __future__ import annotations

from enum import StrEnum

COUNTRY_CODE = "IT"


class Level(StrEnum):
    """A level of territory. Each one's territories add up to those of the next."""

    MUNICIPALITY = "municipality"
    PROVINCE = "province"
    REGION = "region"
    COUNTRY = "country"

    @property
    def plural(self) -> str:
        """The word in collection ids: ``indicators-provinces``."""
        return {"municipality": "municipalities", "country": "countries"}.get(self.value, f"{self.value}s")
