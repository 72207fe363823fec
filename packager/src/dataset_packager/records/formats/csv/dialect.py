"""How delimited text is written: what a table's configuration says under ``csv``, and what holds by itself."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.base.text import quoted
from dataset_packager.records.formats.csv.cells import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.records.formats.interface import Readable

_WORDS = (("nulls", ""), ("true", "true"), ("false", "false"))
_NO_FORM = frozenset(("utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"))
_NO_CHARACTER = "dataset-packager-no-character"
codecs.register_error(_NO_CHARACTER, lambda error: ("\udc80", getattr(error, "end", 0)))


@dataclass(frozen=True)
class Dialect:
    """How a file is written; ``header`` has the names of columns where no row has them."""

    delimiter: str
    quote: str
    encoding: str
    header: tuple[str, ...] | None
    words: Words

    @classmethod
    def of(cls, options: Mapping[str, Any], file: str) -> Dialect:
        """Return the dialect that a table's options have for a file.

        Raises:
            SetupError: two of them don't go together, or there is no such encoding.
        """
        tabs = ".tsv" in file.lower()
        delimiter, quote = options.get("delimiter", "\t" if tabs else ","), options.get("quote", '"')
        if delimiter == quote:
            raise SetupError(f"csv: {quoted(quote)} is the delimiter and the quote: let one be another character")
        nulls, true, false = (frozenset(options.get(key, [word])) for key, word in _WORDS)
        words = Words(nulls, true, false, options.get("lists", {}))
        for one, other in (("true", "false"), ("true", "nulls"), ("false", "nulls")):
            if both := getattr(words, one) & getattr(words, other):
                raise SetupError(f"csv: {quoted(min(both))} stands for {one} and for {other}: take it out of one")
        header = None if options.get("header", True) is True else tuple(options["header"])
        return cls(delimiter, quote, _codec(options.get("encoding", "utf-8")), header, words)


def _codec(name: str) -> str:
    try:
        codec = codecs.lookup(name)
        text = codec.name not in _NO_FORM and isinstance(bytes(4).decode(name, "replace"), str)
    except (LookupError, UnicodeError, ValueError):
        text = False
    if not text:
        raise SetupError(f"csv.encoding: no text is encoded as {quoted(name)}: utf-8, utf-16, cp1252 are, for example")
    return codec.name


def has_plain_line_ends(encoding: str) -> bool:
    """Say whether each byte is a character by itself, those of ASCII as they are; UTF-8 is alike at line ends."""
    if encoding == "utf-8":
        return True
    singles = [bytes([byte]).decode(encoding, "replace") for byte in range(256)]
    return all(len(each) == 1 for each in singles) and singles[:128] == [chr(byte) for byte in range(128)]


class Utf8:
    """The bytes of a stream in UTF-8, whatever they are encoded in; what is no character becomes what is no UTF-8."""

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(_NO_CHARACTER) if encoding != "utf-8" else None

    def read(self, size: int, /) -> bytes:
        """Return up to about ``size`` bytes; none at the end."""
        if self._decoder is None:
            return self._stream.read(size)
        while True:
            data = self._stream.read(size)
            text = self._decoder.decode(data, final=not data)
            if text or not data:
                return text.encode("utf-8", "surrogatepass")
