"""Files that are of another kind as a whole: one finding a file, with what to do about it."""

from __future__ import annotations

import gzip
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from dataset_packager.project.config import Limits
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.pieces import Scan, scan
from dataset_packager.records.reader import read_piece, read_records
from records.judged import taken

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.base.findings import Finding

LIMITS = Limits(line_bytes=2**20, depth=128, expansion=1000)
RECORDS = [{"id": number, "tags": ["a", "b"], "about": "ü" * 20} for number in range(3_000)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)
PRETTY = json.dumps(RECORDS, indent=1)
EACH = "\n".join(json.dumps(record, indent=2) for record in RECORDS)
CSV = "id,about\n" + "".join(f"{record['id']},{record['about']}\n" for record in RECORDS)
CALLED = "the file is gzip, which its name doesn't say"
OVER = "the file is laid out over several lines, and in JSON Lines each record stands on one"


def found(folder: Path, name: str, data: bytes) -> tuple[list[Finding], int]:
    """Return what is said of the file's records, read in pieces of few bytes, and how many there are."""
    (folder / name).write_bytes(data)
    pieces = scan(Scan(folder, name, 20_000)).pieces
    raws = [raw for piece in pieces for raw in read_records(folder, piece, LIMITS)]
    return [problem for raw in raws for problem in raw.problems], len(raws)


