"""With --quarantine refused records stand aside, byte for byte, and every line that was read is accounted for."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

GOOD = b'{"author_id": "%s", "name": "N"}'
BAD = [b'{"author_id":  "x"}\r', b"not json", b'{"author_id": "\xff", "name": "N"}', b"  [1, 2]  ", b'{"name":1}']


def write(project: Path) -> None:
    lines = [GOOD % b"one", *BAD, b"", GOOD % b"two"]
    (project / "data/authors/more.jsonl").write_bytes(b"\n".join(lines))


def rejected(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "tiny-library.rejected.jsonl").read_text("utf-8").splitlines()]


def test_every_refused_line_is_kept_with_its_findings(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    write(project)
    ran = cli("--project", project, "--out", tmp_path, "--quarantine", "--format", "json")
    summary = json.loads(ran.out.splitlines()[-1])["summary"]
    kept = rejected(tmp_path)
    bytes_kept = [
        base64.b64decode(str(row["base64"])) if "base64" in row else str(row["record"]).encode() for row in kept
    ]
    assert ran.code == 0
    assert bytes_kept == BAD
    assert [row["line"] for row in kept] == [2, 3, 4, 5, 6]
    assert all(row["findings"] for row in kept)
    assert summary["tables"]["authors"] == {"read": 11, "accepted": 6, "rejected": 5}
    names = pq.read_table(tmp_path / "tiny-library/data/authors")["author_id"].to_pylist()
    assert names[-2:] == ["one", "two"]


def test_a_clean_build_takes_the_former_rejected_file_away(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    write(project)
    assert cli("--project", project, "--out", tmp_path, "--quarantine").code == 0
    (project / "data/authors/more.jsonl").unlink()
    assert cli("--project", project, "--out", tmp_path, "--quarantine").code == 0
    assert not (tmp_path / "tiny-library.rejected.jsonl").exists()


def test_a_strict_build_that_fails_leaves_release_and_rejected_file_alone(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    write(project)
    assert cli("--project", project, "--out", tmp_path, "--quarantine").code == 0
    before = rejected(tmp_path), (tmp_path / "tiny-library").resolve()
    assert cli("--project", project, "--out", tmp_path).code == 1
    assert (rejected(tmp_path), (tmp_path / "tiny-library").resolve()) == before


def test_a_file_that_cannot_be_read_to_its_end_stops_the_build_in_quarantine_too(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    whole = gzip.compress(b"".join(GOOD % str(n).encode() + b"\n" for n in range(5000)))
    (project / "data/authors/more.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    configuration = project / "pyproject.toml"
    text = configuration.read_text("utf-8").replace("data/authors/*.jsonl", "data/authors/*.jsonl*")
    configuration.write_text(text, "utf-8")
    ran = cli("--project", project, "--out", tmp_path, "--quarantine")
    assert ran.code == 1
    assert "data/authors/more.jsonl.gz: $: [json]" in ran.out
    assert not (tmp_path / "tiny-library").exists()


@pytest.mark.parametrize(("most", "code"), [("5", 0), ("4", 1), ("0", 1), ("0.5", 0), ("0.1", 1)])
def test_more_refused_records_than_max_rejected_fail_the_build(
    project: Path, tmp_path: Path, cli: CommandLine, most: str, code: int
) -> None:
    write(project)
    configuration = project / "pyproject.toml"
    text = configuration.read_text("utf-8").replace("released =", f"max_rejected = {most}\nreleased =")
    configuration.write_text(text, "utf-8")
    ran = cli("--project", project, "--out", tmp_path, "--quarantine")
    assert ran.code == code, ran.err
    assert ("max_rejected allows" in ran.err) == bool(code)
