"""What a document of the release is: how it is written, how it is checked, and what it is made from.

A document is one module of this package with a ``DOCUMENT``; nothing else has to name it. Whatever it says follows
from :class:`Facts` alone, the same whether a build gives them or a release that is verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from itertools import zip_longest
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.text import cut
from dataset_packager.documents.release_facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.base.findings import Finding
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release

    Content = str | Callable[[Path], None]
    """A file's text; or what writes it, where it is no text, or too long for memory."""

NEAR = 60  # characters that are shown before and behind where two lines begin to differ


def _nothing(_config: Config) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the release.

    Attributes:
        name: what its check is called.
        files: the paths that its files may have in the release, as patterns.
        write: gives the content of its files by their paths in the release; none where the configuration wants none.
        check: holds what stands in a release against what the release gives.
        reads: names the files of the project that ``write`` reads, beside the schemas: where one of them changes, the
            release no longer stands, and the provenance has their hashes.
        prepare: raises SetupError where the configuration asks for what can't be: before any record is read, or
            while others read the first ones.
        load: loads what ``write`` needs whatever the records are, while they are being read.
        follows: the names of documents that ``write`` reads in the release.
        quick: whether each build makes the check; the others are made by a full verification alone, and find in
            ``release.rows`` what all rows show.
        last: whether it speaks of the others' files.
    """

    name: str
    files: tuple[str, ...]
    write: Callable[[Facts], Mapping[str, Content]]
    check: Callable[[Release], Iterator[Told]]
    reads: Callable[[Config], Iterable[str]] = _nothing
    prepare: Callable[[Config], object] = _nothing
    load: Callable[[Config], object] = _nothing
    follows: tuple[str, ...] = ()
    quick: bool = False
    last: bool = False


def same_files(release: Release, right: Mapping[str, str]) -> Iterator[Told]:
    """Compare files of a release with what they have to be; counts files.

    Where they differ and other versions wrote them, that is no verdict: it is said that they weren't compared.
    """
    for name, text in right.items():
        if name not in release.files:
            yield unsound(name, "missing, though the configuration wants it")
        elif (found := release.text(name, newline="")) == text:
            yield 1
        elif not release.same_versions:
            yield Skipped(f"{name}: other versions wrote it")
        else:
            yield _first_difference(name, found, text)


def made_again(release: Release, write: Callable[[Facts], Mapping[str, str]]) -> Iterator[Told]:
    """Make files again from what they describe, and compare them, where the versions that shape them are here."""
    if release.same_versions:
        yield from same_files(release, write(facts_of(release)))
    else:
        yield not_compared(release)


def not_compared(release: Release) -> Skipped:
    """Say that something couldn't be made again, and what it would take."""
    others = [f"{name} {version}" for name, version in release.made_by.items()]
    return Skipped(f"made with {', '.join(others)}, which isn't what is installed here")


def _first_difference(name: str, found: str, right: str) -> Finding:
    """Return the first line that differs: those behind it may only have moved."""
    lines = enumerate(zip_longest(found.split("\n"), right.split("\n")), 1)
    number, (told, expected) = next((number, pair) for number, pair in lines if pair[0] != pair[1])
    letters = enumerate(zip_longest(told or "", expected or ""))
    at = next((at for at, pair in letters if pair[0] != pair[1]), 0)  # none where one has an empty line more
    shown = [None if line is None else ("…" if at > NEAR else "") + cut(line[max(0, at - NEAR) :], 2 * NEAR)
             for line in (told, expected)]  # fmt: skip
    return unsound(name, f"is {shown[0]!r}, where the release gives {shown[1]!r}", number)


@cache
def documents() -> tuple[Document, ...]:
    """Return all documents, in the order in which they are written."""
    package = import_module(__package__ or "")
    modules = [import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__)]
    known: dict[str, Document] = {each.DOCUMENT.name: each.DOCUMENT for each in modules if hasattr(each, "DOCUMENT")}
    first = sorted(name for name, document in known.items() if not document.last)
    order = TopologicalSorter({name: known[name].follows for name in first}).static_order()
    return (*(known[name] for name in order), *(document for document in known.values() if document.last))


def files_read(config: Config) -> tuple[str, ...]:
    """Return the paths of the files of a project that its documents are made from; some may not be there."""
    return tuple(dict.fromkeys(name for document in documents() for name in document.reads(config)))
