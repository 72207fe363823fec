"""The packager with one file more: an example of the page on extending, placed where the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import PACKAGE, PACKAGER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (PACKAGER / "docs/extending.md").read_text("utf-8")


def extended_by(example: str, folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the packager, in ``folder``, with the file of the page's example beside the others."""
    found = re.search(rf"<!-- example: {re.escape(example)} -->\n```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    copied = folder / "src/dataset_packager"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("*.pyc.*"))  # what is compiled stays valid
    (copied / example).write_text(found[1], "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dataset_packager", *words], cwd=folder, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    return run
