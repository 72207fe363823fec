"""A process that loads begins before anybody asks for it, once, and none stays."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dataset_packager.columns import loader

TOLD: list[str] = []


class Told:
    """What stands for a process, and tells what becomes of it."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        assert environment["HF_HUB_OFFLINE"] == "1"
        assert environment["HF_HOME"].startswith(str(folder))
        assert folder.is_dir()
        TOLD.append("begun")

    def close(self) -> None:
        TOLD.append("closed")


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_the_first_who_asks_gets_what_has_begun_and_none_stays(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "Loader", Told)
    TOLD.clear()
    with loader.loader_begun():
        assert TOLD == ["begun"]
        loaders = {id(loader.offline_loader(tmp_path)) for _ in range(taken)}
        assert len(loaders) == taken
    assert ["begun"] * max(taken, 1) + ["closed"] == TOLD
    loader.offline_loader(tmp_path)
    assert TOLD[-1] == "begun", "nothing of the one before is left"


def test_what_cannot_begin_ahead_is_told_by_who_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "Loader", Told)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    TOLD.clear()
    with loader.loader_begun():
        assert TOLD == []
