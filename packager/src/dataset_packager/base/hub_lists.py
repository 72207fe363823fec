"""What the Hub takes and lists: data with the day on which it was taken over, in ``contracts/hub-lists.json``."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def hub_lists() -> dict[str, Any]:
    """Return the lists by name; whoever gets them doesn't change them."""
    text = resources.files("dataset_packager").joinpath("contracts/hub-lists.json").read_text("utf-8")
    lists: dict[str, Any] = json.loads(text)
    return lists
