"""Files that are of another kind than their name says: told once for the whole file, with what to do about it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import orjson

from dataset_packager.records.formats import COMPRESSIONS, ending_of, formats
from dataset_packager.records.formats.interface import BLANK, whole_file
from dataset_packager.records.text_encoding import other_encoding

if TYPE_CHECKING:
    from dataset_packager.base.findings import Finding

HEAD = 2**16  # bytes of a file that are looked at
LINES, DOCUMENTS, TABLES = (".jsonl", ".ndjson"), (".json", ".geojson"), (".csv", ".tsv")
_PACKED = {
    b"\x1f\x8b": ("gzip", ".gz"), b"\x28\xb5\x2f\xfd": ("zstd", ".zst"), b"BZh": ("bzip2", ""),
    b"\xfd7zXZ\x00": ("xz", ""), b"PK\x03\x04": ("a ZIP archive", ""), b"PAR1": ("Parquet", ".parquet"),
    b"ARROW1": ("Arrow", ".arrow"), b"SQLite format 3": ("a SQLite database", ""), b"%PDF-": ("PDF", ""),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an old Excel workbook", ""), b"7z\xbc\xaf\x27\x1c": ("a 7z archive", ""),
    b"\x89HDF\r\n\x1a\n": ("HDF5", ""), b"\x93NUMPY": ("a NumPy array", ""), b"Obj\x01": ("Avro", ""),
    b"\x80\x03": ("a Python pickle", ""), b"\x80\x04\x95": ("a Python pickle", ""),
    b"\x80\x05\x95": ("a Python pickle", ""),
    b"\x89PNG\r\n": ("an image", ""), b"\xff\xd8\xff": ("an image", ""),
}  # fmt: skip
_FIRST = re.compile(b"|".join(map(re.escape, _PACKED)))
_TAR = (slice(257, 262), b"ustar")
_UNPACK = {
    "bzip2": "bunzip2", "xz": "unxz", "a ZIP archive": "unzip", "a 7z archive": "7z x", "a tar archive": "tar -xf",
}  # fmt: skip
_POINTERS = {
    b"version https://git-lfs.github.com/spec/v": ("a Git LFS pointer", "git lfs pull"),
    b"/annex/objects/": ("a git-annex pointer", "git annex get"),
}  # fmt: skip
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_YAML = re.compile(rb"(?:%YAML|---\s|(?:- )?[A-Za-z_][\w-]*:(?:\s|$))")


def packed_otherwise(name: str, stored: bytes) -> Finding | None:
    """Return what is wrong where a file is compressed, or holds what is no text at all, unlike what its name says.

    It is known by its first stored bytes.
    """
    suffix, packed = ending_of(name)
    for magic, (kind, command) in _POINTERS.items():
        if stored.startswith(magic):
            return whole_file(
                name, "json", f"the file is {kind}, which stands for the records", f"fetch them: {command}"
            )
    if not stored or not formats()[suffix].compressed:
        return None
    kind, ending = _binary(stored)
    if packed and kind != COMPRESSIONS[packed]:
        plain = "" if kind else f"call it {PurePosixPath(name).name.removesuffix(packed)}"
        message = f"the file isn't {COMPRESSIONS[packed]}, as its name says: it {f'is {kind}' if kind else 'is plain'}"
        return whole_file(name, "json", message, plain or _named(name, kind, ending, packed))
    if not packed and kind:
        return whole_file(
            name, "json", f"the file is {kind}, which its name doesn't say", _named(name, kind, ending, "")
        )
    return None


def _binary(stored: bytes) -> tuple[str, str]:
    """Return what a file is by its first bytes, and the ending of such files; two times nothing for text."""
    first = _FIRST.match(stored)
    kind, ending = _PACKED[first[0]] if first else ("", "")
    if kind == "a ZIP archive" and b"xl/" in stored:
        return "an Excel workbook", ""
    return ("a tar archive", "") if stored[_TAR[0]] == _TAR[1] else (kind, ending)


def _named(name: str, kind: str, ending: str, packed: str) -> str:
    file = PurePosixPath(name).name.removesuffix(packed)
    if ending in COMPRESSIONS:
        return f"call it {file}{ending}"
    if ending and ending in formats():
        return f"call it {PurePosixPath(file).stem}{ending}"
    if "Excel" in kind:
        return f"save its sheet as CSV in UTF-8: {PurePosixPath(file).stem}.csv"
    return f"unpack it: {_UNPACK[kind]} {shlex.quote(file)}" if kind in _UNPACK else "export its records as JSON Lines"


def written_otherwise(name: str, head: bytes) -> Finding | None:
    """Return what is wrong where a file as a whole holds no text of its format, by its first plain bytes."""
    suffix, packed = ending_of(name)
    if _PAGE.match(head):
        hint = "it may be what a server answered instead: get the file again"
        return whole_file(name, "json", "the file is an HTML page, which holds no records", hint)
    if suffix in TABLES and (known := _json_ending(head)):
        called = "JSON Lines" if known in LINES else "JSON"
        file = PurePosixPath(name).name.removesuffix(packed)
        return whole_file(
            name, "json", f"the file is {called}, not CSV", f"call it {PurePosixPath(file).stem}{known}{packed}"
        )
    if not formats()[suffix].utf8:
        return None
    if coding := other_encoding(head):
        file = shlex.quote(PurePosixPath(name).name)
        hint = f"write it anew: iconv -f {coding} -t UTF-8 {file} > utf-8-{file}"
        return whole_file(name, "encoding", f"the file is {coding}, not UTF-8", hint)
    if suffix in LINES and (bracket := _over_lines(head)):
        message = "the file is laid out over several lines, and in JSON Lines each record stands on one"
        return whole_file(name, "json", message, _on_lines(PurePosixPath(name).name, suffix, packed, bracket))
    if suffix in (*LINES, *DOCUMENTS) and (kind := _no_json(head)):
        wanted, ending = "JSON Lines" if suffix in LINES else "JSON", f".{kind.lower()}"
        stem = PurePosixPath(PurePosixPath(name).name.removesuffix(packed)).stem
        renamed = f"call it {stem}{ending}{packed}, or " if ending in TABLES else ""
        hint = f"{renamed}write each record as JSON on one line"
        return whole_file(name, "json", f"the file is {kind}, not {wanted}", hint)
    return None


def _on_lines(name: str, suffix: str, packed: str, bracket: str) -> str:
    """Say how to get a record on each line."""
    reader = {".gz": "zcat", ".zst": "zstdcat"}.get(packed, "cat")
    whole = f"call it {name.replace(suffix, '.json')}, or " if bracket == "[" else ""
    each = "'.[]'" if bracket == "[" else "."
    target = shlex.quote(f"lines-{name.removesuffix(packed)}")
    return f"{whole}write it anew: {reader} {shlex.quote(name)} | jq -c {each} > {target}"


def _json_ending(head: bytes) -> str | None:
    """Return the ending of a file of JSON; None for what may well be the header of a table."""
    first = head.lstrip(BLANK + b"\xef\xbb\xbf").partition(b"\n")[0].strip(BLANK)
    if first.startswith(b"{") and _is_json(first):
        return LINES[0]
    return ".json" if first in (b"[", b"{") or first.startswith((b"[{", b'{"')) else None


def _over_lines(head: bytes) -> str | None:
    """Return the bracket that a JSON value over several lines begins with; None if the first lines stand alone."""
    text = head.lstrip(BLANK).decode("utf-8", "ignore")
    first, _, rest = text.partition("\n")
    second = rest.partition("\n")[0]
    if text[:1] not in ("{", "[") or not rest.strip() or _is_json(first.encode()):
        return None
    if first.strip() != "[" and _is_json(second.encode()):  # the first line alone is damaged
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:  # it may be longer than what is looked at
        end = error.pos if error.pos > len(first) + len(second) + 1 or first.strip() == "[" else 0
    except RecursionError:
        return None
    return text[0] if end > len(first) else None


def _no_json(head: bytes) -> str | None:
    """Return what a file of several lines seems to be if none of them is JSON, or begins like a value of JSON."""
    lines = [line for line in head.split(b"\n")[:-1] if line.strip(BLANK)][:100]
    if len(lines) < 3 or any(line.lstrip(BLANK)[:1] in (b"{", b"[", b'"') or _is_json(line) for line in lines):
        return None
    first = lines[0].lstrip(BLANK + b"\xef\xbb\xbf")
    if not re.search(rb"[A-Za-z]", first):
        return None
    if first.startswith(b"<"):
        return "XML"
    if _YAML.match(first):
        return "YAML"
    for separator, kind in ((b"\t", "TSV"), (b",", "CSV"), (b";", "CSV with semicolons")):
        if all(line.count(separator) >= lines[0].count(separator) > 0 for line in lines):
            return kind
    return None


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
