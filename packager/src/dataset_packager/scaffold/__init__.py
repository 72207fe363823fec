"""A new dataset project from somebody's records: schemas, configuration, documents, tests, and the build itself."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dataset_packager.base.files import (
    BLOCK,
    failures,
    file_sha256,
    fsync_all,
    fsync_folder,
    make_folder,
    new_folder,
    open_regular,
    scratch_folder,
)
from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.base.paths import format_path
from dataset_packager.base.text import printable, quoted
from dataset_packager.project.read_config import load_config
from dataset_packager.scaffold.author_splits import author_splits, told_of_splits
from dataset_packager.scaffold.project_files import EXECUTABLE, example, project_files, project_name
from dataset_packager.scaffold.record_sources import describe, learn, refer
from dataset_packager.scaffold.sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.base.console import Reporter
    from dataset_packager.scaffold.record_sources import Learned

EXAMPLE = "readings.jsonl"
LISTED = 20  # files that are left out, one by one


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a project is to be made.

    Attributes:
        table: the name of its table, where there is one only.
        mixed: records of several kinds in one table are meant so.
        typed: columns have the types that every value fits, which are proposals else.
        workflow: the CI that is to publish, of ``WORKFLOWS``.
        schema: the file with the schema of its table, where there is one already.
        records: ``link`` them where that is possible, else copy; always ``copy``; or ``move`` them.
    """

    table: str | None = None
    mixed: bool = False
    typed: bool = False
    schema: Path | None = None
    records: str = "link"
    workflow: str | None = None


def new_project(folder: Path, records: Sequence[Path], reporter: Reporter, wishes: Wishes = Wishes()) -> list[str]:
    """Make a project in ``folder`` that builds at once, and return its files, relative to it.

    Args:
        folder: where it goes; may exist, as long as nothing in it would be overwritten.
        records: files of records, and folders of such files: each becomes a table. Without any, an example does.
        reporter: is told what is wrong with the records.
        wishes: how it is to be made.

    Raises:
        DataFindings: records can't be read; they were reported, and nothing was written.
        SetupError: an input or the folder can't be used, or a file of the project stands there already; or records of
            several kinds would make one table, which nobody asked for.
        EnvironmentFailure: reading or writing fails; nothing was written.
    """
    if not records:
        with scratch_folder() as scratch:
            path = scratch / EXAMPLE
            path.write_bytes(example("example.jsonl"))
            return new_project(folder, [path], reporter, replace(wishes, records="copy"))
    if folder.exists() and not folder.is_dir():
        raise SetupError(f"{folder}: not a folder: name a new one")
    with scratch_folder() as scratch:
        return _made(folder, _learned(records, scratch, reporter, wishes), reporter, wishes)


def _made(folder: Path, tables: Sequence[Learned], reporter: Reporter, wishes: Wishes) -> list[str]:
    staged = new_folder(_existing(folder))
    try:
        written = _stage(staged, project_name(folder.resolve().name), tables, wishes)
        _insist_that_it_fits(staged, reporter)
        _place(staged, folder, written)
        if wishes.records == "move":
            _remove(tables)
        elif wishes.records == "link" and any(_is_linked(folder, table) for table in tables):
            reporter.say("the records are linked, not copied: whoever edits a file here edits it there, too (--copy)")
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return written


def _learned(records: Sequence[Path], scratch: Path, reporter: Reporter, wishes: Wishes) -> list[Learned]:
    found = sources(records, scratch, wishes.table)
    if wishes.schema is not None and len(found) > 1:
        raise SetupError(f"--schema describes one table, and there are {len(found)}: make a project of one of them")
    for line in told_of_splits(found):
        reporter.say(line)
    files = [file for source in found for file in source.files]
    size = sum(file.stat().st_size for file in files)
    reporter.say(f"reading {size:,} bytes in {len(files)} {'file' if len(files) == 1 else 'files'}")
    with reporter.progress("read", size) as progress:
        tables = [learn(source, scratch, progress) for source in found]
    if wishes.schema is not None:
        describe(tables[0], wishes.schema)
    findings = [finding for table in tables for finding in table.findings]
    for table in tables:
        _tell_what_was_found(table, reporter)
    if findings:
        reporter.findings(findings)
        raise DataFindings("no project was made: mend the findings above")
    for table in tables:
        _insist_on_one_kind(table, mixed=wishes.mixed)
        _tell_of_files(table, reporter)
    refer(tables)
    return tables


def _insist_on_one_kind(table: Learned, *, mixed: bool) -> None:
    if table.kinds and not mixed:
        name = table.source.table
        head = f"{name}: holds records of {len(table.kinds)} kinds, which have hardly a member in common:"
        mend = "put each kind into a file of its own and name them all; or make one table of them, with --mixed"
        raise SetupError("\n".join([head, *(f"- {line}" for line in table.kinds), mend]))


def _tell_of_files(table: Learned, reporter: Reporter) -> None:
    """Say which files that records name come along and which don't, and which others of a folder stay away."""
    if table.media:
        count = len(table.media)
        reporter.say(
            f"{table.source.table}: {count:,} {'file' if count == 1 else 'files'} that the records name come along"
        )
    for member in table.left_behind:
        where = f"{table.source.table}: {printable(format_path(member.path))}"
        example = printable(member.example)
        if not member.files:
            reporter.say(f"WARNING: {where} is to name files ({example} is one): NONE OF THEM IS THERE")
            reporter.say("    the dataset will have their names only: put them beside the records; see docs/files.md")
            continue
        reporter.say(f"WARNING: {where} names files beside the records ({example} is one): THEY DON'T COME ALONG")
        why = f"{member.lacking:,} of its values name none" if member.lacking else "they start from several folders"
        reporter.say(f"    {why}, and the dataset will have their names only: see docs/files.md")
    named = set(table.media)
    left = [name for name in table.source.left_out if name not in named]
    for name in left[:LISTED]:
        path = (table.source.media or table.source.root) / name
        reporter.say(f"warning: {path}: left out, as no file of records: see docs/configuration.md")
    if len(left) > LISTED:
        reporter.say(f"warning: and {len(left) - LISTED:,} more files are left out")


