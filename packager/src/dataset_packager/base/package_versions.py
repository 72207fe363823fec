"""The versions of what shapes the bytes of a release."""

from __future__ import annotations

import platform
from functools import cache

from dataset_packager.base.version import __version__

SHAPING = ("pyarrow", "datasets", "duckdb", "jinja2", "jsonschema-rs", "orjson")
SHAPING_ONE = frozenset({"pillow"})
"""What shapes one document alone, and only where the configuration asks for it: its check looks for the version."""


def shaping_versions() -> dict[str, str]:
    """Return the versions of everything that shapes the bytes of a release; what isn't installed shapes none."""
    return dict(_installed())


@cache
def _installed() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # here: with a parser of mails

    python = ".".join(platform.python_version_tuple()[:2])
    found = {"dataset-packager": __version__, "python": python}
    for name in SHAPING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
