"""All records, read and judged: the chunks that they became, the counts, the findings and the refused records."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures
from dataset_packager.base.findings import Finding
from dataset_packager.shards.chunk_results import shards_of
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.key_columns import are_distinct, key_schema
from dataset_packager.shards.keys import KeyFiles, check_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Splits, Table
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.shards.judge import TableJob


@dataclass
class JudgedRecords:
    """What was read and what became of it.

    Findings lie in files, those of chunks and that of tables: there may be more of them than memory holds.

    Attributes:
        chunks: what came of each, in the plan's order.
        tables: how many records were read, accepted and rejected, by table.
        file: where the findings lie that belong to no record.
        codes: how many findings there are, by code.
        noted: how many of them belong to no record, so that no quarantine helps against them.
        table_of: the table of a file of records, or of a pattern that names some.
    """

    chunks: Sequence[ChunkResult]
    tables: dict[str, dict[str, int]]
    file: Path
    codes: Counter[str] = field(default_factory=Counter)
    noted: int = 0
    table_of: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of all findings."""
        return sum(self.codes.values())

    @property
    def refused(self) -> int:
        """The number of refused records."""
        return sum(self.refused_by_table.values())

    @property
    def refused_by_table(self) -> dict[str, int]:
        """The number of refused records of each table."""
        return {name: counts["rejected"] for name, counts in self.tables.items()}

    @property
    def codes_by_table(self) -> dict[str, Counter[str]]:
        """How many findings of each code the records of each table have."""
        codes: dict[str, Counter[str]] = {}
        for chunk in self.chunks:
            codes.setdefault(chunk.table, Counter()).update(chunk.codes)
        return codes

    def all_findings(self) -> Iterator[Finding]:
        """Yield all findings: those of records in the order of the input, then those of tables."""
        files = [chunk.folder / chunk.findings_file for chunk in self.chunks if chunk.findings_file]
        for path in (*files, self.file):
            if path.exists():
                with path.open(encoding="utf-8") as file:
                    yield from (Finding(**json.loads(line)) for line in file)

    def note(self, findings: Iterable[Finding]) -> None:
        """Take findings that belong to no record."""
        with failures(self.file), self.file.open("a", encoding="utf-8", newline="") as file:
            for finding in findings:
                file.write(json.dumps(finding.as_json()) + "\n")
                self.codes[finding.code] += 1
                self.noted += 1

    def write_rejected(self, path: Path) -> Path:
        """Write all refused records with their findings to one file, empty where there are none; return its path."""
        with failures(path), path.open("wb") as file:
            for rejected in (chunk.folder / chunk.rejected_file for chunk in self.chunks if chunk.rejected_file):
                with rejected.open("rb") as lines:
                    for line in lines:
                        file.write(line)
        return path

    def why_not_released(self, max_rejected: float | None, *, quarantine: bool) -> str | None:
        """Return why no release can follow from these records, None where one can.

        Args:
            max_rejected: how many records may be refused: a number, or below 1 a share of all; None is any number.
            quarantine: whether records may be refused at all.
        """
        if not self.total:
            return None
        read = sum(counts["read"] for counts in self.tables.values())
        if max_rejected is not None:
            allowed = int(max_rejected * read) if 0 < max_rejected < 1 else int(max_rejected)
            if self.refused > allowed:
                most = f"max_rejected allows {allowed}"
                return f"{self.refused} of {read} records were refused, and {most}: mend the records"
        if self.noted or not quarantine:
            return "mend the findings above"
        for name, counts in self.tables.items():
            if counts["rejected"] and not counts["accepted"]:
                return f"every record of {name} was refused, and an empty table can't be loaded"
        return None


