"""What became of the records: counts, findings and refused records of all chunks together."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.files import durable, failures
from dataset_packager.base.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config, Splits
    from dataset_packager.records.plan import Plan
    from dataset_packager.shards.results import ChunkResult


@dataclass
class Outcome:
    """What was read and what became of it; counts are of records, by table, and of findings, by code.

    Findings lie in files, those of chunks and that of tables: there may be more of them than memory holds. ``table_of``
    names the table of a file of records.
    """

    tables: dict[str, dict[str, int]]
    file: Path
    codes: Counter[str] = field(default_factory=Counter)
    spooled: list[Path] = field(default_factory=list)
    rejected: list[Path] = field(default_factory=list)
    noted: int = 0
    table_of: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of all findings."""
        return sum(self.codes.values())

    @property
    def refused(self) -> int:
        """The number of refused records."""
        return sum(counts["rejected"] for counts in self.tables.values())

    def all_findings(self) -> Iterator[Finding]:
        """Yield all findings: those of records in the order of the input, then those of tables."""
        for path in (*self.spooled, self.file):
            if path.exists():
                with path.open(encoding="utf-8") as file:
                    yield from (Finding(**json.loads(line)) for line in file)

    def note(self, findings: Iterable[Finding]) -> None:
        """Take findings that belong to no record, and that therefore no quarantine helps against."""
        with failures(self.file), self.file.open("a", encoding="utf-8", newline="") as file:
            for finding in findings:
                file.write(json.dumps(finding.as_json()) + "\n")
                self.codes[finding.code] += 1
                self.noted += 1


def gather(config: Config, plan: Plan, results: Sequence[ChunkResult], staging: Path) -> Outcome:
    """Return what became of the records, with files and tables that have none among the findings."""
    tables = {table.name: {"read": 0, "accepted": 0, "rejected": 0} for table in config.tables}
    outcome = Outcome(tables, staging / "findings.jsonl")
    outcome.table_of = {pattern: table.name for table in config.tables for pattern in table.records}
    outcome.table_of |= {file.path: table for table, files in plan.files.items() for file in files}
    for result in results:
        if result.read != result.accepted + result.rejected:
            raise AssertionError(
                f"{result.table}: {result.read} records read, {result.accepted} + {result.rejected} told"
            )
        counts = outcome.tables[result.table]
        for name, number in (("read", result.read), ("accepted", result.accepted), ("rejected", result.rejected)):
            counts[name] += number
        outcome.codes.update(result.codes)
        outcome.noted += result.damaged
        if result.findings_file:
            outcome.spooled.append(result.folder / result.findings_file)
        if result.rejected_file:
            outcome.rejected.append(result.folder / result.rejected_file)
    outcome.note(plan.findings)
    outcome.note(_empty_files(plan, results))
    outcome.note(_empty_splits(config, plan, results, outcome))
    return outcome


def _empty_files(plan: Plan, results: Sequence[ChunkResult]) -> Iterator[Finding]:
    for table, files in plan.files.items():
        told = [result for result in results if result.table == table]
        records: Counter[str] = sum((result.records for result in told), Counter())
        named = {finding.file for result in told for finding in result.first}
        for file in files:
            if not records[file.path] and file.path not in named:
                hint = "put records into it, or remove it"
                yield Finding(file.path, None, "$", "empty", "the file has no record", hint=hint)


_TO_MEND = {
    "shares": "change its share or the seed, or add records",
    "column": "add records that name it, or take it out of the names",
    "files": "add records to its files, or take it out",
}


def _way(splits: Splits) -> str:
    return "column" if splits.column else "files" if splits.files else "shares"


def _empty_splits(config: Config, plan: Plan, results: Sequence[ChunkResult], outcome: Outcome) -> Iterator[Finding]:
    for table in config.tables:
        made = {shard.split for result in results if result.table == table.name for shard in result.shards}
        if not outcome.tables[table.name]["accepted"]:
            continue  # there is nothing, or every record has findings of its own
        for split in table.splits.names:
            if split not in made:
                files = ", ".join(file.path for file in plan.files[table.name][:3])
                message = (
                    f"no row of the table {table.name!r} falls into the split {split!r}: empty, it can't be loaded"
                )
                yield Finding(files, None, "$", "empty-split", message, hint=_TO_MEND[_way(table.splits)])


def keep_rejected(outcome: Outcome, path: Path) -> Path:
    """Lay down all refused records with their findings in one file, empty where there are none; return its path."""
    with durable(path) as file:
        for part in outcome.rejected:
            with part.open("rb") as lines:
                for line in lines:
                    file.write(line)
    return path


def codes_by_table(results: Sequence[ChunkResult]) -> dict[str, Counter[str]]:
    """Return how many findings of each code the records of each table have."""
    codes: dict[str, Counter[str]] = {}
    for result in results:
        codes.setdefault(result.table, Counter()).update(result.codes)
    return codes


def too_many_refused(config: Config, outcome: Outcome) -> str | None:
    """Return why so many refused records can't be borne, or None where they can."""
    most, read = config.max_rejected, sum(counts["read"] for counts in outcome.tables.values())
    if most is None:
        return None
    allowed = int(most * read) if 0 < most < 1 else int(most)
    if outcome.refused <= allowed:
        return None
    return f"{outcome.refused} of {read} records were refused, and max_rejected allows {allowed}: mend the records"
