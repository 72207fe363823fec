"""What a command writes beside releases: there whole, or not at all."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def appearing(target: Path, *, folder: bool = True) -> Iterator[Path]:
    """Give a folder beside ``target``, or the path of a file, that becomes it in one step; it goes where that fails."""
    staged = target.with_name(f".{target.name}.new")
    _remove(staged)
    make_folder(staged if folder else staged.parent)
    try:
        yield staged
        with failures(target):
            staged.rename(target)
    except BaseException:
        _remove(staged)
        raise


def _remove(path: Path) -> None:
    with failures(path):
        shutil.rmtree(path, ignore_errors=True)
        if path.is_file():
            path.unlink()
