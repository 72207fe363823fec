"""Exports: the release's tables in other formats, in the release or beside it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from dataset_packager.base.appearing import appearing
from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.files import failures, file_sha256
from dataset_packager.base.findings import SetupError
from dataset_packager.documents.document import Document, not_compared
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.project.contract import unknown_name
from dataset_packager.release.read_records import release_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.exports.interface import Export, Writer
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.release.release_files import Release


@cache
def export_formats() -> Mapping[str, Export]:
    """Return all formats by name: CSV comes before what describes it."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found: list[Export] = [module.EXPORT for module in modules if hasattr(module, "EXPORT")]
    return {export.name: export for export in sorted(found, key=lambda each: each.name)}


def export_beside(folder: Path, name: str, target: Path) -> None:
    """Write a release in another format to a path where nothing stands yet; it appears there whole.

    Raises:
        SetupError: there is no such release or format, or something stands there.
        DataFindings: a shard can't be read back.
    """
    export = export_formats().get(name)
    if export is None:
        raise SetupError(unknown_name(name, list(export_formats())))
    facts = facts_of(release_in(folder))
    with failures(target):
        if target.exists():
            raise SetupError(f"{target}: stands there already: name another path, or remove it")
    with appearing(target, folder=export.is_folder) as staged:
        export.beside(facts, staged)


def _wanted(names: Iterable[str]) -> list[Export]:
    """Return the formats that a release is to hold, in the order in which they are written.

    Raises:
        SetupError: there is no such format, or it can only stand beside a release.
    """
    known = export_formats()
    for name in names:
        if name not in known:
            raise SetupError(f"pyproject.toml: exports: {unknown_name(name, list(known))}")
        if not known[name].patterns:
            mend = f"leave it out, and run: export RELEASE --format {name} --out FILE"
            raise SetupError(f"pyproject.toml: exports: the bytes of {name!r} can't be promised: {mend}")
    return [export for name, export in known.items() if name in set(names)]


def _write(facts: Facts) -> dict[str, Writer]:
    return {path: write for each in _wanted(facts.config.exports) for path, write in each.in_release(facts).items()}


def _check(release: Release) -> Iterator[Told]:
    """Make the files again and compare them; where the configuration wants none, none may be there."""
    facts = facts_of(release)
    wanted = [(each, path, write) for each in _wanted(release.config.exports)
              for path, write in each.in_release(facts).items()]  # fmt: skip
    names = {path for _, path, _ in wanted}
    for name in release.files:
        if name not in names and any(fnmatchcase(name, pattern) for pattern in DOCUMENT.files):
            yield unsound(name, "is there, though the configuration wants none")
    if wanted and not release.same_versions:
        yield not_compared(release)
        return
    for export, path, write in wanted:
        again = release.temporary / path
        write(again)  # what follows may describe it
        if path not in release.files:
            yield unsound(path, "missing, though the configuration wants it")
        elif other := export.made_by(release.folder / path):
            yield Skipped(f"{path}: {other} wrote it, which isn't what is here")
        else:
            same = file_sha256(again) == release.sha256(path)
            yield 1 if same else unsound(path, "is not what the rows of the release give")


def _patterns() -> tuple[str, ...]:
    return tuple(pattern for export in export_formats().values() for pattern in export.patterns)


DOCUMENT = Document("exports", _patterns(), _write, _check, prepare=lambda config: _wanted(config.exports))
