"""withdrawn.jsonl: the records that were taken back, so that whoever has an older release knows what to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dataset_packager.base.check_result import unsound
from dataset_packager.base.files import regular_bytes
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.documents.document import Document
from dataset_packager.release.names import WITHDRAWN
from dataset_packager.shards.row_rules import RowRules
from dataset_packager.shards.withdrawn import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release
    from dataset_packager.shards.row_rules import Withdrawn


def returned(release: Release, entries: Sequence[Withdrawn]) -> Iterator[Finding]:
    """Yield a finding for each row of a release whose record was withdrawn."""
    for part in release.parts.values():
        mine = tuple(each for each in entries if each.table == part.name)
        if not mine or part.is_view or not (key := release.config.table[part.name].key):
            continue
        rules = RowRules(key=key, withdrawn=mine)
        for path in (path for split in part.splits for path in release.shards(part, split)):
            with pq.ParquetFile(release.folder / path) as file:
                for number in range(file.metadata.num_row_groups):
                    for problem in rules.problems(file.read_row_group(number, columns=[str(step[0]) for step in key])):
                        told = f"{problem.message} (row {problem.row} of row group {number})"
                        yield Finding(path, None, problem.path, problem.code, told, hint=problem.hint)


def listed(release: Release) -> tuple[Withdrawn, ...]:
    """Return the entries of a release's list, none where it has no list.

    Raises:
        SetupError: a line of it is no entry.
    """
    return entries_of(release.text(WITHDRAWN), WITHDRAWN) if WITHDRAWN in release.files else ()


def counted(facts: Facts) -> Iterator[str]:
    """Yield how many records of each table were withdrawn, in Markdown."""
    path = facts.release / WITHDRAWN
    entries = entries_of(path.read_text("utf-8"), WITHDRAWN) if path.is_file() else ()
    for name in facts.config.table:
        if count := sum(each.table == name for each in entries):
            yield f"- {name}: {count:,} withdrawn"
    if not entries:
        yield "No record was withdrawn."


def _reads(config: Config) -> tuple[str, ...]:
    return (config.withdrawn,) if config.withdrawn else ()


def _write(facts: Facts) -> dict[str, str]:
    name = facts.config.withdrawn
    if name is None:
        return {}
    data = regular_bytes(facts.config.project / name)
    facts.check_unchanged(name, data)
    return {WITHDRAWN: data.decode("utf-8")}


def _check(release: Release) -> Iterator[Told]:
    if release.config.withdrawn is None:
        return
    if WITHDRAWN not in release.files:
        yield unsound(WITHDRAWN, "missing, though the configuration wants it")
        return
    try:
        entries = listed(release)
    except SetupError as error:
        yield unsound(WITHDRAWN, str(error))
        return
    yield len(entries)
    yield from returned(release, entries)


DOCUMENT = Document("withdrawn", (WITHDRAWN,), _write, _check, reads=_reads)
