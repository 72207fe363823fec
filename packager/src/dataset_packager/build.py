"""The flow of a build, from records to a release that appears whole."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import DataFindings, PackagerError
from dataset_packager.columns.fast import why_exact
from dataset_packager.diff import version_warning
from dataset_packager.documents import datasheet
from dataset_packager.documents.describe import describe_release, prepare_documents
from dataset_packager.documents.open_questions import left_to_answer
from dataset_packager.fingerprint import origin_of
from dataset_packager.records.plan import Plan, input_size, make_plan
from dataset_packager.release.contents import Contents
from dataset_packager.release.destinations import destination
from dataset_packager.release.placement import check_released_names, place_tables, place_views
from dataset_packager.shards.judge import TableJob, judge_of, table_tools
from dataset_packager.shards.keys import KeyFiles, are_distinct, check_keys, key_schema, wanted_keys
from dataset_packager.shards.outcome import Outcome, codes_by_table, gather, keep_rejected, too_many_refused
from dataset_packager.shards.results import shards_of
from dataset_packager.shards.run import scan_all, start_engine, tasks_of
from dataset_packager.shards.split import with_split_names
from dataset_packager.shards.worker import work
from dataset_packager.verify import verify_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataset_packager.base.console import Reporter
    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Config
    from dataset_packager.release.destinations.interface import Destination
    from dataset_packager.shards.chunk_store import ChunkStore
    from dataset_packager.shards.results import ChunkResult
    from dataset_packager.shards.run import Engine

WORTH_A_POOL = 8 * 2**20  # bytes of input
WORTH_COLUMNS = 2**20  # bytes of input: to read less straight into columns takes no less time than one by one
MOST_WARNINGS = 20  # of one schema


@dataclass(frozen=True, slots=True)
class Options:
    """How a build is to be made; none of it changes the bytes of the release.

    ``check`` reports stale documents; ``update_docs`` fills the slots of the project's own datasheet. ``scheduler`` is
    the address of a Dask cluster that runs already. ``out`` is a folder, or a URL.
    """

    out: Path | str
    workers: int | None = None
    quarantine: bool = False
    verify: str = "quick"
    check: bool = False
    update_docs: bool = False
    engine: str = "local"
    scheduler: str | None = None


def build(config: Config, options: Options, reporter: Reporter) -> Path:
    """Build the dataset and return the folder of the release that is current then.

    Where nothing has changed since the current release was made, that one is verified and stays.

    Raises:
        DataFindings: the data has findings; they were reported, and the former release stands as it was.
        SetupError: configuration, schema or view is wrong.
        EnvironmentFailure: disk, memory or a worker failed; the former release stands as it was.
    """
    config = with_split_names(config)
    releases = destination(options.out, config.name)
    with releases.staging() as staging:
        judged = judged_records(config, options, staging, releases, reporter)
        if isinstance(judged, Path):
            return judged
        results, outcome = judged.results, judged.outcome
        release = staging / "release"
        reporter.stage("views")
        tables = place_tables(config, results, release)
        views, view_findings = place_views(config, tables, staging, release)
        if view_findings:
            reporter.findings(view_findings, {view.query: view.name for view in config.views})
            raise DataFindings(f"{_none(options)}a view gives rows that its own schema refuses")
        refused = {name: counts["rejected"] for name, counts in outcome.tables.items()}
        contents = Contents((*tables, *views), refused, codes_by_table(results))
        reporter.stage("describe")
        describe_release(config, contents, judged.plan, release, update_docs=options.update_docs)
        tell_what_is_open(config, reporter)
        if options.check:
            judge_documents(config, outcome, release, reporter)
        reporter.stage("verify")
        verify_release(release, full=options.verify == "full", workers=judged.workers).insist()
        reporter.stage("appear")
        warn_about_version(release, releases.current(staging), reporter)
        rejected = keep_rejected(outcome, staging / "rejected.jsonl")
        refused_to = releases.appear(release, config.version, rejected, results)
        if judged.origin and not outcome.total:
            releases.note_origin(judged.origin, outcome.tables)
        current = releases.current(staging)
    if outcome.refused and not options.check:
        reporter.say(f"the {outcome.refused:,} refused records, each with its findings, are in {refused_to}")
    reporter.summary(outcome.tables, outcome.total, None if options.check else releases.shown)
    return current or Path(releases.shown)


@dataclass(frozen=True)
class Judged:
    """All records, read and judged: the plan, what came of its chunks, and all that the release follows from."""

    plan: Plan
    results: Sequence[ChunkResult]
    outcome: Outcome
    origin: str | None
    workers: int


def judged_records(
    config: Config, options: Options, staging: Path, releases: Destination, reporter: Reporter
) -> Judged | Path:
    """Read, validate, type and write all records, and check keys and references over the shards.

    Return the current release instead where that follows from the very same things, and is sound.

    Raises:
        DataFindings: the data has findings that stop a build; they were reported.
    """
    size, known = input_size(config, releases.folder), releases.known_origin()
    workers = options.workers or enough_workers(size)
    engine, chunks = (options.engine, options.scheduler), releases.chunks
    with start_engine(config, engine, workers, chunks, staging, reporter.say, at_once=known is None) as pool:
        jobs = prepare(config, quick=size > WORTH_COLUMNS, reporter=reporter)
        reporter.stage("hash and plan")
        plan = make_plan(config, partial(scan_all, pool), releases.folder)
        origin = origin_of(config, jobs, plan)
        if (
            known
            and known[0] == origin
            and (
                standing := sound_release(
                    config, options, releases.current(staging), releases.shown, known[1], reporter
                )
            )
        ):
            return standing
        reporter.stage("validate and write")
        results = make_chunks(config, plan, jobs, chunks, pool, reporter)
    releases.sweep({result.name for result in results})
    results = chunks.open(results, staging / "chunks")
    outcome = gather(config, plan, results, staging)
    reporter.stage("check keys")
    outcome.note(key_findings(config, jobs, results, staging, workers))
    judge(config, outcome, options, reporter)
    return Judged(plan, results, outcome, origin, workers)


def sound_release(
    config: Config,
    options: Options,
    release: Path | None,
    shown: str,
    tables: dict[str, dict[str, int]],
    reporter: Reporter,
) -> Path | None:
    """Return the current release if it is sound, and tell of it as of one that was made now."""
    if release is None or options.check or options.update_docs:
        return None
    reporter.stage("verify")
    try:
        verify_release(release, full=options.verify == "full", workers=options.workers or os.cpu_count() or 1).insist()
    except PackagerError:
        return None
    tell_what_is_open(config, reporter)
    reporter.say("nothing has changed: the release stands as a former build made it")
    reporter.summary(tables, 0, shown)
    return release


def warn_about_version(release: Path, former: Path | None, reporter: Reporter) -> None:
    """Say so where the version doesn't fit what changed since the former release; if that one is sound, that is."""
    if former is None:
        return
    try:
        warning = version_warning(former, release)
    except PackagerError as error:
        warning = f"the former release can't be compared: {error}"
    if warning:
        reporter.say(f"warning: {warning}")