def _tell_what_was_found(table: Learned, reporter: Reporter) -> None:
    """Say which splits a column makes, and that records lie within an object."""
    if table.split_column and not author_splits(table.source):
        column, names = table.split_column
        reporter.say(f"{table.source.table}: splits as the column {quoted(column)} names them: {', '.join(names)}")
    if table.unwrapped is not None:
        path = table.source.files[0]
        reporter.say(f"{path}: the records are the {table.count:,} objects in its member {table.unwrapped}")
    elif table.wrapped is not None:
        _tell_of_wrapper(table, reporter)


def _tell_of_wrapper(table: Learned, reporter: Reporter) -> None:
    """Say that the only record is an object around what may be the records."""
    path, members = table.source.files[0], table.wrapped.split("\0") if table.wrapped else []
    what = f"with many objects in its member {quoted('.'.join(members))}" if members else "an array of objects"
    where = shlex.quote("".join((".", *(f"[{quoted(member)}]" for member in members), "[]")))
    command = f"jq -c {where} {shlex.quote(str(path))} > {table.source.table}.jsonl"
    reporter.say(f"warning: {path}: is one record, {what}")
    reporter.say(f"    where these are the records, write each on a line, and make the project from that: {command}")


def _existing(folder: Path) -> Path:
    """Return the nearest folder above ``folder`` that exists: staged there, files can be moved into place."""
    return next(parent for parent in folder.resolve().parents if parent.is_dir())


def _stage(staged: Path, name: str, tables: Sequence[Learned], wishes: Wishes) -> list[str]:
    """Write all files of the project into ``staged``, on the disk, and return their paths, relative to it."""
    written, linked = [], set[str]()
    for path, data in project_files(name, tables, typed=wishes.typed, workflow=wishes.workflow):
        with _open(staged, path) as file:
            file.write(data)
        written.append(path)
    for table in tables:
        for name, source in table.files.items():
            path = f"data/{table.source.table}/{name}"
            if wishes.records != "copy" and _linked(source, f"{staged}/{path}"):
                linked.add(path)
            else:
                with _open(staged, path) as file, failures(source), open_regular(source) as records:
                    while block := records.read(BLOCK):
                        file.write(block)
            written.append(path)
    for path in EXECUTABLE:
        (staged / path).chmod(0o755)
    fsync_all(staged, linked)
    return sorted(written)


def _linked(source: Path, target: str) -> bool:
    """Give a file one more name, which takes no room; say whether that could be done."""
    file = os.path.realpath(source) if source.is_symlink() else source
    try:
        try:
            os.link(file, target)
        except FileNotFoundError:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            os.link(file, target)
    except OSError:  # another disk, or a file system or rights that don't allow it
        return False
    return True


def _is_linked(folder: Path, table: Learned) -> bool:
    return any((folder / "data" / table.source.table / name).samefile(path) for name, path in table.files.items())


def _remove(tables: Sequence[Learned]) -> None:
    """Remove the records that stand in the project by now."""
    for path in (path for table in tables for path in table.files.values()):
        with failures(path):
            path.unlink()


@contextmanager
def _open(staged: Path, path: str) -> Iterator[BinaryIO]:
    with failures(path):
        (staged / path).parent.mkdir(parents=True, exist_ok=True)
        with (staged / path).open("xb") as file:
            yield file


def _insist_that_it_fits(staged: Path, reporter: Reporter) -> None:
    """Hold the records against the schema and the key that were made from them.

    Raises:
        DataFindings: a record doesn't fit, which no schema of this kind can help.
    """
    from dataset_packager.build import Options, validate  # here: it imports much that reading the call doesn't need

    reporter.say("looking whether every record fits the schema that was inferred")
    validate(load_config(staged), Options(out=staged), reporter)


def _place(staged: Path, folder: Path, written: Sequence[str]) -> None:
    """Move the staged files into ``folder``, none over another file.

    Raises:
        SetupError: files stand there already that differ; nothing was moved.
    """
    standing = [path for path in written if os.path.lexists(f"{folder}/{path}")]
    differing = [path for path in standing if not _same(staged / path, folder / path)]
    if differing:
        listed = ", ".join(differing[:5]) + (f" and {len(differing) - 5} more" if len(differing) > 5 else "")
        raise SetupError(f"{folder}: stand there already: {listed}: nothing was written; name a new folder")
    make_folder(folder)
    moves = list(_moves(staged, folder))
    for source, target in moves:
        with failures(target):
            source.rename(target)
    for parent in {target.parent for _, target in moves}:
        fsync_folder(parent)


def _moves(staged: Path, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what is to be moved where: a folder as a whole where none stands, of others what is new in them."""
    for source in sorted(staged.iterdir()):
        target = folder / source.name
        if not os.path.lexists(target):
            yield source, target
        elif source.is_dir():
            make_folder(target)  # which refuses what is none
            yield from _moves(source, target)


def _same(staged: Path, standing: Path) -> bool:
    return standing.is_file() and file_sha256(staged) == file_sha256(standing)
