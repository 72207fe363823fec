"""Files of strangers: what isn't whole, what it says it is, or where it should be ends in a finding, and soon."""

from __future__ import annotations

import io
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from columns.kinds.files_project import files, make, write_records
from file_samples import bmp, mp3, mp4, noise, pdf, png, rf64, wav

from dataset_packager.records import decoders
from dataset_packager.records.decoders import Decoder, DecodingLimits
from dataset_packager.records.media_types import HEAD, media_type, wrong_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from conftest import CommandLine

Decode = Callable[[str, bytes], str | None]
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
ENTITIES = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'
ZIP_END = b"PK\x05\x06" + bytes(18)
CUT_MP4 = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + struct.pack(">I4s", 800, b"moov")

CONTENTS: dict[str, tuple[str, bytes, str]] = {
    "empty": ("image", b"", "the file is empty"),
    "text": ("image", b"hello, I am no picture", "the file is no image"),
    "sound among pictures": ("image", wav(), "by its content its type is audio/wav"),
    "picture among sounds": ("sound", png(), "the file is no audio: by its content its type is image/png"),
    "cut png": ("image", png()[:-20], "its end is missing"),
    "cut pdf": ("paper", pdf()[:-30], "its end is missing"),
    "svg": ("image", SVG + b"</svg>", "the file is SVG"),
    "svg with a script": ("image", SVG + b"<script>alert(1)</script></svg>", "the file is SVG"),
    "svg with entities": ("image", ENTITIES, "the file is SVG"),
    "page": ("image", b"<!DOCTYPE html><html></html>", "by its content its type is text/html"),
    "program": ("image", b"MZ" + bytes(100), "a program"),
    "png and zip": ("image", png() + ZIP_END, "image/png and application/zip at once"),
    "bmp and page": ("image", bmp()[:60] + b"<script>alert(1)</script>" + bmp(), "text that a browser"),
    "bmp and pdf": ("image", bmp()[:60] + pdf(), "image/bmp and application/pdf at once"),
    "wav that lies": ("sound", wav()[:4] + b"\xff\xff\xff\x7f" + wav()[8:], "its header says that it has"),
    "wav whose part lies": ("sound", wav()[:40] + b"\xff\xff\xff\x7f" + wav()[44:], "its part 'data' says that it has"),
    "cut wav": ("sound", wav()[:-100], "its header says that it has"),
    "rf64 that lies": ("sound", rf64()[:20] + b"\xff" + rf64()[21:], "its header says that it has"),
    "cut rf64": ("sound", rf64()[:-100], "its header says that it has"),
    "cut mp3": ("sound", mp3()[:-300], "its last frame has 417 bytes, and 245 are left"),
    "mp3 that lacks frames": ("sound", mp3(4, stated=6), "it says that it has 6 frames, and it has 4"),
    "too large": ("image", png(400, 300), "max_bytes allows 100,000"),
    "zip in pdf": ("paper", pdf() + ZIP_END, "application/pdf and application/zip at once"),
}  # fmt: skip
"""Of a bad file: the column that names it, its bytes, and what the finding says."""


def links(project: Path) -> dict[str, str]:
    """Lay down what is no file within its root, and return what is said of each path."""
    pictures = project / "media/pictures"
    (project / "outside.png").write_bytes(png())
    os.mkfifo(pictures / "pipe")
    (pictures / "link-out").symlink_to(project / "outside.png")
    (pictures / "folder-out").symlink_to(project)
    (pictures / "round").symlink_to("round")
    (pictures / "device").symlink_to("/dev/zero")
    (pictures / "socket-like").symlink_to("pipe")
    return {
        "pipe": "it is no regular file", "link-out": "a link leads out", "folder-out/outside.png": "a link leads out",
        "round": "its links lead round", "device": "a link leads out", "socket-like": "it is no regular file",
        "../../outside.png": "the path may lead out", "/etc/passwd": "the path may lead out", "deep": "no regular file",
        "nowhere.png": "there is no such file", "00.png/x": "there is no such file", "a" * 300: "its name is too long",
        "C:\\x.png": "the path may lead out", "nul\0.png": "the path may lead out",
    }  # fmt: skip


def hostile(project: Path) -> list[tuple[dict[str, Any], str, str]]:
    """Lay the project down, and return records with the place and the words of the finding that each gives."""
    make(project, [])
    cases: list[tuple[dict[str, Any], str, str]] = []
    for name, (column, content, told) in CONTENTS.items():
        (project / ("media/pictures" if column == "image" else "media") / name).write_bytes(content)
        cases.append(({column: name}, f'$.{column}: [file] "{name}": ', told))
    cases.extend(({"image": path}, "$.image: [file] ", told) for path, told in links(project).items())
    return [
        *cases,
        ({"image": "00.png", "sha256": "0" * 64}, "$.image: [file] ", "its SHA-256 is"),
        ({"image": "00.png", "sha256": "none"}, "$.image: [file] ", 'the record states "none"'),
        ({"more": ["00.png", "x.png"], "sums": []}, '$.more[1]: [file] "x.png": ', "there is no such file"),
        ({"faces": [{}, {"crop": "a.wav"}]}, '$.faces[1].crop: [file] "a.wav": ', "its type is audio/wav"),
        ({"image": ""}, "$.image: [unrepresentable] ", "or null where there is none"),
    ]


