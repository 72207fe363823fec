"""However a command ends: an exit code that means what it says, one line, and never a traceback."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from dataset_packager.base.files import file_sha256, open_regular
from dataset_packager.base.findings import SetupError
from dataset_packager.cli import main

FULL = (
    "error: standard output: No space left on device: make room there, or send it elsewhere; "
    "then run the same command again\n"
)
COMMAND = f"{sys.executable} -m dataset_packager"


def shell(command: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("ends", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", ">&- 2>/dev/full"])
def test_closed_and_full_streams_change_nothing_but_what_is_told(ends: str, small: Path, tmp_path: Path) -> None:
    code, out, err = shell(f"{COMMAND} --project {small} --out {tmp_path}/o --quarantine --workers 1 {ends}")
    assert code == 0, (out, err)
    assert "Traceback" not in out + err
    assert (tmp_path / "o/log/README.md").read_text().startswith("---")


def test_a_result_that_finds_no_room_is_a_failure(small: Path) -> None:
    code, _, err = shell(f"{COMMAND} validate --project {small} --workers 1 >/dev/full")
    assert code == 3
    assert err.endswith(FULL)
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize(
    ("words", "buffered"),
    [("--help", ""), ("--version", "1"), ("diff --help", "1"), ("explain-schema {}/schema/seen.schema.json", "1")],
)
def test_what_is_asked_for_and_finds_no_room_is_a_failure_of_one_line(words: str, buffered: str, small: Path) -> None:
    code, _, err = shell(f"{COMMAND} {words.format(small)} >/dev/full", PYTHONUNBUFFERED=buffered)
    assert (code, err) == (3, FULL)


def test_a_name_that_is_no_text_to_this_python_slanders_no_release(
    small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / os.fsdecode(b"\xf6")
    (odd / "schema").mkdir(parents=True)
    (odd / "schema/dataset.json").touch()
    (tmp_path / "link").symlink_to(odd)
    schema = small / "schema" / os.fsdecode(b"\xe9.json")
    schema.write_bytes((small / "schema/seen.schema.json").read_bytes())
    link = tmp_path / "link"
    for words in (
        ("verify", odd), ("verify", link), ("diff", link, link), ("export", odd, "seen"), ("explain-schema", schema),
        ("--project", small, "--out", odd), ("--project", small, "--out", link),
    ):  # fmt: skip
        assert main([str(word) for word in words]) == 2, words
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), (words, err)
        assert err.endswith("the file's name is not UTF-8: give it another one\n")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    schema.rename(small / "schema/\u00e9.json")
    code, _, err = shell(f"{COMMAND} explain-schema {small}/schema/\u00e9.json", **plain)
    assert (code, "this Python reads names as ascii: set PYTHONUTF8=1, or LC_ALL=C.UTF-8" in err) == (2, True)


def test_an_encoding_that_lacks_characters_is_escaped_as_in_json(small: Path) -> None:
    (small / "data/seen.jsonl").write_text('{"id": "\u00e9\U0001f600"}\n', "utf-8")
    for environment in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        code, out, err = shell(f"{COMMAND} validate --project {small} --workers 1 --format json", **environment)
        assert code == 1, (out, err)
        assert "\\u00e9\\ud83d\\ude00" in out
    (small / "data/s\u00e9.jsonl").write_text('{"id": 5, "what": "x"}\n', "utf-8")
    code, _, err = shell(f"{COMMAND} validate --project {small} --workers 1", **environment)
    assert (code, "this Python reads names as ascii: set PYTHONUTF8=1" in err) == (2, True)


class Panic(BaseException):
    """As compiled packages raise it."""


@pytest.mark.parametrize("error", [AttributeError("no 'x'\nat all"), RecursionError(), Panic("it broke")])
def test_what_nobody_foresaw_is_one_line_and_no_finding(
    error: BaseException, small: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(import_module("dataset_packager.build"), "validate", fail)
    assert main(["validate", "--project", str(small)]) == 3
    printed = capfd.readouterr().err
    assert printed.startswith("error: nobody foresaw this: ")
    assert printed.count("\n") == 1
    assert main(["validate", "--project", str(small), "--debug"]) == 3
    assert "Traceback" in capfd.readouterr().err


def test_no_threads_are_a_failure_of_the_machine(
    small: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(import_module("dataset_packager.build"), "validate", fail)
    assert main(["validate", "--project", str(small)]) == 3
    assert "raise the limit on processes (ulimit -u)" in capfd.readouterr().err


FILES = {
    "pyproject.toml": "",
    "schema/seen.schema.json": "",
    "DATASHEET.md": 'datasheet = "DATASHEET.md"',
    "data/pipe.jsonl": "",
}


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(name: str, small: Path, tmp_path: Path) -> None:
    text = (small / "pyproject.toml").read_text()
    (small / "pyproject.toml").write_text(text.replace("released =", f"{FILES[name]}\nreleased ="))
    (small / name).unlink(missing_ok=True)
    os.mkfifo(small / name)
    done = subprocess.run(
        [*COMMAND.split(), "--project", small, "--out", tmp_path / "o", "--quarantine", "--workers", "1"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "no regular file" in done.stderr or "a pipe, a socket or a device" in done.stderr


def test_a_pipe_that_takes_a_files_place_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (open_regular, file_sha256):
        with pytest.raises(SetupError, match="no regular file"):
            read(tmp_path / "pipe")