def validate(config: Config, options: Options, reporter: Reporter) -> None:
    """Judge all records, keys and references, and write nothing that stays.

    Raises:
        DataFindings: the data has findings; they were reported.
        SetupError: configuration or schema is wrong.
    """
    config = with_split_names(config)
    with scratch_folder() as folder:
        releases = destination(folder, config.name)
        judged = judged_records(config, replace(options, check=True), folder, releases, reporter)
    if isinstance(judged, Judged):
        reporter.summary(judged.outcome.tables, judged.outcome.total, None)


def check(config: Config, options: Options, reporter: Reporter) -> None:
    """Build into a temporary folder, and leave project and output as they are.

    Raises:
        DataFindings: records are invalid, or committed documents are stale.
        SetupError: configuration or schema is wrong.
    """
    with scratch_folder() as folder:
        build(config, replace(options, out=folder, check=True), reporter)


def enough_workers(size: int) -> int:
    """Return how many processes pay for ``size`` bytes: all cores, or this one alone where starting takes longer."""
    return (os.cpu_count() or 1) if size > WORTH_A_POOL else 1


def prepare(config: Config, *, quick: bool, reporter: Reporter) -> dict[str, TableJob]:
    """Return what the workers have to know of each table; schemas, keys and references are checked on the way.

    With ``quick`` lines are to go straight into columns, where this machine can do that.

    Raises:
        SetupError: a schema can't be used, or a key or the report names what a table doesn't have.
    """
    for kept in (table_tools, judge_of):
        kept.cache_clear()  # a schema may have changed since this process last built
    keys = wanted_keys(config)
    jobs = {
        table.name: TableJob(
            project=config.project, dataset=config.name, table=table, limits=config.limits,
            shard_bytes=config.shard_input_bytes, row_provenance=config.row_provenance, keys=keys[table.name],
            quick=quick,
        )
        for table in config.tables
    }  # fmt: skip
    for name, job in jobs.items():
        for paths in job.keys:
            key_schema(table_tools(config.project, job.table, config.row_provenance).plan.arrow_schema, paths, name)
    for table in config.tables:
        for warning in table_tools(config.project, table, config.row_provenance).schema.warnings[:MOST_WARNINGS]:
            reporter.say(f"warning: {warning}")
    check_released_names(config)
    prepare_documents(config)
    if quick and (reason := why_exact()):
        reporter.say(f"lines are read the exact way, which gives the same and takes longer: {reason}")
    return jobs


