"""Machine code, made once for all processes that run these tests."""

from pathlib import Path

import pytest
from conftest import built_once

from dataset_packager.columns.fast import compile_now


@pytest.fixture(scope="session", autouse=True)
def machine_code(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where none is kept yet, one process compiles it and the other waits: it takes twenty seconds."""

    def make(folder: Path) -> None:
        compile_now()
        folder.mkdir()

    built_once(tmp_path_factory, "machine-code", make)