def test_each_file_that_is_not_well_is_a_finding_at_its_place_and_others_pass(tmp_path: Path, cli: CommandLine) -> None:
    project = tmp_path / "album"
    cases = hostile(project)
    rows = [record for record, _, _ in cases] + [{"any": name} for name in files()]
    write_records(project, [{"id": number, **row} for number, row in enumerate(rows)])
    ran = cli("validate", "--project", project, "--show", "1000")
    assert ran.code == 1
    found = ran.out.split("data/t.jsonl:")[1:]
    assert len(found) == len(cases), ran.out
    for line, ((_, place, told), finding) in enumerate(zip(cases, found, strict=True), 1):
        assert finding.startswith(f"{line}: {place}"), finding
        assert told in finding


@pytest.fixture(scope="module")
def decode() -> Iterator[Decode]:
    """What says of bytes in a column of a type why they can't be decoded, by one process for all."""
    decoder = Decoder(DecodingLimits(pixels=10_000_000, frames=50, seconds=3, memory=2**31))

    def ask(family: str, content: bytes) -> str | None:
        if family not in decoders.decoders():
            pytest.skip(f"nothing that decodes {family} is installed here")
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            return decoder.wrong(family, media_type(content[:HEAD]), file.fileno(), len(content))

    yield ask
    decoder.close()


def test_whole_files_are_decoded_and_cut_ones_and_bombs_are_not(decode: Decode) -> None:
    assert [decode("image", content) for content in (png(), bmp(), png(300, 200))] == [None] * 3
    assert "OSError" in str(decode("image", png(data=zlib.compress(noise(64), 0)[:40])))
    bomb = png(100_000, 100_000, data=zlib.compress(bytes(10_000)))
    assert decode("image", bomb) == "it has 10,000,000,000 pixels, and 10,000,000 are the most that are decoded"
    assert decode("image", png()) is None


@pytest.mark.parametrize("content", [mp3(), mp3(4, stated=4), mp3()[20:-128], rf64(), wav()])
def test_whole_sound_of_each_way_to_count_it_is_well(content: bytes) -> None:
    assert wrong_content("audio", io.BytesIO(content), len(content)) is None


def test_sound_is_decoded_to_its_end(decode: Decode) -> None:
    assert decode("audio", wav()) is None
    assert decode("audio", wav(0)) == "it holds no sound"
    assert "LibsndfileError" in str(decode("audio", b"fLaC" + noise(200)))


def test_documents_are_drawn_page_by_page(decode: Decode) -> None:
    assert decode("pdf", pdf()) is None
    assert "PdfiumError" in str(decode("pdf", b"%PDF-1.4\n" + noise(500) + b"%%EOF"))
    endless = pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [2 0 R] /Count 9")
    assert decode("pdf", endless) is not None


def test_a_film_without_a_frame_is_refused(decode: Decode) -> None:
    assert decode("video", mp4()) is not None


ENDS = {
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "it makes its decoder crash",
    "while True: pass": "it takes more than 1 seconds to decode",
    "bytearray(2**33)": "it takes more than 1,073,741,824 bytes of memory to decode",
    "raise RuntimeError('at 0x7f00 in <file>')": "RuntimeError: at in",
}


def test_whatever_a_file_does_to_its_decoder_the_next_one_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program.py"
    text = decoders.PROGRAM.read_text("utf-8")
    program.write_text(
        text.replace("if __name__", "DECODERS['file'] = lambda file, *_: exec(file.read())\n\nif __name__")
    )
    monkeypatch.setattr(decoders, "PROGRAM", program)
    decoder = Decoder(DecodingLimits(seconds=1, memory=2**30))
    for code, told in {**ENDS, "pass": None}.items():
        (tmp_path / "file").write_text(code, "utf-8")
        with (tmp_path / "file").open("rb") as file:
            assert decoder.wrong("file", "", file.fileno(), len(code)) == told
    decoder.close()


def test_a_build_says_what_it_does_not_decode(
    tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path / "album", [{"id": 1, "image": "00.png"}])
    monkeypatch.setattr("dataset_packager.records.decoders.decoders", dict)
    ran = cli("validate", "--project", project)
    assert ran.code == 0
    assert "pip install 'dataset-packager[images]'" in ran.err
    shutil.rmtree(project / "media/pictures")
    ran = cli("validate", "--project", project)
    assert (ran.code, "there is no folder 'media/pictures'" in ran.err) == (2, True)


def test_a_member_that_states_hashes_has_to_be_there(tmp_path: Path, cli: CommandLine) -> None:
    project = make(tmp_path / "album", [])
    text = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(text.replace('"sums"', '"sum"'), "utf-8")
    ran = cli("validate", "--project", project)
    assert ran.code == 2
    assert "more[]: image: sha256: no member 'sum' stands beside it" in ran.err
