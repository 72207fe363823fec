"""Three verdicts: sound, unsound, and that a release could not be checked; what surrounds it changes none of them."""

import errno
import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from dataset_packager.base.check_result import unsound
from dataset_packager.base.findings import Finding
from dataset_packager.cli import main
from dataset_packager.release.release_files import Release
from dataset_packager.verify import prove, verify_release

VERIFY = [sys.executable, "-m", "dataset_packager", "verify"]
MEANING = ("x [v1]", "a::b $HOME", "w?y* {c,d} p%20q#r")


@pytest.mark.parametrize("name", MEANING)
def test_what_a_path_means_to_others_changes_no_verdict(
    name: str, sound: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / name / "release"
    shutil.copytree(sound, folder)
    assert main(["verify", str(folder), "--workers", "1"]) == 0, capfd.readouterr()


def test_where_temporary_files_go_changes_no_verdict(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "t [1]").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "t [1]")}
    done = subprocess.run([*VERIFY, sound], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_full_folder_for_temporary_files_slanders_no_release(sound: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)); import signal; "
    limited += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); import sys; from dataset_packager.cli import main; "
    done = subprocess.run(
        [sys.executable, "-c", limited + "sys.exit(main())", "verify", sound, "--workers", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "error: the release could not be checked: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("named", ["gone", "file", "full"])
def test_a_folder_for_temporary_files_that_cannot_be_used_is_named_and_not_passed_over(
    named: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / named))
    if named == "full":
        monkeypatch.setattr("tempfile.TemporaryFile", full)
    for words in (["verify", str(sound)], ["validate", "--project", str(sound.resolve().parents[3] / "project")]):
        assert main([*words, "--workers", "1"]) == 3
        last = capfd.readouterr().err.splitlines()[-1]
        why = {"gone": "No such file or directory", "file": "Not a directory", "full": "No space left on device"}[named]
        assert last.startswith(f"error: {tmp_path / named}: {why}: TMPDIR names it: make room there, or ")


@pytest.mark.parametrize("error", [ImportError("cannot import name 'has_magic'"), ModuleNotFoundError("No module 'x'")])
def test_a_package_that_cannot_be_imported_slanders_no_release(error: ImportError, sound: Path) -> None:
    def fail(_release: Release) -> list[str]:
        raise ValueError("it can't be loaded") from error

    proof = prove("loading", fail, Release(sound, sound))
    assert not proof.wrong
    assert "install the packages of this Python anew" in (proof.unchecked or "")


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ENOMEM])
def test_what_the_system_refuses_is_no_verdict(
    code: int, sound: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_release: Release) -> list[str]:
        refused = OSError(code, os.strerror(code), "manifest-sha256.txt")
        raise ValueError("something is wrong with the data") from refused

    monkeypatch.setattr(import_module("dataset_packager.verify"), "QUICK", {"files": fail})
    assert main(["verify", str(sound), "--format", "json"]) == 3
    out, err = capfd.readouterr()
    assert os.strerror(code) in err
    assert json.loads(out)["unchecked"].startswith("manifest-sha256.txt: ")


def test_what_is_wrong_stays_wrong_where_something_else_cannot_be_checked(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_release: Release) -> list[str]:
        raise MemoryError

    checks = {"files": lambda _release: [unsound("README.md", "wrong")], "loading": fail}
    monkeypatch.setattr(import_module("dataset_packager.verify"), "FULL", checks)
    monkeypatch.setattr(import_module("dataset_packager.verify"), "QUICK", {})
    assert main(["verify", str(sound)]) == 1
    assert verify_release(sound, full=True).unchecked == "MemoryError: free some memory, or use fewer --workers"


def test_a_release_that_goes_while_it_is_verified_is_not_slandered(
    damaged: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def gone(release: Release) -> list[Finding]:
        shutil.rmtree(release.folder)
        return [unsound("data/calls", "missing")]

    monkeypatch.setattr(import_module("dataset_packager.verify"), "QUICK", {"files": gone})
    assert main(["verify", str(damaged)]) == 3
    assert "changed while it was verified" in capfd.readouterr().err


def test_a_link_is_followed_once(damaged: Path, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "current"
    link.symlink_to(damaged)
    seen = []

    def rebuild(release: Release) -> list[str]:
        link.unlink()
        link.symlink_to(sound)
        seen.append(release.folder)
        return []

    monkeypatch.setattr(import_module("dataset_packager.verify"), "QUICK", {"files": rebuild})
    assert verify_release(link, full=False).wrong == 0
    assert seen == [damaged.resolve()]
