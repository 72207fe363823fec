"""Small copies of pictures on the page: only where the configuration asks for them, bounded, and made again alike."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from file_samples import noise, pdf, png, wav

from dataset_packager.documents.report import DOCUMENT, MOST_BYTES, thumbnails
from dataset_packager.documents.report.shown_files import MOST_FILES, shown_files
from dataset_packager.documents.report.thumbnails import MOST_BYTES as MOST_SMALL
from dataset_packager.documents.report.thumbnails import MOST_TRIED, Thumbnails
from dataset_packager.release.read_records import release_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

PIL: Any = pytest.importorskip("PIL.Image", reason="nothing that decodes pictures is installed here")
SECRET = b"where it was taken"
PROJECT = """
[project]
name = "album"
version = "1.0.0"
license = "CC0-1.0"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.report]
thumbnails = true
[tool.dataset-packager.tables.t]
schema = "t.json"
records = ["t.jsonl"]
columns = { f = "image" }
"""
SHOWN = re.compile(r'<img src="data:([a-z/]+);base64,([^"]*)"')


def picture(mode: str, size: tuple[int, int], colour: Any, form: str, **how: Any) -> bytes:
    """Return a picture of one colour in some format."""
    file = io.BytesIO()
    PIL.new(mode, size, colour).save(file, form, **how)
    return file.getvalue()


def turned_exif() -> Any:
    """Return what says that a picture lies on its side, and something that is nobody's business."""
    exif = PIL.Exif()
    exif[274], exif[270] = 6, SECRET.decode()
    return exif


def test_a_thumbnail_is_small_upright_on_white_and_has_nothing_of_what_stood_beside() -> None:
    made = Thumbnails().made
    cases = (
        ("image/jpeg", picture("RGB", (500, 100), "red", "JPEG", exif=turned_exif(), comment=SECRET), (32, 160), "red"),
        ("image/tiff", picture("RGB", (500, 100), "red", "TIFF", exif=turned_exif()), (32, 160), "red"),
        ("image/webp", picture("RGBA", (300, 300), (255, 0, 0, 0), "WEBP", lossless=True), (160, 160), "white"),
        ("image/gif", picture("P", (90, 30), 0, "GIF", transparency=0), (90, 30), "white"),
        ("image/png", picture("I;16", (3, 2), 0x8080, "PNG"), (3, 2), (128, 128, 128)),
        ("image/jpeg", picture("CMYK", (8, 8), (0, 0, 0, 255), "JPEG"), (8, 8), "black"),
        ("image/bmp", picture("1", (4000, 1), 1, "BMP"), (160, 1), "white"),
    )
    for kind, content, size, colour in cases:
        small = made(kind, content)
        assert small is not None, kind
        assert small == made(kind, content)
        assert SECRET not in small
        with PIL.open(io.BytesIO(small)) as opened:
            assert (opened.format, opened.size, opened.mode, dict(opened.getexif())) == ("JPEG", size, "RGB", {}), kind
            wanted = PIL.new("RGB", (1, 1), colour).getpixel((0, 0))
            assert max(abs(a - b) for a, b in zip(opened.getpixel((0, 0)), wanted, strict=True)) <= 3, kind


def test_what_cannot_be_decoded_has_no_thumbnail_and_the_next_picture_has() -> None:
    made = Thumbnails().made
    bombs = (png(100_000, 100_000, data=zlib.compress(bytes(10_000))), png(9_000, 9_000, data=b""))
    for content in (*bombs, png(200, 200)[:20_000], b"", png()[:40], noise(500), picture("F", (9, 9), 1, "TIFF")):
        assert made("image/png", content) is None
    assert made("application/pdf", pdf()) is None
    assert made("image/png", png()) is not None


def test_a_page_tries_few_thumbnails_whatever_comes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        asked = 0

        def thumbnail(self, *_: object) -> None:
            self.asked += 1

    asked = Nothing()
    monkeypatch.setattr(thumbnails, "decoder", lambda: asked)
    pictures = [png(5_000, 1, data=b"")] * MOST_TRIED
    thumbnail = Thumbnails().made
    for _ in range(2):
        assert not list(shown_files(pictures, ["x"] * MOST_TRIED, thumbnail))
    assert asked.asked == MOST_TRIED


def test_small_files_stay_as_they_are_beside_thumbnails() -> None:
    files = {"small": png(), "long": png(5_000, 2), "sound": wav(), "large": wav(200_000), "heavy": png(400, 400)}
    found = list(shown_files([*files.values()], [*files], Thumbnails().made))
    assert [(each.path, each.element, each.is_thumbnail) for each in found] == [
        ("small", "img", False), ("long", "img", True), ("sound", "audio", False), ("heavy", "img", True),
    ]  # fmt: skip
    assert found[0].url == f"data:image/png;base64,{base64.b64encode(files['small']).decode()}"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A project of forty pictures that are too large for a page."""
    for number in range(40):
        (tmp_path / f"{number}.png").write_bytes(png(370, 370, number))
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "t.json").write_text(json.dumps({"properties": {"f": {"type": "string"}}}), "utf-8")
    records = [{"f": f"{number}.png"} for number in range(40)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return tmp_path


def test_a_release_has_few_small_thumbnails_which_are_made_again_only_by_what_made_them(
    album: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = ("--project", album, "--workers", "1", "--out", album / "out")
    assert cli(*build).code == 0
    page = (album / "out/album/report.html").read_text("utf-8")
    shown = SHOWN.findall(page)
    assert len(page.encode()) <= MOST_BYTES
    assert [kind for kind, _ in shown] == ["image/jpeg"] * MOST_FILES
    assert all(0 < len(base64.b64decode(held)) <= MOST_SMALL for _, held in shown)
    assert f"{MOST_FILES} of 40 files, the first: small ones as they are, larger pictures as thumbnails" in page
    folder = album / "out/album"

    def checked() -> str:
        release = release_in(folder)
        assert release.same_versions
        (told,) = DOCUMENT.check(release)
        return str(told)

    made_with = release_in(folder).told_versions["pillow"]
    assert made_with.startswith(f"{version('pillow')} (jpg ")
    assert checked() == "1"
    with monkeypatch.context() as other:
        other.setattr(thumbnails, "_pillow", lambda: f"{version('pillow')} (jpg 0.1)")
        assert f"made with pillow {made_with}, which isn't what is installed here" in checked()
        other.setattr(thumbnails, "decoders", dict)
        assert f"made with pillow {made_with}, which isn't what is installed here" in checked()
    red = base64.b64encode(picture("RGB", (9, 9), "red", "JPEG")).decode()
    (folder / "report.html").write_text(page.replace(shown[0][1], red), "utf-8")
    assert "where the release gives" in checked()
    provenance = (folder / "provenance.intoto.json").read_text("utf-8")
    (folder / "provenance.intoto.json").write_text(provenance.replace('"pillow"', '"peat"'), "utf-8")
    (told,) = DOCUMENT.check(release_in(folder))
    assert "doesn't say which version of pillow made the report's thumbnails" in str(told)

    monkeypatch.setattr(thumbnails, "decoders", dict)
    (album / "t.jsonl").write_text("no record\n", "utf-8")
    ran = cli(*build)
    assert ran.code == 2
    assert "[tool.dataset-packager.report] thumbnails needs the extra 'images'" in ran.err