def judged_records(
    jobs: Mapping[str, TableJob], plan: Plan, chunks: Sequence[ChunkResult], staging: Path, threads: int
) -> JudgedRecords:
    """Return all records as they were judged chunk by chunk, and by keys and references over all shards.

    Args:
        jobs: what was to be done, by table.
        plan: the input, complete.
        chunks: what came of it, in the plan's order, with folders in which their files can be read.
        staging: a folder of this build; findings are laid down in it.
        threads: how many look for keys that stand twice.
    """
    tables = [job.table for job in jobs.values()]
    judged = JudgedRecords(
        chunks, {table.name: {"read": 0, "accepted": 0, "rejected": 0} for table in tables}, staging / "findings.jsonl"
    )
    judged.table_of = {pattern: table.name for table in tables for pattern in table.records}
    judged.table_of |= {file.path: table for table, files in plan.files.items() for file in files}
    for chunk in chunks:
        if chunk.read != chunk.accepted + chunk.rejected:
            raise AssertionError(f"{chunk.table}: {chunk.read} records read, {chunk.accepted} + {chunk.rejected} told")
        counts = judged.tables[chunk.table]
        for name, number in (("read", chunk.read), ("accepted", chunk.accepted), ("rejected", chunk.rejected)):
            counts[name] += number
        judged.codes.update(chunk.codes)
        judged.noted += chunk.damaged
    judged.note(plan.findings)
    judged.note(_empty_files(plan, chunks))
    judged.note(_empty_splits(tables, plan, judged))
    judged.note(_key_findings(jobs, chunks, staging, threads))
    return judged


def _empty_files(plan: Plan, chunks: Sequence[ChunkResult]) -> Iterator[Finding]:
    records, named = set[tuple[str, str]](), set[tuple[str, str]]()
    for chunk in chunks:
        records.update((chunk.table, file) for file, number in chunk.records.items() if number)
        named.update((chunk.table, finding.file) for finding in chunk.first)
    for table, files in plan.files.items():
        for file in files:
            if (table, file.path) not in records and (table, file.path) not in named:
                hint = "put records into it, or remove it"
                yield Finding(file.path, None, "$", "empty", "the file has no record", hint=hint)


def _key_findings(
    jobs: Mapping[str, TableJob], chunks: Sequence[ChunkResult], staging: Path, threads: int
) -> Iterator[Finding]:
    files, schemas, splits, distinct = {}, {}, {}, set()
    for name, job in jobs.items():
        schema = table_tools(job.project, job.table, job.row_provenance).plan.arrow_schema
        shards = shards_of(chunks, name)
        for number, paths in enumerate(job.keys):
            files[name, paths] = [str(folder / shard.keys[number]) for folder, shard in shards]
            splits[name, paths] = [shard.split for _, shard in shards]
            schemas[name, paths] = key_schema(schema, paths, name)
            if are_distinct([shard.spans[number] for _, shard in shards]):
                distinct.add((name, paths))
    keys = KeyFiles(files, schemas, distinct, splits)
    yield from check_keys([job.table for job in jobs.values()], keys, staging, threads=threads)


_TO_MEND = {
    "shares": "change its share or the seed, or add records",
    "column": "add records that name it, or take it out of the names",
    "files": "add records to its files, or take it out",
}


_REFUSED = "mend the refused records first: some may belong there"


def _way(splits: Splits) -> str:
    return "column" if splits.column else "files" if splits.files else "shares"


def _empty_splits(tables: Sequence[Table], plan: Plan, judged: JudgedRecords) -> Iterator[Finding]:
    for table in tables:
        made = {shard.split for chunk in judged.chunks if chunk.table == table.name for shard in chunk.shards}
        if not judged.tables[table.name]["accepted"]:
            continue  # there is nothing, or every record has findings of its own
        for split in table.splits.names:
            if split not in made:
                files = ", ".join(file.path for file in plan.files[table.name][:3])
                message = (
                    f"no row of the table {table.name!r} falls into the split {split!r}: empty, it can't be loaded"
                )
                refused = judged.tables[table.name]["rejected"]
                hint = _REFUSED if refused else _TO_MEND[_way(table.splits)]
                yield Finding(files, None, "$", "empty-split", message, hint=hint)
