"""Own words: the longest runs of words that the project's texts share with a capture.

Case, punctuation and layout are ignored, and so is whether an apostrophe or a hyphen divides a word: every text is
compared twice, once with such words divided and once with them joined.
"""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dataset_packager.base.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from captures.rows import Tables

PACKED = (".parquet", ".arrow", ".gz", ".zst")
CODE = "copied-words"
LIMIT = 7  # words in a row that no string of a project may share with a capture

Form = re.Pattern[str]
_JOINT = re.compile(r"['’‘ʼ\-‐‑]")
_FORMS: Sequence[Form] = (re.compile(r"\w+"), re.compile(r"\w+(?:['’‘ʼ\-‐‑]\w+)*"))


class Word(NamedTuple):
    """A word as it is compared, and where it begins in its text (code points)."""

    word: str
    start: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run of ``length`` words that a text shares with a capture: from where to where (code points), and which one.

    ``end`` lies within the last word.
    """

    length: int
    start: int = 0
    end: int = 0
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be compared, and where it stands: file, line (None: found from the offset), member."""

    text: str
    file: str
    line: int | None = None
    path: str = "$"


class CapturedWords:
    """The runs of words of all captures."""

    def __init__(self, captures: Mapping[str, str]) -> None:
        """Take the captures' texts by name."""
        self._names = tuple(captures)
        self._words = {
            (name, form): [word.word for word in _words(text, form)]
            for name, text in captures.items()
            for form in _FORMS
        }
        self._places: dict[tuple[Form, int], dict[tuple[str, ...], list[tuple[str, int]]]] = {}

    def longest(self, text: str, captures: Iterable[str] | None = None, *, beyond: int = 0) -> Run:
        """Return the longest run of more than ``beyond`` words that ``text`` shares with one of the captures.

        Without ``captures`` all of them count. A run of ``beyond`` words is returned where there is no longer one.
        """
        names = frozenset(self._names if captures is None else captures)
        longest = Run(beyond)
        for form in _FORMS:
            words = _words(text, form)
            longest = max(longest, *self._long(words, form, names), Run(0), key=lambda run: run.length)
            for length in range(longest.length + 1, LIMIT):
                run = self._any(words, form, length, names)
                if run is None:
                    break
                longest = run
        return longest

    def copied(self, text: str) -> list[Run]:
        """Return the runs of ``LIMIT`` words or more that ``text`` shares with a capture, in order; none overlap."""
        runs = [run for form in _FORMS for run in self._long(_words(text, form), form, frozenset(self._names))]
        apart: list[Run] = []
        for run in sorted(runs, key=lambda run: (run.start, -run.length)):
            if not apart or run.start >= apart[-1].end:
                apart.append(run)
        return apart

    def _long(self, words: Sequence[Word], form: Form, names: frozenset[str]) -> Iterator[Run]:
        """Yield every run of at least ``LIMIT`` words, each as long as it goes on."""
        places, only = self._of_length(form, LIMIT), [word.word for word in words]
        for at in range(len(words) - LIMIT + 1):
            for name, place in places.get(tuple(only[at : at + LIMIT]), ()):
                captured = self._words[name, form]
                if name in names and not (at and place and only[at - 1] == captured[place - 1]):
                    length = LIMIT + _common(only, at + LIMIT, captured, place + LIMIT)
                    yield Run(length, words[at].start, words[at + length - 1].start + 1, name)

    def _any(self, words: Sequence[Word], form: Form, length: int, names: frozenset[str]) -> Run | None:
        places, only = self._of_length(form, length), [word.word for word in words]
        for at in range(len(words) - length + 1):
            for name, _ in places.get(tuple(only[at : at + length]), ()):
                if name in names:
                    return Run(length, words[at].start, words[at + length - 1].start + 1, name)
        return None

    def _of_length(self, form: Form, length: int) -> Mapping[tuple[str, ...], list[tuple[str, int]]]:
        """Return where each run of this length stands in the captures."""
        if (form, length) not in self._places:
            places: dict[tuple[str, ...], list[tuple[str, int]]] = {}
            for name in self._names:
                words = self._words[name, form]
                for at in range(len(words) - length + 1):
                    places.setdefault(tuple(words[at : at + length]), []).append((name, at))
            self._places[form, length] = places
        return self._places[form, length]


def _common(first: Sequence[str], i: int, second: Sequence[str], j: int) -> int:
    """Return how many words agree from these positions on."""
    length = 0
    while i + length < len(first) and j + length < len(second) and first[i + length] == second[j + length]:
        length += 1
    return length


def _words(text: str, form: Form) -> list[Word]:
    """Return the words in lower case and compatibility form (NFKC), with their offsets."""
    return [Word(_folded(match[0]), match.start()) for match in form.finditer(text)]


def _folded(word: str) -> str:
    if word.isascii() and word.isalnum():
        return word.lower()
    return unicodedata.normalize("NFKC", _JOINT.sub("", word)).casefold()


def check_copied(words: CapturedWords, texts: Iterable[Text]) -> tuple[Run, list[Finding]]:
    """Return the longest run that the texts share with a capture, and a finding for each that reaches the limit."""
    longest = Run(0)
    findings = []
    for text in texts:
        longest = max(longest, words.longest(text.text, beyond=longest.length), key=lambda run: run.length)
        for run in words.copied(text.text) if longest.length >= LIMIT else ():
            line = text.line or text.text.count("\n", 0, run.start) + 1
            message = f"{run.length} words in a row stand in the capture {run.capture!r}"
            findings.append(Finding(text.file, line, text.path, CODE, message, hint="say it in own words"))
    return longest, findings


def project_texts(project: Path) -> Iterator[Text]:
    """Yield the texts of a project's files: those that git tracks or would track, else all that aren't hidden.

    JSON files are read as plain text and string by string as well, so that no escape hides a word.
    """
    for name in _file_names(project):
        try:
            text = (project / name).read_bytes().decode("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        yield Text(text, name)
        if name.endswith((".json", ".jsonl", ".ndjson")):
            yield from _json_texts(text, name)


def packed_texts(tables: Tables) -> Iterator[Text]:
    """Yield the strings of records whose files no text editor shows: of Parquet and Arrow, and of compressed ones."""
    for row in (row for rows in tables.values() for row in rows if row.file.lower().endswith(PACKED)):
        for path, string in strings(row.record):
            yield Text(string, row.file, row.line, path)


def _file_names(project: Path) -> list[str]:
    command = ["git", "-C", str(project), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")  # noqa: S603 - no shell
        return sorted(set(filter(None, listed.split("\0"))))
    except (OSError, subprocess.CalledProcessError):
        files = (path.relative_to(project) for path in project.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in files if not any(part.startswith(".") for part in path.parts))


def _json_texts(text: str, name: str) -> Iterator[Text]:
    lines = enumerate(text.splitlines(), 1) if not name.endswith(".json") else [(None, text)]
    for line, document in lines:
        if "\\" in document:  # else the plain text says the same, string by string
            try:
                value = json.loads(document)
            except ValueError:
                continue
            for path, string in strings(value):
                if string not in document:
                    yield Text(string, name, line or 1, path)


def strings(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """Yield every string in a JSON value, the members' names too, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"{path}.{name}", name
            yield from strings(item, f"{path}.{name}")
