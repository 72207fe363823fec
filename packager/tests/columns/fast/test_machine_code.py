"""The machine code is made once and kept; where it can't be kept or isn't whole, it is made anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import PACKAGER, python, ran_well

from dataset_packager.columns.fast import compile_now, is_compiled
from dataset_packager.columns.fast import native as compiled

from .test_same_verdict import MANY
from .two_ways import Both, job_of

if TYPE_CHECKING:
    from collections.abc import Callable

READ = f"""
import sys, pathlib
sys.path[:0] = [{str(PACKAGER / "src")!r}, {str(PACKAGER / "tests")!r}]
from dataset_packager.columnar import is_compiled
from quick.two_ways import Both, job_of
print(is_compiled())
job = job_of(pathlib.Path(sys.argv[1]), {json.loads(json.dumps(MANY))!r})
both = Both.of(job)
lines = [b'{{"id":"a","n":5}}', b'{{"id":5}}', b'{{"id":"b","j":[1.5]}}']
assert both.judge(lines).accepted.tolist() == [True, False, True]
print(both.reader._taken, "numba" in sys.modules)
"""
SMALL = f"""
import sys
sys.path.insert(0, {str(PACKAGER / "src")!r})
from numba import njit
from dataset_packager.columnar import compiled, is_compiled, kernel
@njit
def weigh(a, b, c, d, e, f, g, h, i):
    total = 0
    for each in (a, b, c, d, e, f, g, h, i):
        total += each
    return total
kernel.read_lines = weigh
read = compiled.reader()
print(is_compiled(), read(*range(1, 10)), "numba" in sys.modules)
"""
REAL: Callable[[], tuple[str, bytes]] = compiled._compile


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and a compiler that takes the machine code from the user's own instead of 20 seconds."""
    compile_now()
    code = compiled._kept(compiled.kept_at())
    monkeypatch.setattr(compiled, "_compile", lambda: code or REAL())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def reads(tmp_path: Path) -> bool:
    """Say whether machine code that is looked for now reads lines as it should."""
    compiled.reader.cache_clear()
    lines = [b'{"id":"a","n":5,"l":[1,2]}', b'{"id":5}', b'{"id":"b","s":{"y":null}}']
    both = Both.of(job_of(tmp_path / "project", MANY))
    return both.judge(lines).accepted.tolist() == [True, False, True] and both.reader is not None


def test_what_was_compiled_is_kept(folder: Path, tmp_path: Path) -> None:
    assert not is_compiled()
    assert reads(tmp_path)
    assert is_compiled()
    assert [path.name for path in folder.glob("*/*")] == [str(compiled.kept_at()).rpartition("/")[2]]
    assert reads(tmp_path)


@pytest.mark.parametrize("damage", ["empty", "half", "one byte", "another function", "a folder"])
def test_damaged_machine_code_is_not_run_but_made_anew(folder: Path, tmp_path: Path, damage: str) -> None:
    assert reads(tmp_path)
    (path,) = folder.glob("*/*")
    whole = path.read_bytes()
    bent = {"empty": b"", "half": whole[: len(whole) // 2], "one byte": whole[:-9] + b"\xcc" + whole[-8:]}
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(bent.get(damage, whole[:32] + b"x" + whole[32:]))
    assert not is_compiled()
    assert reads(tmp_path)
    if damage != "a folder":
        assert path.read_bytes() == whole
    assert list(folder.glob("*/.kernel-*")) == []


def test_without_a_folder_to_keep_it_in_it_is_made_for_this_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_bytes(b"a file where the folder should be")
    assert reads(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", nobodys)
    assert reads(tmp_path)
    assert not is_compiled()


def nobodys() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_kept_machine_code_is_run_without_the_compiler(tmp_path: Path) -> None:
    compile_now()
    ran = ran_well(python("-c", READ, tmp_path))
    assert ran.out.split() == ["True", "2", "False"]


def test_the_compiler_makes_code_that_works_where_nothing_can_be_kept() -> None:
    """A kernel that takes a second: the real one was compiled for what is kept, by the same steps."""
    ran = ran_well(python("-c", SMALL, XDG_CACHE_HOME=os.devnull))
    assert ran.out.split() == ["False", "45", "True"]
