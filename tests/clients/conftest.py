"""What clients of the service share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def ask(service: str) -> Callable[..., dict[str, Any]]:
    """Return a function that gets a JSON document of the OGC API by its path and parameters."""

    def get(path: str = "", **parameters: str | int) -> dict[str, Any]:
        answer = requests.get(f"{service}/api{path}", params={"f": "json"} | parameters, timeout=60)
        answer.raise_for_status()
        return dict(answer.json())

    return get
