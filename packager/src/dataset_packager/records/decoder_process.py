"""Decodes files to their ends, in a process of its own, which may crash or be ended: run as a program, by its path.

It imports nothing of the packager. Each request comes by a socket as a line of JSON with the open file beside it, and
is answered by one: what is wrong with the file, or null. With a second file beside, a thumbnail is written into that.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "ICO", "JPEG2000", "AVIF")
FILMS = {
    "video/mp4": "mp4", "audio/mp4": "mp4", "video/webm": "matroska", "video/x-msvideo": "avi", "video/mpeg": "mpeg",
    "video/mp2t": "mpegts", "video/x-flv": "flv", "application/ogg": "ogg", "image/gif": "gif",
}  # fmt: skip
BLOCK = 2**16  # samples of sound at a time
PAGE = 64  # pixels that a page of a document is drawn on, at its longest side
EDGE, QUALITY = 160, 80  # of a thumbnail: pixels of its longest side, and how well JPEG keeps them
SHOWN = 200  # characters of what a decoder says


class Wrong(Exception):
    """The file isn't decodable within the limits; the text says why."""


def picture(file: BinaryIO, _: str, limits: dict[str, int]) -> None:
    """Decode every frame of a picture."""
    pil: Any = import_module("PIL.Image")
    pil.init()  # all formats
    pil.MAX_IMAGE_PIXELS = None  # told below, by one measure for all
    with pil.open(file, formats=PICTURES) as image:
        frame = pixels = 0
        while True:
            pixels += image.width * image.height
            _bound("pixels", pixels, limits)
            if image.format == "JPEG":
                image.draft("L", (1, 1))  # all is read, and less is computed
            image.load()
            frame += 1
            _bound("frames", frame, limits)
            try:
                image.seek(frame)
            except EOFError:
                return


def thumbnail(file: BinaryIO, made: BinaryIO, limits: dict[str, int]) -> None:
    """Write the first frame of a picture as a small JPEG: upright, on white, with nothing of what stands beside."""
    pil: Any = import_module("PIL.Image")
    pil.init()
    pil.MAX_IMAGE_PIXELS = None
    with pil.open(file, formats=PICTURES) as image:
        image.draft("RGB", (2 * EDGE, 2 * EDGE))  # JPEG is read smaller at once
        _bound("pixels", image.width * image.height, limits)
        seen = import_module("PIL.ImageOps").exif_transpose(image)
    if seen.mode == "F":
        raise Wrong("nothing says which of its numbers is black, and which white")
    if seen.mode.startswith("I"):  # grey of 16 bits
        seen = seen.convert("I").point(lambda value: value / 256).convert("L")
    seen = seen.convert("RGBA")
    seen.thumbnail((EDGE, EDGE))
    page = pil.new("RGB", seen.size, "white")
    page.paste(seen, mask=seen)
    page.save(made, "JPEG", quality=QUALITY, optimize=True)
    made.flush()


def sound(file: BinaryIO, kind: str, limits: dict[str, int]) -> None:
    """Decode all samples of a sound."""
    if kind in FILMS and kind != "application/ogg":
        film(file, kind, limits, wanted="audio")
        return
    with import_module("soundfile").SoundFile(file) as opened:
        found = sum(len(block) for block in opened.blocks(BLOCK, dtype="int16", always_2d=True))
        if not found:
            raise Wrong("it holds no sound")
        if found < opened.frames and kind not in ("audio/mpeg", "application/ogg"):
            raise Wrong(f"its header says that it has {opened.frames:,} samples, and it has {found:,}")


def film(file: BinaryIO, kind: str, limits: dict[str, int], wanted: str = "video") -> None:
    """Decode all frames of a film, or of its sound."""
    with import_module("av").open(file, "r", format=FILMS.get(kind)) as container:
        streams = [stream for stream in container.streams if stream.type == wanted]
        if not streams:
            raise Wrong(f"it holds no {wanted}")
        for stream in streams if wanted == "video" else ():
            _bound("pixels", stream.codec_context.width * stream.codec_context.height, limits)
        frames = 0
        for _ in container.decode(streams):
            frames += 1
        if not frames:
            raise Wrong("it holds no frame")


def document(file: BinaryIO, _: str, limits: dict[str, int]) -> None:
    """Draw every page of a document, small."""
    with import_module("pypdfium2").PdfDocument(file) as opened:
        _bound("frames", len(opened), limits)
        if not len(opened):
            raise Wrong("it has no page")
        for page in opened:
            page.render(scale=PAGE / max(*page.get_size(), 1.0)).close()
            page.close()


DECODERS: dict[str, Callable[[BinaryIO, str, dict[str, int]], None]] = {
    "image": picture, "audio": sound, "video": film, "pdf": document,
}  # fmt: skip


def _bound(what: str, count: int, limits: dict[str, int]) -> None:
    if count > limits[what]:
        raise Wrong(f"it has {count:,} {what}, and {limits[what]:,} are the most that are decoded")


def answer(request: dict[str, Any], descriptor: int, made: int | None = None) -> str | None:
    """Return what is wrong with a file, of which a thumbnail may be made into another."""
    limits = request["limits"]
    signal.setitimer(signal.ITIMER_PROF, limits["seconds"])  # of work: it ends this process
    try:
        with os.fdopen(descriptor, "rb") as file:
            file.seek(0)
            if made is None:
                DECODERS[request["family"]](file, request["kind"], limits)
            else:
                with os.fdopen(made, "wb") as small:
                    thumbnail(file, small, limits)
    except Wrong as wrong:
        return str(wrong)
    except MemoryError:
        return f"it takes more than {limits['memory']:,} bytes of memory to decode"
    except Exception as error:  # noqa: BLE001 - nobody can list what a stranger's file makes a decoder raise
        return _cause(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def _cause(error: Exception) -> str:
    said = " ".join(re.sub(r"'?<[^>]*>'?|0x[0-9a-f]+", "", str(error)).split())[:SHOWN]  # without what differs by run
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def main() -> None:
    """Answer requests until whoever asks is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        bounded = False
        while True:
            data, descriptors, _, _ = socket.recv_fds(asking, BLOCK, 2)
            if not data:
                return
            request = json.loads(data)
            if not bounded:
                memory = request["limits"]["memory"]
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                bounded = True
            asking.sendall(json.dumps(answer(request, *descriptors)).encode() + b"\n")


if __name__ == "__main__":
    main()
