"""Whatever happens at whichever of its file-system operations: a build leaves the former release or the new one, whole.

Each operation that a build makes is in turn the last one (the process is killed there, a write half done) or refused
(no room, a failing disk, no right, for once or from then on).
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.verify import verify_release

from .conftest import NAME, Ended, Forks, write_records
from .faults import KILL
from .whole import names, refused, saying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ERRORS = ("ENOSPC", "EIO", "EROFS", "EDQUOT", "EACCES")
RANDOM = re.compile(r"\.partial-[0-9a-f]{8}|(?<=\.staging/)\w{8}|(?<=dataset-packager-)\w{8}")


def build(forks: Forks, project: Path, out: Path | str, **request: object) -> Ended:
    return forks("--project", project, "--out", out, "--workers", "1", "--quarantine", **request)


@pytest.fixture
def former(forks: Forks, small: Path, tmp_path: Path) -> Path:
    """Three releases in turn, so that the next build has one to sweep; the records have changed since."""
    out = tmp_path / "former"
    for what in ("oldest", "older", "former"):
        write_records(small, what)
        assert build(forks, small, out).code == 0
    write_records(small, "new")
    return out


class Trials:
    """Builds over a copy of the same former releases, each with a fault at another operation.

    ``called`` is what a build is given as ``--out``, seen from the folder that the copy lies in.
    """

    def __init__(self, forks: Forks, project: Path, former: Path, called: Path | str) -> None:
        self.called = called
        self.forks, self.project, self.former = forks, project, former
        self.out = former.parent / "out"
        self.home = self.out / ".releases" / NAME
        self.current = self.home / (former / NAME).resolve().name
        self.verified = set[str]()

    def __call__(self, at: int, how: str, *, onwards: bool = False) -> Ended:
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.former, self.out, symlinks=True)
        fault = {"at": at, "how": how, "onwards": onwards}
        return build(self.forks, self.project, self.called, seconds=20, fault=fault, cwd=str(self.out.parent))

    def judge(self) -> set[str]:
        """Return what the current release says; it is whole, as is its predecessor."""
        told = saying(self.out / NAME)
        assert told in ({"former"}, {"new"})
        assert saying(self.current) == {"former"}
        return told

    def verify(self) -> None:
        """Verify the current release; the same bytes only once."""
        digest = folder_digest(self.out / NAME)
        if digest not in self.verified:
            verify_release(self.out / NAME, full=False).insist()
            self.verified.add(digest)

    def operations(self, *, syncs: bool) -> list[int]:
        """Return the numbers of the operations of an undisturbed build; of many writes to one file, every eighth.

        A process that is killed at an ``fsync`` leaves what it leaves where it is killed at the next operation, if that
        isn't torn: without ``syncs`` only the latter is counted.
        """
        ended = self(0, KILL)
        assert ended.code == 0, ended.err
        named = [RANDOM.sub("*", name) for name in ended.operations]
        seen = Counter[str]()
        chosen = []
        for number, name in enumerate(named, 1):
            seen[name] += 1
            if name.startswith("fsync") and not syncs and not named[number].startswith("write"):
                continue
            if seen[name] % 8 == 1 or not name.startswith("write"):
                chosen.append(number)
        return chosen

    def state(self) -> Iterator[str]:
        """Yield what tells this state of the folder from others: all but the files of the staging folder."""
        for path in (*self.out.rglob("*"), *(self.forks.folder / "printed").glob("dataset-packager-*")):
            name = RANDOM.sub("*", str(path))
            if path.is_dir():
                yield name
            elif ".staging" not in name:
                yield f"{name} {path.read_bytes()!r}"

    def recover(self) -> None:
        """Build again, of records that have changed once more: nothing of the interrupted build is left."""
        predecessor = (self.out / NAME).resolve().name
        write_records(self.project, "next")
        ended = build(self.forks, self.project, self.called, cwd=str(self.out.parent))
        write_records(self.project, "new")
        assert ended.code == 0, ended.err
        assert saying(self.out / NAME) == {"next"}
        assert names(self.out) == {".releases", NAME, f"{NAME}.rejected.jsonl"}
        assert names(self.home) - names(self.former / ".releases" / NAME) <= {
            predecessor,
            (self.out / NAME).resolve().name,
        }
        assert predecessor in names(self.home)
        assert refused(self.out / f"{NAME}.rejected.jsonl") == {"next"}
        self.verify()
        assert [name for name in self.forks.litter if any((self.forks.folder / "printed" / name).iterdir())] == []


def test_killed_at_any_operation(forks: Forks, small: Path, former: Path) -> None:
    (former.parent / "linked").symlink_to("out", target_is_directory=True)
    trials, seen, recovered = Trials(forks, small, former, "linked"), set[str](), set[frozenset[str]]()
    for at in trials.operations(syncs=False):
        ended = trials(at, KILL)
        assert ended.code == -9, ended.err
        seen |= trials.judge()
        state = frozenset(trials.state())
        if state not in recovered:
            recovered.add(state)
            trials.verify()
            trials.recover()
    assert len(recovered) > 15
    assert seen == {"former", "new"}


def test_killed_while_the_origin_is_noted(forks: Forks, small: Path, tmp_path: Path) -> None:
    """Only a build without refused records notes what its release follows from; it does so last of all."""
    records, out = small / "data/seen.jsonl", tmp_path / "out"
    records.write_text('{"id": 1, "what": "former"}\n', "utf-8")
    assert build(forks, small, out).code == 0
    shutil.copytree(out, tmp_path / "former", symlinks=True)
    records.write_text('{"id": 1, "what": "new"}\n', "utf-8")
    trials = Trials(forks, small, tmp_path / "former", out)
    undisturbed = trials(0, KILL).operations
    first = next(number for number, name in enumerate(undisturbed, 1) if ".origin" in name)
    left = set[bool]()
    for at in range(first, len(undisturbed) + 1):
        assert trials(at, KILL).code == -9
        assert saying(out / NAME) == {"new"}
        ended = build(forks, small, out)
        assert ended.code == 0, ended.err
        left.add("nothing has changed" in ended.err + ended.out)
        trials.verify()
        assert {name for name in names(trials.home) if ".partial" in name} == set()
        assert "nothing has changed" in (again := build(forks, small, out)).err + again.out
    assert left == {False, True}


def test_any_operation_refused(forks: Forks, small: Path, former: Path) -> None:
    trials = Trials(forks, small, former, former.parent / "out")
    for at, how in zip(trials.operations(syncs=True), cycle(ERRORS), strict=False):
        ended = trials(at, how, onwards=at % 2 == 0)
        told = trials.judge()
        assert ended.code == 3 or (ended.code == 0 and told == {"new"}), f"{at} {how}: {ended}"
        assert "Traceback" not in ended.err
        if ended.code == 3:
            assert "run the same command again" in ended.err, ended.err
            assert str(trials.former.parent) in ended.err or str(forks.folder) in ended.err, ended.err
