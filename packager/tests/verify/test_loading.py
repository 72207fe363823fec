"""The process that loads with ``datasets``: it begins early, is asked late, and leaves nothing."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from warm_loader import WarmLoader

from dataset_packager.verify import loads_with_datasets, verify_release
from verify.forging import edit, mend_hashes

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

    monkeypatch.setattr(loads_with_datasets, "Loader", Recorded)
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


def test_a_process_that_dies_hangs_or_lacks_a_module_is_told_of_and_none_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub, scipy = tmp_path / "stub", tmp_path / "stub/scipy"
    scipy.mkdir(parents=True)
    (scipy / "__init__.py").touch()
    (scipy / "io.py").touch()
    monkeypatch.setattr(sys, "path", [str(stub), *sys.path])
    pids = []

    def answer(code: str, *, asked: bool = True) -> tuple[int, str, str] | None:
        (stub / "datasets.py").write_text(code)
        with closing(WarmLoader.cold(os.environ, tmp_path)) as loader:
            pids.append(loader._process.pid)
            if asked:
                loader.ask(WANTED)
                return loader.answer()
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
