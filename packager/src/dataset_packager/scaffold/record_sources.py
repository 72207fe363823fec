"""Somebody's records: what can be learned from them of the table that they make."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import failures, scratch_folder
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.paths import format_path
from dataset_packager.columns.kinds.class_label import ClassLabel
from dataset_packager.columns.table_columns import TablePlan, table_plan
from dataset_packager.project.column_choices import column_choice
from dataset_packager.project.config import Limits
from dataset_packager.records.formats import ending_of
from dataset_packager.records.formats.interface import Reading
from dataset_packager.records.pieces import Piece, Scan, scan
from dataset_packager.records.reader import read_records, value_of
from dataset_packager.records.strict_json import DEPTH
from dataset_packager.scaffold.arrow_types import ROWS, NamedClasses, common_classes, name_classes, widen
from dataset_packager.scaffold.brought_schema import brought
from dataset_packager.scaffold.cell_guesses import CELLS, Guess, dialect_of
from dataset_packager.scaffold.files_beside import FileMember, FilesBeside, is_called_so, with_folder
from dataset_packager.scaffold.key_candidates import KeyCandidates
from dataset_packager.scaffold.media_folders import LABEL
from dataset_packager.scaffold.record_kinds import RecordKinds
from dataset_packager.scaffold.references import Key, ReferenceCandidates
from dataset_packager.scaffold.schema_inference import TableSchema
from dataset_packager.scaffold.sources import write_records
from dataset_packager.scaffold.split_names import SplitColumns
from dataset_packager.scaffold.type_proposals import TypeProposal, proposed_types, with_words
from dataset_packager.schemas import load_schema
from dataset_packager.shards.key_columns import key_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dataset_packager.base.console import Progress
    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.column_choices import PathChoice
    from dataset_packager.scaffold.references import Reference
    from dataset_packager.scaffold.sources import Source

LIMITS = Limits(line_bytes=64 * 2**20, depth=DEPTH, expansion=1000)  # what the configuration has by default
PIECE = 64 * 2**20
DEEPEST_WRAPPER = 3  # objects around the records
KEPT = 8 * 2**20  # bytes of records that are kept for a second look, rather than read again
FEW_ENOUGH = 1_000  # records after which a table without any column that refers to another is believed to have none


class Kept:
    """The records of a table as they were read, while there are but some MB of them."""

    def __init__(self) -> None:
        self._records, self._room = list[Any](), KEPT

    def add(self, record: Any, size: int) -> None:
        """Take a record of so many bytes, if there is room."""
        self._room -= size
        if self._room >= 0:
            self._records.append(record)
        else:
            self._records.clear()

    def all(self, table: Learned) -> Iterator[Any]:
        """Yield all of a table's records, read once more where they weren't kept."""
        if self._room >= 0:
            yield from self._records
            return
        for path in table.source.files:
            yield from _records(path, [], table.reading)


@dataclass
class Learned:
    """What was learned of a table: its schema, what may be its key, how many records it has.

    ``wrapped`` is the member in which the only record of the table holds many objects, which may be the records meant;
    ``types`` are column types that every value fits; ``seen`` is what is known of the values.
    ``kinds`` has a line for each kind of records, if there are several; ``beside`` names a file for each member that
    names files beside the records, ``left_behind`` are those of them whose files don't come along, and ``media`` has
    the files that do, by their names below the table's folder.
    ``options`` are those of the files' formats, where they aren't what holds by itself.
    """

    source: Source
    schema: dict[str, Any]
    keys: KeyCandidates
    count: int
    findings: list[Finding] = field(default_factory=list)
    wrapped: str | None = None
    kinds: list[str] = field(default_factory=list)
    beside: dict[ColumnPath, str] = field(default_factory=dict)
    left_behind: list[FileMember] = field(default_factory=list)
    media: dict[str, Path] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    unwrapped: str | None = None
    split_column: tuple[str, list[str]] | None = None
    types: list[TypeProposal] = field(default_factory=list)
    seen: TableSchema | None = None
    kept: Kept = field(default_factory=Kept)

    @property
    def files(self) -> dict[str, Path]:
        """All files that belong into the project, by their names below the table's folder."""
        return self.media | {self.source.name_of(path): path for path in self.source.files}

    @property
    def has_provenance(self) -> bool:
        """Whether a member has the name that the build's own column would have."""
        return "provenance" in self.schema.get("properties", {})


