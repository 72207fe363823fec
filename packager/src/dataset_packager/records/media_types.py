"""What kind of file bytes are, by what stands at their beginning and end, whatever a name says."""

from __future__ import annotations

import re
from typing import BinaryIO

from dataset_packager.records.mpeg_audio import wrong_frames

MOST_PARTS = 100_000
HEAD, TAIL = 1024, 65_557  # bytes; a ZIP archive says at most so far from its end that it is one
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\x01\0", "image/x-icon"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"BM", "image/bmp"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b".snd", "audio/basic"),
    (b"caff", "audio/x-caf"),
    (b"OggS", "application/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"%PDF-", "application/pdf"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
_FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"mif1": "image/heic",
           b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}  # fmt: skip
_OTHERS = {
    b"PK\x03\x04": "application/zip",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\x1f\x8b": "application/gzip",
}
_MARKUP = re.compile(rb"<(?:\?xml|!doctype|!entity|html|svg|script|\?php)", re.IGNORECASE)
_RUN = re.compile(rb"<(?:!doctype|!entity|html|svg|script|\?php)", re.IGNORECASE)
_ENDS = {
    "image/png": re.compile(rb"IEND\xae\x42\x60\x82"),
    "image/jpeg": re.compile(rb"\xff\xd9"),
    "image/gif": re.compile(rb";\0*\Z"),
    "application/pdf": re.compile(rb"%%EOF"),
}
FAMILIES: dict[str, tuple[str, ...]] = {
    "image": ("image/",),
    "audio": ("audio/", "application/ogg", "video/webm"),
    "video": ("video/", "application/ogg", "image/gif"),
    "pdf": ("application/pdf",),
}
"""The media types, or beginnings of them, that files of a column type may have; containers hold sound and films."""


def media_type(head: bytes) -> str:
    """Return the media type of a file by its first bytes, or nothing where they are no known beginning."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] in (b"RIFF", b"RF64"):
        return _RIFF.get(head[8:12], "")
    if head[:4] == b"FORM":
        return _FORM.get(head[8:12], "")
    if _is_mpeg_audio(head):
        return "audio/mpeg"
    if head[:1] == b"G" and head[188:189] == b"G" and head[376:377] == b"G":
        return "video/mp2t"
    found = next((name for start, name in _STARTS if head.startswith(start)), "")
    if found:
        return found
    if _MARKUP.search(head):
        return "image/svg+xml" if b"<svg" in head.lower() else "text/html"
    return next((name for start, name in _OTHERS.items() if head.startswith(start)), "")


def _is_mpeg_audio(head: bytes) -> bool:
    """Say whether bytes begin with a frame of MPEG audio (ISO 11172-3, 2.4.1.3), whose fields have a meaning."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, frequency = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and rate not in (0, 15) and frequency != 3


def wrong_content(family: str, file: BinaryIO, size: int) -> str | None:
    """Return what is wrong with what a file holds by its beginning and end alone, None where nothing is.

    Args:
        family: the name of the column type, a key of ``FAMILIES``.
        file: the file, which can be sought in.
        size: its length in bytes.
    """
    if not size:
        return "the file is empty"
    head = file.read(HEAD)
    kind = media_type(head)
    if kind == "image/svg+xml" and family == "image":
        return "the file is SVG, a program that draws rather than a picture, and may hold scripts"
    if not kind.startswith(FAMILIES[family]):
        what = kind or f"none that is known: it begins with {head[:8].hex(' ')}"
        return f"the file is no {family}: by its content its type is {what}"
    file.seek(max(size - TAIL, 0))
    tail = file.read(TAIL)
    if other := _something_else(head, tail):
        return f"the file is {kind} and {other} at once"
    if kind in _ENDS and not _ENDS[kind].search(tail):
        return f"the file is {kind} that is cut off: its end is missing"
    file.seek(0)
    return _LENGTHS[kind](file, size) if kind in _LENGTHS else None


def _something_else(head: bytes, tail: bytes) -> str | None:
    """Return what else a file is for other readers."""
    if _RUN.search(head):
        return "text that a browser or a server runs"
    if b"%PDF-" in head[1:]:
        return "application/pdf"
    at = tail.rfind(b"PK\x05\x06")
    whole = at >= 0 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
    return "application/zip" if whole else None


def _wrong_riff(file: BinaryIO, size: int) -> str | None:
    """Hold the lengths that RIFF states against the file's own (Multimedia Programming Interface 1.0, section 2)."""
    header = file.read(12)
    if header[:4] == b"RF64":  # more than 32 bits count (EBU Tech 3306, section 3.3)
        return _wrong_rf64(file, size)
    stated = int.from_bytes(header[4:8], "little") + 8
    if not size - 1 <= stated <= size + 1:
        return f"its header says that it has {stated:,} bytes, and it has {size:,}"
    position = 12
    for _ in range(MOST_PARTS):
        if position + 8 > size:
            return None
        file.seek(position)
        part = file.read(8)
        length = int.from_bytes(part[4:8], "little")
        if position + 8 + length > size + 1:
            return f"{_named(part[:4])} says that it has {length:,} bytes, and {size - position - 8:,} are left"
        position += 8 + length + length % 2
    return f"it has more than {MOST_PARTS:,} parts"


def _wrong_rf64(file: BinaryIO, size: int) -> str | None:
    part = file.read(24)
    if part[:4] != b"ds64" or len(part) < 24:
        return "its part 'ds64', which has its length, is missing"
    stated, data = (int.from_bytes(part[at : at + 8], "little") for at in (8, 16))
    if not size - 9 <= stated <= size - 7:
        return f"its header says that it has {stated + 8:,} bytes, and it has {size:,}"
    return f"its part 'data' says that it has {data:,} bytes, more than the file" if data > size else None


def _wrong_boxes(file: BinaryIO, size: int) -> str | None:
    """Hold the lengths that the outermost boxes state against the file's own (ISO/IEC 14496-12, section 4.2)."""
    position = 0
    for _ in range(MOST_PARTS):
        if position + 8 > size:
            return None
        file.seek(position)
        box = file.read(16)
        length = int.from_bytes(box[:4], "big")
        if length == 1:
            length = int.from_bytes(box[8:], "big")
        if not length:  # to the end
            return None
        if length < 8 or position + length > size:
            return f"{_named(box[4:8])} says that it has {length:,} bytes, and {size - position:,} are left"
        position += length
    return f"it has more than {MOST_PARTS:,} parts"


def _named(letters: bytes) -> str:
    return f"its part {letters.decode('ascii', 'backslashreplace')!r}"


_BOXED = ("video/mp4", "audio/mp4", "image/avif", "image/heic")
_LENGTHS = {
    "audio/wav": _wrong_riff,
    "audio/mpeg": wrong_frames,
    "image/webp": _wrong_riff,
    **dict.fromkeys(_BOXED, _wrong_boxes),
}
