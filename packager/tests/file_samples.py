"""Files of many kinds, made of nothing but bytes, for columns that hold files."""

from __future__ import annotations

import io
import random
import struct
import wave
import zlib


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes that nothing compresses, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def png(width: int = 8, height: int = 8, seed: int = 0, data: bytes | None = None) -> bytes:
    """Return a picture of grey noise; with ``data`` that stands for its compressed pixels."""
    if data is None:
        rows = noise(width * height, seed)
        lines = (b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
        data = zlib.compress(b"".join(lines), 0)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def turned(picture: bytes) -> bytes:
    """Return a picture of ``png`` whose EXIF says that it lies on its side (TIFF 6.0: the tag 274 is 6)."""
    exif = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 274, 3, 1, 6, 0)
    return picture[:33] + _chunk(b"eXIf", exif) + picture[33:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bmp(seed: int = 0) -> bytes:
    """Return a picture of 8 by 8 pixels in another format."""
    pixels = noise(8 * 8 * 3, seed)
    header = (54 + len(pixels), 0, 0, 54, 40, 8, 8, 1, 24, 0, 0, 0, 0, 0, 0)
    return struct.pack("<2sIHHIIiiHHIIiiII", b"BM", *header) + pixels


def wav(samples: int = 400, seed: int = 0) -> bytes:
    """Return some noise to be heard."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(noise(samples * 2, seed))
    return file.getvalue()


def pdf(text: str = "Hello") -> bytes:
    """Return a document of one page."""
    content = f"BT /F1 12 Tf 10 50 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R >>",
        b"<< /Length " + str(len(content)).encode() + b" >>\nstream\n" + content + b"\nendstream",
    )
    made, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += str(number).encode() + b" 0 obj\n" + each + b"\nendobj\n"
    table = b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    head = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    tail = f"trailer << /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n".encode()
    return made + head + table + tail


def mp4() -> bytes:
    """Return the boxes of a film without a frame."""
    return struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + struct.pack(">I4s", 8, b"moov")


def rf64(samples: int = 400) -> bytes:
    """Return the same noise as a file whose length is counted in 64 bits."""
    plain = wav(samples)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, len(plain) - 8 + 36, samples * 2, samples, 0)
    return b"RF64\xff\xff\xff\xffWAVE" + sizes + plain[12:40] + b"\xff\xff\xff\xff" + plain[44:]


def mp3(frames: int = 4, stated: int | None = None) -> bytes:
    """Return frames of silence, after a tag and, with ``stated``, a frame that says how many there are."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    counting = b"" if stated is None else frame[:36] + b"Xing" + struct.pack(">II", 1, stated) + frame[48:]
    return b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + counting + frame * frames + b"TAG" + bytes(125)
