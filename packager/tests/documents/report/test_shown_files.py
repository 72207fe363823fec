"""Files on the page: their sizes and media types, and the first small ones as they are, whatever their names say."""

import base64
import struct

import pyarrow as pa
from file_samples import bmp, noise, pdf, png, wav

from dataset_packager.columns.kinds.files import File, with_bytes
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.documents.report.profile import profiles
from dataset_packager.documents.report.shown_files import MOST_BYTES, MOST_FILES, MOST_IN_ALL, shown_files

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
