"""Packages that not everybody needs are extras of the distribution; what asks for one says so where it is missing."""

from __future__ import annotations

from importlib.util import find_spec

from dataset_packager.base.findings import SetupError


def missing(extra: str, asking: str) -> SetupError:
    """Return the error that ``asking``, an option or a part of the configuration, needs an extra that isn't there."""
    mend = f"pip install 'dataset-packager[{extra}]', then run the same command again"
    return SetupError(f"{asking} needs the extra {extra!r}, which isn't installed: {mend}")


def is_installed(module: str) -> bool:
    """Say whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ValueError:  # it is barred
        return False
