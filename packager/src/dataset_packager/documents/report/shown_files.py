"""Files in the report: how large they are, of what kinds, and some of them to be seen or heard, as they are.

A page shows the first small ones byte for byte, so that it is the same whatever is installed; only where thumbnails are
wanted something is made of a picture. What browsers read is what the bytes are, never what a name says.
"""

from __future__ import annotations

import base64
import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.records.media_types import HEAD, media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_FILES = 12  # of a column
MOST_BYTES, MOST_IN_ALL = 128 * 2**10, 768 * 2**10  # of a file, and of a column
MOST_PIXELS = 4096  # of an edge; what a small file unpacks to is the browser's memory
_PLAYED = {
    "audio/wav": "audio", "audio/mpeg": "audio", "audio/flac": "audio", "audio/mp4": "audio",
    "application/ogg": "audio", "video/mp4": "video", "video/webm": "video",
}  # fmt: skip
UNKNOWN = "unknown"
Content = bytes | memoryview
THUMBNAIL = "image/jpeg"


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file to be seen or heard: by which element of HTML, under what path, and its bytes, or a copy's, as a URL."""

    element: str
    path: str
    url: str
    is_thumbnail: bool = False


def media_types(contents: Sequence[Content]) -> list[tuple[str, int]]:
    """Return the media types of files and how many have each, the most frequent first."""
    counted = Counter(media_type(bytes(content[:HEAD])) or UNKNOWN for content in contents)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def shown_files(
    contents: Sequence[Content], paths: Sequence[str], thumbnail: Callable[[str, Content], bytes | None] | None = None
) -> Iterator[ShownFile]:
    """Yield the first files that a browser shows or plays, few and small ones.

    Args:
        contents: the files.
        paths: what each is called.
        thumbnail: gives a small JPEG of a picture by its media type and bytes, none where it can't.
    """
    left, room = MOST_FILES, MOST_IN_ALL
    for content, path in zip(contents, paths, strict=True):
        kind = media_type(bytes(content[:HEAD]))
        element = "img" if max(_edges(content, kind)) else _PLAYED.get(kind, "")
        if element and len(content) <= min(MOST_BYTES, room) and max(_edges(content, kind)) <= MOST_PIXELS:
            yield ShownFile(element, path, _url(kind, content))
            left, room = left - 1, room - len(content)
        elif thumbnail and (small := thumbnail(kind, content)):
            yield ShownFile("img", path, _url(THUMBNAIL, small), is_thumbnail=True)
            left -= 1
        if not left:
            return


def _url(kind: str, content: Content) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _edges(content: Content, kind: str) -> tuple[int, int]:
    """Return how many pixels wide and high a picture says that it is; 0 where that is not known."""
    try:
        if kind == "image/png":  # PNG, third edition, 11.2.1
            return struct.unpack_from(">II", content, 16)
        if kind == "image/gif":  # GIF 89a, section 18
            return struct.unpack_from("<HH", content, 6)
        return _edges_of_jpeg(content) if kind == "image/jpeg" else (0, 0)
    except (struct.error, IndexError):
        return 0, 0


def _edges_of_jpeg(content: Content) -> tuple[int, int]:
    """Read the header of the frame (ITU-T T.81, B.2.2)."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return 0, 0
