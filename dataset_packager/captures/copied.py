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

from dataset_packager.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

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
    """A run of ``length`` words that a text shares with a capture: where it begins (code point), and which capture."""

    length: int
    start: int = 0
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be compared, and where it stands: file, line (None: found from the offset), member."""

    text: str
    file: str
    line: int | None = None
    path: str = "$"


class CapturedWords:
    """The runs of words of all captures, of any length asked for."""

    def __init__(self, captures: Mapping[str, str]) -> None:
        """Take the captures' texts by name."""
        self._words = {(name, form): _words(text, form) for name, text in captures.items() for form in _FORMS}
        self._names = tuple(captures)
        self._runs: dict[tuple[tuple[str, ...], Form, int], dict[tuple[str, ...], str]] = {}

    def longest(self, text: str, captures: Iterable[str] | None = None, *, beyond: int = 0) -> Run:
        """Return the longest run of more than ``beyond`` words that ``text`` shares with one of the captures.

        Without ``captures`` all of them count. A run of ``beyond`` words is returned where there is no longer one.
        """
        names = self._names if captures is None else tuple(captures)
        longest = Run(beyond)
        for form in _FORMS:
            words = _words(text, form)
            at: Sequence[int] = range(len(words))
            while shared := self._shared(words, at, names, form, longest.length + 1):
                length, at = longest.length + 1, shared
                longest = Run(
                    length, words[at[0]].start, self._of_length(names, form, length)[_key(words, at[0], length)]
                )
        return longest

    def copied(self, text: str, limit: int) -> list[Run]:
        """Return the runs of ``limit`` words or more that ``text`` shares with a capture, in order; none overlap."""
        found: list[Run] = []
        for form in _FORMS:
            words = _words(text, form)
            for first, last in _stretches(self._shared(words, range(len(words)), self._names, form, limit)):
                name = self._of_length(self._names, form, limit)[_key(words, first, limit)]
                found.append(Run(last - first + limit, words[first].start, name))
        found.sort(key=lambda run: (run.start, -run.length))
        starts = [-1, *(run.start for run in found)]
        return [run for run, before in zip(found, starts, strict=False) if run.start > before]

    def _shared(
        self, words: Sequence[Word], at: Iterable[int], names: tuple[str, ...], form: Form, length: int
    ) -> list[int]:
        """Return those positions at which the next ``length`` words stand in a capture."""
        runs, last = self._of_length(names, form, length), len(words) - length
        only = [word.word for word in words]
        return [i for i in at if i <= last and tuple(only[i : i + length]) in runs]

    def _of_length(self, names: tuple[str, ...], form: Form, length: int) -> Mapping[tuple[str, ...], str]:
        key = names, form, length
        if key not in self._runs:
            self._runs[key] = {
                _key(words, i, length): name
                for name in names
                for words in [self._words[name, form]]
                for i in range(len(words) - length + 1)
            }
        return self._runs[key]


def _key(words: Sequence[Word], at: int, length: int) -> tuple[str, ...]:
    return tuple(word.word for word in words[at : at + length])


def _stretches(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each stretch of consecutive positions, which are given in order."""
    first, last = None, -1
    for position in positions:
        if first is None or position != last + 1:
            if first is not None:
                yield first, last
            first = position
        last = position
    if first is not None:
        yield first, last


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
        for run in words.copied(text.text, LIMIT) if longest.length >= LIMIT else ():
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
