"""In which of Unicode's encodings other than UTF-8 a file's first bytes are, with or without a mark that says so."""

from __future__ import annotations

import re

_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32LE", b"\x00\x00\xfe\xff": "UTF-32BE", b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"
}  # fmt: skip
_WITHOUT_MARK = {
    "UTF-32BE": re.compile(rb"(?:\x00{3}[\t-~]){4}"), "UTF-32LE": re.compile(rb"(?:[\t-~]\x00{3}){4}"),
    "UTF-16BE": re.compile(rb"(?:\x00[\t-~]){4}"), "UTF-16LE": re.compile(rb"(?:[\t-~]\x00){4}"),
}  # fmt: skip


def other_encoding(head: bytes) -> str | None:
    """Return the name of the encoding, of the order of bytes too where no mark says it; None for any other text."""
    for mark, coding in _MARKS.items():
        if head.startswith(mark):
            return coding.removesuffix("LE").removesuffix("BE")
    return next((coding for coding, text in _WITHOUT_MARK.items() if text.match(head)), None)
