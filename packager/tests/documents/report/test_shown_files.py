"""Files on the page: their sizes and media types, and the first small ones as they are, whatever their names say."""

from __future__ import annotations

import base64
import json
import re
import struct
from typing import TYPE_CHECKING

import pyarrow as pa
from conftest import packaged
from file_samples import bmp, noise, pdf, png, wav

from dataset_packager.columns.kinds.files import File, with_bytes
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.documents import report
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.documents.report.profile import profiles
from dataset_packager.documents.report.shown_files import MOST_BYTES, MOST_FILES, MOST_IN_ALL, shown_files
from dataset_packager.release.read_records import release_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08" + struct.pack(">HH", 30, 40) + b"\xff\xd9"
WIDE_JPEG = JPEG.replace(struct.pack(">HH", 30, 40), struct.pack(">HH", 30, 40_000))
NAMED = {"a.txt": png(), "b.png": wav(), "c": JPEG, "d.jpg": b"GIF89a" + struct.pack("<HH", 9, 9) + b";"}
LEFT = {
    "page.png": b"<html><script>alert(1)</script>", "paper.png": pdf(), "other.png": bmp(),
    "bomb.png": png(50_000, 4, data=b""),
    "wide.jpg": WIDE_JPEG, "cut.jpg": JPEG[:9], "cut.png": png()[:18], "large.wav": wav(MOST_BYTES), "empty.png": b"",
}  # fmt: skip


def test_what_a_browser_shows_or_plays_is_told_by_the_bytes_and_the_rest_is_left_out() -> None:
    files = NAMED | LEFT
    found = {each.path: (each.element, each.url.partition(";")[0]) for each in shown_files([*files.values()], [*files])}
    assert found == {
        "a.txt": ("img", "data:image/png"), "b.png": ("audio", "data:audio/wav"),
        "c": ("img", "data:image/jpeg"), "d.jpg": ("img", "data:image/gif"),
    }  # fmt: skip


def test_a_column_has_few_files_on_the_page_and_their_bytes_are_bounded() -> None:
    assert len(list(shown_files([png()] * 30, ["x"] * 30))) == MOST_FILES
    large = png()[:-12] + noise(MOST_BYTES - 400)
    held = [base64.b64decode(each.url.partition(",")[2]) for each in shown_files([large] * 30, ["x"] * 30)]
    assert 0 < sum(map(len, held)) <= MOST_IN_ALL
    assert set(held) == {large}


def test_sizes_and_media_types_are_a_profile() -> None:
    contents = [png(), None, png(20, 20), b"no beginning that is known"]
    column = with_bytes(pa.array(contents, pa.binary()), pa.array(["a", None, "b", "<c>"], pa.string()))
    field = pa.field("f", column.type, metadata={ENCODING: File.name})
    (found,) = profiles(pa.Table.from_arrays([column], schema=pa.schema([field])))
    assert (found.places, found.missing, found.distinct, found.measure) == (4, 1, 3, "size in bytes")
    assert (found.low, found.high) == ("26 bytes", f"{len(png(20, 20))} bytes")
    assert found.frequent == [("image/png", 2), ("unknown", 1)]
    assert [each.path for each in found.files] == ["a", "b"]


PROJECT = """
[project]
name = "album"
version = "1.0.0"
license = "CC0-1.0"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.t]
schema = "t.json"
records = ["t.jsonl"]
columns = { f = "image" }
"""


def test_files_leave_a_page_that_is_too_large_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(png(100, 100, number))
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "t.json").write_text(json.dumps({"properties": {"f": {"type": "string"}, "n": {}}}), "utf-8")
    records = [{"f": f"{number}.png", "n": number} for number in range(6)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    packaged(tmp_path, tmp_path / "out")
    facts = facts_of(release_in(tmp_path / "out/album"))
    whole, shown = (tmp_path / "out/album/report.html").read_text("utf-8"), r'<img src="data:[^>]*> '
    for room, left in ((0, 6), (1, 3), (53_600, 1), (73_700, 0)):
        monkeypatch.setattr(report, "MOST_BYTES", len(whole.encode()) - room)
        page = report.make_report(facts.config, facts.contents, facts.schemas, facts.release)
        assert page is not None
        assert len(page.html.encode()) <= report.MOST_BYTES
        assert len(re.findall(shown, page.html)) == left
        assert (f"{left} of 6 files" in page.html) == (0 < left < 6)
        assert page.html.count("<article") == whole.count("<article")