def learn(source: Source, scratch: Path, progress: Progress | None = None) -> Learned:
    """Read all records of a table and return what they show; what can't be read is among the findings.

    Where the only record is an object around many, these are the records. Where they name files, each of its own
    folder, they are written anew in ``scratch``, with paths that start from one.

    Raises:
        EnvironmentFailure: a file can't be read, or changes while it is read.
    """
    reading = _reading(source.files)
    learned = _learn(source, reading, progress)
    within = learned.wrapped
    if within and len(source.files) == 1 and ending_of(source.files[0].name)[0] in (".json", ".geojson"):
        options = {"records_at": format_path(tuple(within.split("\0")))}
        learned = _learn(source, replace(reading, options=options), None)
        learned.unwrapped = options["records_at"]
    if not learned.beside or learned.findings:
        return learned
    members = _file_members(learned)
    apart = [member for member in members if member.called and member.has_many_roots]
    return learn(_rewritten(learned, apart, scratch), scratch) if apart else _with_files(learned, members)


def describe(learned: Learned, path: Path) -> None:
    """Let a schema that somebody has already take the place of the one that was made from the values.

    Raises:
        SetupError: it can't be used.
    """
    if learned.seen is None or learned.findings:
        return
    learned.schema, proposals = brought(path, learned.seen)
    learned.keys.keep(_key_test(learned))
    of_files = [each for each in learned.types if each.taken and not each.words]
    others = {each.path for each in of_files} | ({(learned.split_column[0],)} if learned.split_column else set())
    found = of_files + [each for each in proposals if each.path not in others]
    learned.types = [each for each in found if _has_column(learned, each)]


def _file_members(learned: Learned) -> list[FileMember]:
    """Look up what every record names, in the members of which the first records showed that they name files."""
    source = learned.source
    root = source.media or source.root
    members = [
        FileMember(path, example, root, called=source.media is not None or is_called_so(path, source.files))
        for path, example in learned.beside.items()
    ]
    for file in source.files:
        for record in _records(file, [], learned.reading):
            for member in members:
                member.add(record, source.media or file.parent)
    return members


def _rewritten(learned: Learned, members: Sequence[FileMember], scratch: Path) -> Source:
    source = learned.source
    files: list[Path] = []
    below = scratch / "anew" / source.table
    for file in source.files:
        name = PurePosixPath(source.name_of(file))
        target = below / name.with_name(f"{name.name.partition('.')[0]}.jsonl")
        target = target.with_name(f"{name.name}.jsonl") if target in files else target
        write_records(
            target, (_from_root(record, members, name.parent) for record in _records(file, [], learned.reading))
        )
        files.append(target)
    return replace(source, root=below, files=tuple(files), media=source.root)


def _from_root(record: Any, members: Sequence[FileMember], folder: PurePosixPath) -> Any:
    for member in members:
        record = with_folder(record, member.path, folder)
    return record


def _with_files(learned: Learned, members: Sequence[FileMember]) -> Learned:
    """Note which members can be columns of files, and which files come along for that."""
    found = [TypeProposal((LABEL,), ClassLabel.name, "the folders of the files", learned.source.labels, taken=True)]
    found = found if learned.source.labels else []
    for member in members:
        if member.comes_along and _has_column(learned, proposal := member.proposal(learned.source.table)):
            found.append(proposal)
            learned.media |= member.files
        else:
            learned.left_behind.append(member)
    paths = {proposal.path for proposal in found}
    learned.types = found + [each for each in learned.types if each.path not in paths]
    return learned


def _reading(files: Sequence[Path]) -> Reading:
    """Return what a table's files are read with: of cells the types that all of them have."""
    cells = [path for path in files if ending_of(path.name)[0] in CELLS]
    if not cells:
        classes = common_classes(files) if all(ending_of(path.name)[0] in ROWS for path in files) else {}
        return Reading({}, NamedClasses(classes)) if classes else Reading()
    options, guess = dialect_of(cells), Guess()
    for path in cells:
        for record in _records(path, [], Reading({"csv": options}, guess)):
            guess.take(record)
    guess.settle()
    pairs = sorted(set(guess.truths()))
    if pairs and pairs != [("true", "false")]:
        options |= {"true": [true for true, _ in pairs], "false": [false for _, false in pairs]}
    return Reading({"csv": options} if options else {}, guess)


