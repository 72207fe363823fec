"""Records come as people have them, are cut at line ends, and never take more memory than a record may."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from typing import TYPE_CHECKING
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dataset_packager.base.findings import EnvironmentFailure, Finding, SetupError
from dataset_packager.project.config import Limits
from dataset_packager.records import reader
from dataset_packager.records.chunk_plan import pack
from dataset_packager.records.formats import ending_of, json_lines
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.other_kind import packed_otherwise, written_otherwise
from dataset_packager.records.pieces import InputFile, Piece, Scan, scan
from dataset_packager.records.reader import read_piece, read_records

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.records.formats.interface import Raw

LIMITS = Limits(line_bytes=10_000, depth=100, expansion=100)


def written(folder: Path, name: str, data: bytes, target: int = 2**20) -> InputFile:
    (folder / name).write_bytes(data)
    return scan(Scan(folder, name, target))


def read(folder: Path, file: InputFile, limits: Limits = LIMITS) -> list[Raw]:
    return [raw for piece in file.pieces for raw in read_records(folder, piece, limits)]


def taken(raws: list[Raw]) -> list[tuple[int, bytes]]:
    return [(raw.line, raw.data) for raw in raws if raw.problem is None]


def codes(raws: list[Raw]) -> list[tuple[int | None, str]]:
    return [(raw.problem.line, raw.problem.code) for raw in raws if raw.problem]


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@given(
    lines=st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=30),
    target=st.integers(1, 60),
    ending=st.booleans(),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_pieces_hold_every_line_once_with_its_number(
    lines: list[bytes], target: int, ending: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = b"\n".join(lines) + (b"\n" if ending else b"")
    assume(not packed_otherwise("x.jsonl", data) and not written_otherwise("x.jsonl", data))  # one finding, then
    file = written(folder, "x.jsonl", data, target)
    expected = [(n, line) for n, line in enumerate(data.split(b"\n"), 1) if line.strip(b" \t\r\n")]
    assert taken(read(folder, file)) == expected
    assert all(before.end == after.start for before, after in pairwise(file.pieces))
    assert (file.pieces[0].start, file.pieces[-1].end) == (0, len(data))
    assert all(piece.size >= target for piece in file.pieces[:-1])


@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson.gz", "x.jsonl.zst"])
def test_lines_are_read_from_plain_and_compressed_files(tmp_path: Path, name: str) -> None:
    data = b'{"a": 1}\r\n\n{"a": 2}\n   \n{"a": 3}'
    packed = {"gz": gzip.compress, "zst": zstd}.get(name.rsplit(".", 1)[1], bytes)(data)
    raws = read(tmp_path, written(tmp_path, name, packed))
    assert [(line, json.loads(record)) for line, record in taken(raws)] == [(1, {"a": 1}), (3, {"a": 2}), (5, {"a": 3})]


@pytest.mark.parametrize("name", ["x.json", "x.json.gz", "x.json.zst"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (' {"a": [1, 2]}\n', [{"a": [1, 2]}]),
        ("[]", []),
        (' [ {"a": "]},["} , [1, [2]], "x\\"", 5 ] ', [{"a": "]},["}, [1, [2]], 'x"', 5]),
    ],
)
def test_a_json_file_holds_one_record_or_an_array_of_them(
    tmp_path: Path, name: str, text: str, expected: list[object]
) -> None:
    packed = {"gz": gzip.compress, "zst": zstd}.get(name.rsplit(".", 1)[1], bytes)(text.encode())
    raws = read(tmp_path, written(tmp_path, name, packed))
    assert [json.loads(data) for _, data in taken(raws)] == expected
    assert [line for line, _ in taken(raws)] == list(range(1, len(expected) + 1))


@given(values=st.lists(st.recursive(st.text() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v))))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_elements_of_an_array_are_found_at_any_block_border(
    values: list[object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    file = written(folder, "y.json", json.dumps(values, ensure_ascii=False, indent=1).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dataset_packager.records.formats.json_document.BLOCK", 3)
        assert [json.loads(data) for _, data in taken(read(folder, file))] == values


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b'[{"a": 1}, {"a"', "is not closed"), (b"[1] [2]", "behind the end of the array"), (b"[1", "is not closed")],
)
def test_a_broken_array_is_a_finding_and_what_was_whole_is_kept(tmp_path: Path, text: bytes, problem: str) -> None:
    raws = read(tmp_path, written(tmp_path, "x.json", text))
    assert [raw.problem.code for raw in raws if raw.problem] == ["json"]
    assert problem in str([raw.problem for raw in raws if raw.problem])


def test_a_record_beyond_the_limit_is_refused_and_the_next_one_is_read(tmp_path: Path) -> None:
    data = b'{"a": "' + b"x" * 30_000_000 + b'"}\n{"a": 2}\n'
    raws = read(tmp_path, written(tmp_path, "x.jsonl", data))
    assert codes(raws) == [(1, "too-large")]
    assert taken(raws) == [(2, b'{"a": 2}')]
    assert codes(read(tmp_path, written(tmp_path, "x.json", data))) == [(1, "too-large")]
    assert codes(read(tmp_path, written(tmp_path, "y.json", b"[1, " + data[:20_000_000]))) == [(None, "too-large")]


@given(
    lines=st.lists(st.integers(0, 40).map(lambda size: b"[" * size), min_size=1, max_size=30),
    block=st.integers(1, 50),
    within=st.integers(1, 20),
    ending=st.booleans(),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_lines_are_the_same_wherever_a_block_ends(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block: int, within: int, ending: bool
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    data = b"\n".join(lines) + b"\n" * ending
    file, limits = written(folder, "a.jsonl", data), Limits(line_bytes=25, depth=100, expansion=100)
    with patch.multiple(reader, HEAD=8, LINE_END_WITHIN=within), patch.object(json_lines, "BLOCK", block):
        raws = read(folder, file, limits)
    fitting = [(number, line) for number, line in enumerate(lines, 1) if 0 < len(line) <= 25]
    overlong = [(number, "too-large") for number, line in enumerate(lines, 1) if len(line) > 25]
    assert (taken(raws), codes(raws)) == (fitting, overlong)


def test_blocks_of_a_plain_file_end_where_a_line_ends(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", b'{"a": 1}\n' * 1000)
    (piece,) = file.pieces
    with patch.object(reader, "HEAD", 8), patch.object(json_lines, "BLOCK", 1000):
        blocks = [lines.data for lines in read_piece(tmp_path, piece, LIMITS) if isinstance(lines, Lines)]
    assert b"".join(blocks) == b'{"a": 1}\n' * 1000
    assert {len(block) for block in blocks[:-1]} == {1008}


@pytest.mark.parametrize("pack_bytes", [gzip.compress, zstd])
def test_a_file_that_expands_beyond_all_measure_is_refused(tmp_path: Path, pack_bytes: object) -> None:
    assert callable(pack_bytes)
    name = "x.jsonl.gz" if pack_bytes is gzip.compress else "x.jsonl.zst"
    file = written(tmp_path, name, pack_bytes((b"[" + b" " * 9000 + b"]\n") * 4000))
    raws = read(tmp_path, file)
    assert codes(raws)[-1] == (None, "too-large")
    assert len(raws) < 4000


@pytest.mark.parametrize("cut", [1, 10, -3])
def test_a_damaged_stream_is_a_finding(tmp_path: Path, cut: int) -> None:
    raws = read(tmp_path, written(tmp_path, "x.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1000)[:cut]))
    assert codes(raws)[-1] == (None, "json")


def test_a_file_that_changed_since_it_was_planned_stops_the_build(tmp_path: Path) -> None:
    file = written(tmp_path, "x.jsonl", b'{"a": 1}\n')
    (tmp_path / "x.jsonl").write_bytes(b'{"a": 2}\n')
    with pytest.raises(EnvironmentFailure, match="changed while it was being read"):
        read(tmp_path, file)


def test_a_name_with_another_ending_is_refused() -> None:
    assert ending_of("data/a.b.jsonl.zst") == (".jsonl", ".zst")
    for name in ("x.doc", "x", "x.jsonl.bz2", "x.gz"):
        with pytest.raises(SetupError, match="unknown ending"):
            ending_of(name)


def test_small_files_share_a_chunk_and_large_ones_have_several() -> None:
    pieces = [Piece(name, 0, size, 1, "", "") for name, size in zip("abcccd", (3, 4, 10, 10, 2, 8), strict=True)]
    chunks = list(pack(pieces, 10))
    assert [[piece.size for piece in chunk] for chunk in chunks] == [[3, 4], [10], [10], [2, 8]]


def test_a_chunk_that_is_full_is_there_before_the_next_piece_is_known() -> None:
    coming = iter([Piece("a", 0, 11, 1, "", ""), Piece("a", 11, 12, 1, "", "")])
    assert [piece.size for piece in next(pack(coming, 10))] == [11]
    assert [piece.size for piece in coming] == [1]


def problems(folder: Path, name: str, data: bytes) -> list[Finding]:
    file = written(folder, name, gzip.compress(data) if name.endswith(".gz") else data)
    return [raw.problem for raw in read(folder, file) if raw.problem]


def test_records_on_lines_in_a_file_called_json_are_one_finding_that_says_so(tmp_path: Path) -> None:
    for name, better in (("r.json", "r.jsonl"), ("r.JSON", "r.jsonl"), ("r.json.gz", "r.jsonl.gz")):
        found = problems(tmp_path, name, b'{"a": 1}\n\n{"a": 2}\n')
        assert [(each.line, each.code, each.hint) for each in found] == [(None, "json", f"call it {better}")]
    assert problems(tmp_path, "r.json", b'{\n"a": {}}\n') == []


def test_an_element_that_is_missing_is_named_by_its_comma(tmp_path: Path) -> None:
    for data, line, words in (
        (b'[{"a": 1}, ]', 2, "behind the last element"),
        (b'[{"a": 1},, {"a": 2}]', 2, "no element stands before a comma"),
        (b"[,1]", 1, "no element stands before a comma"),
    ):
        found = problems(tmp_path, "r.json", data)
        assert [(each.line, words in each.message) for each in found] == [(line, True)]
    assert problems(tmp_path, "r.json", b"[ ]") == []
