"""Reading what strangers wrote: within limits."""

from __future__ import annotations

from typing import Any

import yaml


def safe_yaml(text: str) -> Any:
    """Return the value of a YAML text without tags that make objects, without aliases, and not nested too deeply.

    Raises:
        ValueError: it is no such text. Aliases are refused because a short text with them can stand for a huge value.
    """
    try:
        if any(map(_is_alias, yaml.parse(text, Loader=yaml.SafeLoader))):
            raise ValueError("YAML with aliases")
        return yaml.safe_load(text)
    except RecursionError:
        raise ValueError("YAML nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from error


def _is_alias(event: yaml.Event) -> bool:
    return isinstance(event, yaml.AliasEvent)