def _learn(source: Source, reading: Reading, progress: Progress | None) -> Learned:
    table, keys, findings, wrapped = TableSchema(), KeyCandidates(), list[Finding](), None
    kinds, beside, splits = RecordKinds(), FilesBeside(source.media or source.root, source.files), SplitColumns()
    kept = Kept()
    for path in source.files:
        before = table.count
        for record in _records(path, findings, reading, progress, kept):
            table.add(record)
            splits.add(record)
            kinds.add(record, path)
            beside.add(record, source.media or path.parent)
            wrapped = _wrapped(record) if table.count == 1 else None
            keys.add(record)
        if table.count == before and not any(finding.file == str(path) for finding in findings):
            hint = "put records into it, or leave it out"
            findings.append(Finding(str(path), None, "$", "empty", "the file has no record", hint=hint))
    learned = Learned(source, table.schema() if table.count else {}, keys, table.count, findings, wrapped)
    learned.options, learned.reading, learned.seen = dict(reading.options), reading, table
    learned.kept = kept
    for path in source.files:
        if ending_of(path.name)[0] in ROWS:
            widen(learned.schema, path)
    classes = reading.type.classes if isinstance(reading.type, NamedClasses) else {}
    name_classes(learned.schema, classes)
    learned.split_column = splits.found()
    learned.kinds, learned.beside = kinds.told(), beside.found
    if not findings and table.count:
        keys.keep(_key_test(learned))
        typed = {*classes, *([(learned.split_column[0],)] if learned.split_column else [])}
        learned.types = [
            each for each in proposed_types(table) if each.path not in typed and _has_column(learned, each)
        ]
    return learned


def refer(tables: Sequence[Learned]) -> None:
    """Note which columns of each table hold nothing but keys of a table: many records are read once more for that.

    Raises:
        EnvironmentFailure: a file can't be read.
    """
    keys = {}
    for table in tables:
        if identifiers := table.keys.identifiers():
            name = identifiers[0]
            keys[table.source.table] = Key(name, table.keys.values(name), table.keys.is_text(name))
    for table in tables if keys else ():
        candidates = ReferenceCandidates(table.source.table, keys)
        for number, record in enumerate(table.kept.all(table)):
            if not candidates.add(record) and number > FEW_ENOUGH:
                break
        table.references = list(candidates.found())


def _wrapped(record: Any) -> str | None:
    """Return the members that lead to a list of objects, the longest, with NUL between them; "" for such a list."""
    if isinstance(record, list) and record and all(isinstance(item, dict) for item in record):
        return ""
    lists = dict(_lists(record, ()))
    return max(lists, key=lambda path: lists[path]) if lists else None


def _lists(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for name, each in value.items() if isinstance(value, dict) and len(path) < DEEPEST_WRAPPER else ():
        if isinstance(each, list) and len(each) > 1 and all(isinstance(item, dict) for item in each):
            yield "\0".join((*path, name)), len(each)
        else:
            yield from _lists(each, (*path, name))


def _key_test(learned: Learned) -> Callable[[str], bool]:
    """Return what says whether a build takes a member for a key: one that has a column with a single value."""
    columns = _plan(learned.schema, provenance=not learned.has_provenance).arrow_schema

    def is_possible(name: str) -> bool:
        try:
            key_schema(columns, ((name,),), learned.source.table)
        except SetupError:
            return False
        return True

    return is_possible


def _plan(schema: dict[str, Any], *types: PathChoice, provenance: bool = False) -> TablePlan:
    with scratch_folder() as folder:
        (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
        return table_plan(load_schema(folder, "schema.json"), provenance=provenance, choices=types)


def _has_column(learned: Learned, proposal: TypeProposal) -> bool:
    """Say whether there is a column for a type that is proposed: of very wide records some members have none."""
    try:
        _plan(with_words(learned.schema, [proposal]), (proposal.path, column_choice(proposal.choice, "new")))
    except SetupError:
        return False
    return True


def _records(
    path: Path, findings: list[Finding], reading: Reading, progress: Progress | None = None, kept: Kept | None = None
) -> Iterator[Any]:
    shown, folder = str(path), path.parent
    for piece in _pieces(path, folder, reading):
        for raw in read_records(folder, piece, LIMITS, reading):
            record, problems = value_of(raw, shown, DEPTH)
            findings.extend(replace(problem, file=shown) for problem in problems)
            if progress:
                progress.advance(len(raw.data) + 1, 1)
            if not problems:
                if kept:
                    kept.add(record, len(raw.data))
                yield record


def _pieces(path: Path, folder: Path, reading: Reading) -> Sequence[Piece]:
    with failures(path.name):
        size = os.stat(path).st_size  # noqa: PTH116 - of each of twenty thousand
    if size <= PIECE:  # nobody cuts it, and what is but looked at needs no hash
        return [Piece(path.name, 0, size, 1, "", "")]
    return scan(Scan(folder, path.name, PIECE, json.dumps(dict(reading.options)))).pieces
