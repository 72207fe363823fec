"""A stranger's bag with names that mean something to somebody: each is named, none breaks verifying, none leads out."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.base.text import quoted, visible
from dataset_packager.cli import main
from dataset_packager.release.release_files import Release
from dataset_packager.verify import prove
from dataset_packager.verify.files import check_manifests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZEROS = "0" * 64
ABSENT = (
    "a\vb", "a\fb", "a\x1cb", "a\x85b", "a\u2028b", "a\u2029b", "a\\b", "a\\nb", " a", "a ", "*a", "~", "$HOME", "[1]",
    "?", "a::b", "#", "a?x=1", "\x1b[31mred", "\u202egpj.a", "\ufeffa", "\ufffe", "a\0b", "a\tb", "n" * 300,
    "d/" * 3000 + "x", "./a", "a//b", "a/", "a/.", "C:\\a", "..\\a", "https:/a",
)  # fmt: skip
LEADING_OUT = ("data/../../outside/secret", "data/x/../../../outside/secret", "data/..")
NO_LINES = (
    f"{ZEROS}  data/a%0Ab", f"{ZEROS}  data/a%41", f"{ZEROS}  data/a\rb", f"{ZEROS}  ", "", f"{ZEROS} *data/a",
    f"\\{ZEROS}  data/a\\\\b", "0  data/a", f"{ZEROS}\tdata/a", ZEROS, "\0",
)  # fmt: skip
IN_THE_WRONG_ONE = (
    "/etc/passwd",
    "//etc/passwd",
    "~root/a",
    "../outside/secret",
    "file:///etc/passwd",
    "README.md/",
    "C:\\a",
)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths of all that is hashed, or read as text."""
    seen: list[Path] = []
    module = import_module("dataset_packager.release.release_files")

    def noted(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
        def note(path: Path) -> Any:
            seen.append(path)
            return read(path)

        return note

    for name in ("file_sha256", "open_regular"):
        monkeypatch.setattr(module, name, noted(getattr(module, name)))
    return seen


def test_each_odd_name_is_named_and_no_path_but_those_of_the_release_is_opened(
    damaged: Path, tmp_path: Path, opened: list[Path], capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_bytes(b"x")
    own = {path for path in damaged.rglob("*") if path.is_file()}
    for name in ("a\\b.json", "a\u2028b.json", " a.json", "[1].json", "-r", os.fsdecode(b"a\xff")):  # there, unnamed
        (damaged / name).write_bytes(b"")
        own.add(damaged / name)
    (damaged / "data/link.parquet").symlink_to(tmp_path / "outside/secret")
    (damaged / "croissant.json").unlink()
    (damaged / "croissant.json").symlink_to(tmp_path / "outside/secret")
    named = [f"data/{name}" for name in ABSENT]
    with (damaged / "manifest-sha256.txt").open("a", encoding="utf-8", newline="") as file:
        lines = [f"{ZEROS}  {name}" for name in (*named, *LEADING_OUT, *IN_THE_WRONG_ONE, "data/link.parquet")]
        file.writelines(f"{line}\n" for line in (*lines, *NO_LINES))
    found = prove("files", check_manifests, Release(damaged, tmp_path)).problems
    expected = [f"{visible(name)}: missing, but manifest-sha256.txt names it" for name in (*named, "data/link.parquet")]
    expected += [f"manifest-sha256.txt: {name!r} leads out of the release" for name in LEADING_OUT]
    expected += [f"{name}: stands in the wrong manifest, manifest-sha256.txt" for name in IN_THE_WRONG_ONE]
    expected += [
        f"{name}: is a link: a release holds its files itself" for name in ("data/link.parquet", "croissant.json")
    ]
    assert [line for line in expected if not any(visible(each) == line for each in found)] == []
    for line in NO_LINES:
        wrong = f"{quoted(line)} is no line of a manifest, or stands twice"
        assert any(each.startswith("manifest-sha256.txt:") and each.endswith(wrong) for each in found), line
    assert [each for each in found if "can't be checked further" in each] == []
    assert main(["verify", str(damaged), "--workers", "1"]) == 1
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed
    assert "nobody foresaw" not in printed
    assert all(line.isprintable() for line in printed.splitlines())
    assert {path.resolve() for path in opened} <= {path.resolve() for path in own} - {(tmp_path / "outside/secret")}
