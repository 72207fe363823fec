"""MPEG audio (MP3) frame by frame: it has no length at its beginning, so a file that was cut decodes well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

_RATES = {  # kbit/s by version and layer (ISO/IEC 11172-3, 2.4.2.3; 13818-3, 2.4.2.3), the index from 1
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_FREQUENCIES = (44_100, 48_000, 32_000)  # of version 1; half of that in version 2, a quarter in 2.5
_SEEN = 64  # bytes at a frame's beginning, where one that tells of the others says so


def frame_length(head: bytes) -> int:
    """Return the bytes of the frame that begins with ``head``, 0 where none begins or where it says no rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = (0.25, 0, 2, 1)[head[1] >> 3 & 3], 4 - (head[1] >> 1 & 3)
    rate, frequency, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if not version or layer == 4 or rate in (0, 15) or frequency == 3:
        return 0
    is_first = version == 1
    bits = _RATES[1 if is_first else 2, layer][rate - 1] * 1000
    hertz = _FREQUENCIES[frequency] // (1 if is_first else 2 if version == 2 else 4)
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (144 if is_first or layer == 2 else 72) * bits // hertz + padding


def wrong_frames(file: BinaryIO, size: int) -> str | None:
    """Return how MPEG audio isn't whole: its last frame is cut, or there are fewer than the first one says."""
    position, found, stated = _after_tag(file), 0, None
    while position + 4 <= size:
        file.seek(position)
        head = file.read(_SEEN)
        length = frame_length(head)
        if not length:  # a tag at the end, or what decoders pass over
            break
        if position + length > size:
            return f"its last frame has {length:,} bytes, and {size - position:,} are left"
        if not found:
            stated = _stated_frames(head)
        found += 1
        position += length
    if stated is not None and found - 1 < stated:  # the one that says so holds no sound
        return f"it says that it has {stated:,} frames, and it has {found - 1:,}"
    return None


def _after_tag(file: BinaryIO) -> int:
    """Return where the sound begins: after the tag at the beginning, if there is one (ID3v2.4, 3.1)."""
    file.seek(0)
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(head[6:10])))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _stated_frames(head: bytes) -> int | None:
    """Return how many frames follow, where the first one is none but says that, as most encoders write it."""
    for name in (b"Xing", b"Info"):
        at = head.find(name, 4)
        if at > 0 and len(head) >= at + 12 and head[at + 7] & 1:
            return int.from_bytes(head[at + 8 : at + 12], "big")
    return None