def make_chunks(
    config: Config, plan: Plan, jobs: Mapping[str, TableJob], store: ChunkStore, pool: Engine, reporter: Reporter
) -> list[ChunkResult]:
    """Turn all chunks into shards, or find those that are done, and return the results in the plan's order."""
    sizes = {(chunk.table, chunk.number): chunk.size for chunk in plan.chunks}
    results = []
    with reporter.progress("validate and write", plan.size) as progress:
        for result in pool.run(work, tasks_of(config, jobs, plan, store, pool)):
            results.append(result)
            progress.advance(sizes[result.table, result.number], result.read)
    taken_over = sum(result.taken_over for result in results)
    if taken_over:
        reporter.say(f"{taken_over} of {len(results)} chunks are as a former build made them")
    order = {(chunk.table, chunk.number): position for position, chunk in enumerate(plan.chunks)}
    return sorted(results, key=lambda result: order[result.table, result.number])


def key_findings(
    config: Config, jobs: Mapping[str, TableJob], results: Sequence[ChunkResult], staging: Path, threads: int
) -> Iterator[Finding]:
    """Yield what is wrong with keys and references over all shards."""
    files, schemas, splits, distinct = {}, {}, {}, set()
    for name, job in jobs.items():
        tools = table_tools(config.project, job.table, config.row_provenance)
        shards = shards_of(results, name)
        for number, paths in enumerate(job.keys):
            files[name, paths] = [str(folder / shard.keys[number]) for folder, shard in shards]
            splits[name, paths] = [shard.split for _, shard in shards]
            schemas[name, paths] = key_schema(tools.plan.arrow_schema, paths, name)
            if are_distinct([shard.spans[number] for _, shard in shards]):
                distinct.add((name, paths))
    yield from check_keys(config, KeyFiles(files, schemas, distinct, splits), staging, threads=threads)


def judge(config: Config, outcome: Outcome, options: Options, reporter: Reporter) -> None:
    """Report the findings and decide whether the build goes on.

    Raises:
        DataFindings: there are findings, other than a bearable number of refused records that are put into quarantine.
    """
    if not outcome.total:
        return
    reporter.findings(outcome.all_findings(), outcome.table_of)
    too_many = too_many_refused(config, outcome)
    if outcome.noted or too_many or not options.quarantine:
        reporter.summary(outcome.tables, outcome.total, None)
        raise DataFindings(_none(options) + (too_many or "mend the findings above"))
    for name, counts in outcome.tables.items():
        if counts["rejected"] and not counts["accepted"]:
            reporter.summary(outcome.tables, outcome.total, None)
            raise DataFindings(
                f"{_none(options)}every record of {name} was refused, and an empty table can't be loaded"
            )


def _none(options: Options) -> str:
    """Say that there is no release, where one was wanted."""
    return "" if options.check else "no release was made: "


def tell_what_is_open(config: Config, reporter: Reporter) -> None:
    """Warn of a missing datasheet, and tell what documents leave open."""
    if config.datasheet is None:
        reporter.say("warning: no DATASHEET.md: the release has one of the computed parts only; write one")
    for line in left_to_answer(config):
        reporter.say(f"left to answer: {line}")


def judge_documents(config: Config, outcome: Outcome, release: Path, reporter: Reporter) -> None:
    """Report what is stale in the documents that are committed.

    Raises:
        DataFindings: documents are stale.
    """
    stale = datasheet.stale(config, release)
    if stale:
        outcome.note(stale)
        reporter.findings(stale)
        reporter.summary(outcome.tables, outcome.total, None)
        raise DataFindings("documents are stale: mend the findings above")
