"""The plan: files are listed once, and chunks follow one another while the rest of the input is still being read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.project.read_config import load_config
from dataset_packager.records import inputs as inputs_module
from dataset_packager.records import pieces as pieces_module
from dataset_packager.records.chunk_plan import Plan
from dataset_packager.records.inputs import list_inputs
from dataset_packager.records.pieces import InputFile, Piece, Scan, scan, scan_here, scan_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def test_the_first_chunks_are_known_before_the_last_file_is_read(project: Path) -> None:
    config, read = load_config(project), list[str]()

    def scan_one_by_one(tasks: Sequence[Scan]) -> Iterator[Piece | InputFile]:
        for task in tasks:
            read.append(task.name)
            yield from scan_pieces(task)

    inputs = list_inputs(project, config.tables)
    plan = Plan(inputs, 1, scan_one_by_one)
    first = next(plan.chunks())
    assert read == [first.pieces[0].file] != sorted(inputs.sizes)
    everything = list(plan.chunks())
    assert everything[0] == first
    assert everything == list(Plan(inputs, 1).chunks()) == plan.known
    assert sum(chunk.size for chunk in everything) == inputs.size
    assert [file.path for files in plan.files.values() for file in files] == read


def test_pieces_come_in_the_order_of_files_however_many_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces_module, "SCANNED", 64)
    tasks = []
    for number in range(300):
        data = b"".join(b'{"n": %d}\n' % each for each in range(number % 7 * 5))
        (tmp_path / f"{number:03}.jsonl").write_bytes(data)
        tasks.append(Scan(tmp_path, f"{number:03}.jsonl", 100, size=len(data)))
    found = list(scan_here(tasks))
    files = [each for each in found if isinstance(each, InputFile)]
    assert files == [scan(task) for task in tasks]
    assert [file.sha256 for file in files] == [
        hashlib.sha256((tmp_path / task.name).read_bytes()).hexdigest() for task in tasks
    ]
    assert [each for each in found if isinstance(each, Piece)] == [piece for file in files for piece in file.pieces]


def test_what_goes_wrong_with_a_file_ends_the_plan_where_that_file_would_come(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    coming = scan_here([Scan(tmp_path, "a.jsonl", 100), Scan(tmp_path, "gone.jsonl", 100)])
    assert isinstance(next(coming), Piece)
    assert isinstance(next(coming), InputFile)
    with pytest.raises(Exception, match=r"gone\.jsonl: No such file or directory"):
        next(coming)


def test_a_build_looks_for_the_files_of_a_table_once(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, find = list[str](), inputs_module.files_by_pattern

    def finding(*words: object) -> dict[str, list[str]]:
        looked.append(words[1].name)  # type: ignore[attr-defined]
        return find(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(inputs_module, "files_by_pattern", finding)
    ran_well(cli("--project", project, "--out", tmp_path / "out", "--workers", "1"))
    assert looked == [table.name for table in load_config(project).tables]