@pytest.mark.parametrize(
    ("name", "data", "says", "cure"),
    [
        ("a.jsonl", LINES.encode("utf-16"), "the file is UTF-16, not UTF-8", "iconv -f UTF-16 -t UTF-8 a.jsonl"),
        ("a.jsonl", LINES.encode("utf-16-be"), "the file is UTF-16BE, not UTF-8", "iconv -f UTF-16BE"),
        ("a.json", PRETTY.encode("utf-32"), "the file is UTF-32, not UTF-8", "iconv -f UTF-32 "),
        (
            "a.jsonl",
            PRETTY.encode(),
            OVER,
            "call it a.json, or write it anew: cat a.jsonl | jq -c '.[]' > lines-a",
        ),
        ("a.ndjson", EACH.encode(), OVER, "write it anew: cat a.ndjson | jq -c . > lines-a.ndjson"),
        ("a.jsonl.gz", gzip.compress(EACH.encode(), mtime=0), OVER, "zcat a.jsonl.gz | jq -c . > lines-a.jsonl"),
        ("a.jsonl", gzip.compress(LINES.encode(), mtime=0), CALLED, "call it a.jsonl.gz"),
        ("a.json", gzip.compress(PRETTY.encode(), mtime=0), CALLED, "call it a.json.gz"),
        ("a.jsonl.gz", LINES.encode(), "the file isn't gzip, as its name says: it is plain", "call it a.jsonl"),
        (
            "a.jsonl.zst",
            gzip.compress(LINES.encode(), mtime=0),
            "the file isn't zstd, as its name says: it is gzip",
            "a.jsonl.gz",
        ),
        ("a.json", LINES.encode(), "a record on each line (JSON Lines)", "call it a.jsonl"),
        ("a.jsonl", CSV.encode(), "the file is CSV, not JSON Lines", "each record as JSON on one line"),
        ("a.jsonl", b"<xml>\n<r/>\n" * 9, "the file is XML, not JSON Lines", "each record"),
        ("a.jsonl", b"BZh91AY&SY" + bytes(99), "the file is bzip2", "bunzip2 a.jsonl"),
        ("a.jsonl", b"PK\x03\x04" + bytes(99), "the file is a ZIP archive", "unzip a.jsonl"),
        ("a.csv", b"PK\x03\x04" + bytes(30) + b"xl/workbook.xml", "an Excel workbook", "as CSV in UTF-8: a.csv"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel workbook", "save its sheet as CSV"),
        ("a.jsonl", b"a.jsonl" + bytes(250) + b"ustar\x0000", "the file is a tar archive", "tar -xf a.jsonl"),
        ("a.csv", b"%PDF-1.4\n1 0 obj\n", "the file is PDF", "export its records"),
        ("a.jsonl", b"\x80\x04\x95" + bytes(99), "the file is a Python pickle", "export its records"),
        (
            "a.json",
            b"<!DOCTYPE html>\n<html><body>403</body></html>\n",
            "the file is an HTML page",
            "get the file again",
        ),
        ("a.csv", b"\n<HTML>\n<p>a,b</p>\n</HTML>\n", "the file is an HTML page", "get the file again"),
        ("a.jsonl.gz", gzip.compress(b"<html>\n</html>\n", mtime=0), "the file is an HTML page", "get the file again"),
        ("a.jsonl", b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer", "git lfs pull"),
        ("a.parquet", b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer", "git lfs pull"),
        ("a.csv.gz", b"/annex/objects/SHA256E-s9--aa.csv.gz\n", "a git-annex pointer", "git annex get"),
        ("a.csv", LINES.encode(), "the file is JSON Lines, not CSV", "call it a.jsonl"),
        ("a.tsv.gz", gzip.compress(PRETTY.encode(), mtime=0), "the file is JSON, not CSV", "call it a.json.gz"),
        ("a.json", CSV.encode(), "the file is CSV, not JSON", "call it a.csv"),
        ("a.json", b"- id: 1\n  t: a\n- id: 2\n  t: b\n", "the file is YAML, not JSON", "as JSON"),
    ],
)
def test_a_file_of_another_kind_is_one_finding_with_the_cure(
    name: str, data: bytes, says: str, cure: str, tmp_path: Path
) -> None:
    findings, records = found(tmp_path, name, data)
    assert len(findings) == records == 1
    assert (findings[0].file, findings[0].line) == (name, None)
    assert says in findings[0].message
    assert cure in (findings[0].hint or "")


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        "[1, 2]\n[3]\n" * 9,
        '"text"\n' * 9,
        "1,2\n" + LINES,
        '{"a": 1,\n' + LINES,
        '{"a": [1,\n' + LINES,
        "\ufeff" + LINES,
        "\n\n" + LINES,
        '{"a": "x\n' + LINES,
        "nothing\n" * 9,
    ],
)
def test_a_file_with_some_bad_lines_is_read_line_by_line(text: str, tmp_path: Path) -> None:
    findings, records = found(tmp_path, "a.jsonl", text.encode())
    assert all(finding.line for finding in findings)
    assert records == sum(bool(line.strip()) for line in text.splitlines())


def test_the_cure_for_records_over_several_lines_works(tmp_path: Path) -> None:
    findings, _ = found(tmp_path, "a.ndjson", EACH.encode())
    assert findings[0].hint
    if subprocess.run(["which", "jq"], capture_output=True, check=False).returncode:
        pytest.skip("there is no jq here")
    subprocess.run(["bash", "-euc", findings[0].hint.partition(": ")[2]], check=True, cwd=tmp_path)
    assert found(tmp_path, "lines-a.ndjson", (tmp_path / "lines-a.ndjson").read_bytes())[1] == len(RECORDS)


def test_blocks_come_as_if_nobody_had_looked(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(LINES, "utf-8")
    (piece,) = scan(Scan(tmp_path, "a.jsonl", 2**30)).pieces
    (lines,) = read_piece(tmp_path, piece, LIMITS)
    assert isinstance(lines, Lines)
    assert lines.data == LINES.encode()


@pytest.mark.parametrize(
    ("name", "data", "says", "cure"),
    [
        ("a.csv", b"id;n\n1;2\n", 'a single cell, "id;n", with a semicolon in it', 'csv = { delimiter = ";" }'),
        ("a.csv", b"id\tn\n1\t2\n", "with a tab in it", 'csv = { delimiter = "\\t" }'),
        ("a.tsv", b"id,n\n1,2\n", "with a comma in it", 'csv = { delimiter = "," }'),
        ("a.csv", "id,n\n1,2\n".encode("utf-16-be"), "the file is UTF-16BE", 'csv = { encoding = "utf-16be" }'),
        ("a.csv", "id,n\n1,2\n".encode("utf-32"), "the file is UTF-32", 'csv = { encoding = "utf-32" }'),
        (
            "a.jsonl",
            b'[{"id": 1}, {"id": 2}]\n',
            "is not of type 'object'",
            "call the file a.json",
        ),
        ("a.ndjson.gz", gzip.compress(b'[{"id": 1}]', mtime=0), "is not of type 'object'", "call the file a.json.gz"),
    ],
)
def test_a_header_or_an_array_that_shows_another_dialect_says_which(
    name: str, data: bytes, says: str, cure: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    (finding,) = taken(tmp_path, name, {"type": "object", "properties": {"id": {}, "n": {}}}).findings
    assert says in finding.message
    assert cure in (finding.hint or "")
