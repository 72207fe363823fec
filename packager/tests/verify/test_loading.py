"""The process that loads with ``datasets``: it begins early, is asked late, and leaves nothing."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from warm_loader import WarmLoader

from dataset_packager.columns import loader
from dataset_packager.engines.local import Pool
from dataset_packager.release.release_files import Release
from dataset_packager.verify import rows, verify_release
from dataset_packager.verify.shard_scan import read_shard
from verify.forging import edit, mend_hashes, rewrite, with_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = {"config": "a", "by_name": False, "row_provenance": False, "types": [], "splits": {}}
WANTED = {"source": "x", "revision": None, "configs": [CONFIG]}


@pytest.mark.parametrize("card", ["as it is", "with an anchor"])
def test_loading_begins_ahead_and_nobody_is_asked_to_load_a_card_that_is_refused(
    card: str, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if card != "as it is":
        edit(damaged / "README.md", "pretty_name:", "x: &x [y]\nz: [*x, *x]\npretty_name:")
        mend_hashes(damaged)
    told: list[str] = []

    class Recorded(WarmLoader):
        def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
            told.append("begun")
            super().__init__(environment, folder)

        def ask(self, wanted: Mapping[str, Any]) -> None:
            told.append("asked")
            super().ask(wanted)

        def close(self) -> None:
            told.append("closed")
            super().close()

    monkeypatch.setattr(loader, "Loader", Recorded)
    proofs = {proof.check: proof for proof in verify_release(damaged, full=True, workers=2, begin=told.append).proofs}
    if card == "as it is":
        assert (
            told.index("begun") < told.index("files") < told.index("card") < told.index("asked") < told.index("bytes")
        )
        assert proofs["loading"].proven == proofs["records"].proven > 0
    else:
        assert "asked" not in told
        assert any("anchors" in problem for problem in proofs["loading"].problems)
    assert [told.count(event) for event in ("begun", "closed")] == [1, 1]


@pytest.fixture
def read_by_itself(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shards that are read by themselves, not as ``datasets`` loads them."""
    paths, run = list[str](), Pool.run

    def recorded(pool: Pool, work: Any, tasks: Any) -> Any:
        tasks = list(tasks)
        paths.extend(task.path for task in tasks if work is read_shard)
        return run(pool, work, tasks)

    monkeypatch.setattr(Pool, "run", recorded)
    return paths


@pytest.mark.parametrize("processes", [1, 2])
def test_rows_are_read_once_as_they_load_but_of_the_largest_shards_while_datasets_is_imported(
    processes: int, damaged: Path, read_by_itself: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if processes > 1:
        monkeypatch.setattr(rows, "WORTH_A_PROCESS", 1)
    proofs = {proof.check: proof for proof in verify_release(damaged, full=True, workers=2).proofs}
    shards = {str(path.relative_to(damaged)): path.stat().st_size for path in damaged.glob("data/*/*.parquet")}
    assert [problem for proof in proofs.values() for problem in proof.problems] == []
    assert proofs["bytes"].proven == len(shards)
    assert proofs["records"].proven == proofs["loading"].proven > 0
    assert len(shards) > processes
    assert read_by_itself == sorted(shards, key=lambda path: -shards[path])[:processes]


CASES = [
    "a row is another",
    "the card counts other rows",
    "the card tells of another type",
    "other versions wrote it",
    "datasets can't be imported",
]


@pytest.mark.parametrize("case", CASES)
def test_what_datasets_loads_and_what_is_read_here_are_told_apart(
    case: str, damaged: Path, read_by_itself: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = min(damaged.glob("data/ships/*.parquet"))
    every = sorted(str(path.relative_to(damaged)) for path in damaged.glob("data/*/*.parquet"))
    if case == "a row is another":
        rewrite(shard, with_rows(lambda rows: rows[0].update(name="Changed")))
    elif case == "the card counts other rows":
        edit(damaged / "README.md", "num_examples: 12", "num_examples: 13")
    elif case == "the card tells of another type":
        edit(damaged / "README.md", "dtype: int64", "dtype: int32")
    elif case == "other versions wrote it":
        monkeypatch.setattr(Release, "same_versions", False)
    else:
        monkeypatch.setattr(WarmLoader, "answer", lambda _: (1, "", "ImportError: no module"))
    mend_hashes(damaged)
    proofs = {proof.check: proof for proof in verify_release(damaged, full=True, workers=2).proofs}
    digests, loading = proofs["content digests"], proofs["loading"]
    if case != "a row is another":
        assert (digests.wrong, digests.proven) == (0, len([*every, *damaged.glob("data/*")]))
    if case == "a row is another":
        assert any("its rows have another content digest" in problem for problem in digests.problems)
        assert any("datasets loads other rows" in problem for problem in loading.problems)
        assert read_by_itself[1:] == [str(shard.relative_to(damaged))], "behind the one that is read meanwhile"
    elif case == "the card counts other rows":
        assert any("NonMatchingSplitsSizesError" in problem for problem in loading.problems)
    elif case == "the card tells of another type":
        assert any("datasets loads other rows" in problem for problem in loading.problems)
        assert 0 < len(read_by_itself) < len(every)
    elif case == "other versions wrote it":
        assert (loading.wrong, sorted(read_by_itself)) == (0, every)
    else:
        assert "ImportError: no module" in (loading.unchecked or "")
        assert sorted(read_by_itself) == every


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of threads, which what is forked here never needs
@pytest.mark.parametrize("forks", [True, False])
def test_a_process_that_dies_hangs_or_lacks_a_module_is_told_of_and_none_stays(
    forks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "can_fork", lambda: forks)
    monkeypatch.setattr(loader, "SET_UP", ())
    monkeypatch.delitem(sys.modules, "datasets", raising=False)
    stub, scipy = tmp_path / "stub", tmp_path / "stub/scipy"
    scipy.mkdir(parents=True)
    (scipy / "__init__.py").touch()
    (scipy / "io.py").touch()
    monkeypatch.setattr(sys, "path", [str(stub), *sys.path])
    pids = []

    def answer(code: str, *, asked: bool = True) -> tuple[int, str, str] | None:
        (stub / "datasets.py").write_text(code)
        with closing(WarmLoader.cold(os.environ, tmp_path)) as cold:
            pids.append(cold._process.pid)
            assert isinstance(cold._process, loader._Fork) == forks
            if asked:
                cold.ask(WANTED)
                return cold.answer()
            return None

    assert answer("import os; os._exit(7)") == (7, "", "")
    assert answer("import time; time.sleep(600)", asked=False) is None
    code, printed, _ = answer("def load_dataset(*_, **__): import scipy, scipy.io") or (1, "", "")
    assert (code, "scipy.io" in printed) == (0, True), "datasets would import it for half a second"
    code, printed, _ = answer("raise ValueError('out of order')") or (1, "", "")
    assert (code, "out of order" in printed) == (0, True)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
