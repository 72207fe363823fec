"""The flow of a build, from records to a release that appears whole.

What only the end of it needs (documents, verification) is imported where it is called, or once workers are busy: until
they are, every other core waits for this process.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import DataFindings, PackagerError
from dataset_packager.columns.fast import why_exact
from dataset_packager.records.chunk_plan import Plan
from dataset_packager.records.inputs import list_inputs
from dataset_packager.release.destinations import destination
from dataset_packager.release.view_job import view_jobs
from dataset_packager.shards.disk_thread import DiskThread
from dataset_packager.shards.judge import TableJob
from dataset_packager.shards.key_columns import key_schema, wanted_keys
from dataset_packager.shards.linked_tables import prepare_linked, record_bytes
from dataset_packager.shards.notices import check_row_rules, notices, null_groups
from dataset_packager.shards.project_schemas import ProjectSchemas, load_schemas
from dataset_packager.shards.row_rules import row_rules
from dataset_packager.shards.run_chunks import make_chunks, scan_all, start_engine
from dataset_packager.shards.split import with_split_names
from dataset_packager.shards.withdrawn import read_withdrawn
from dataset_packager.steps.run import Options, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataset_packager.base.console import Reporter
    from dataset_packager.project.config import Config
    from dataset_packager.release.destinations.interface import Destination
    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.shards.judged_records import JudgedRecords

WORTH_A_POOL = 8 * 2**20  # bytes of input
WORTH_COLUMNS = 2**20  # bytes of input: to read less straight into columns takes no less time than one by one
MOST_WARNINGS = 20  # of one schema


def build(config: Config, options: Options, reporter: Reporter) -> Path:
    """Build the dataset and return the folder of the release that is current then.

    Where nothing has changed since the current release was made, that one is verified and stays.

    Raises:
        DataFindings: the data has findings; they were reported, and the former release stands as it was.
        SetupError: configuration, schema or view is wrong.
        EnvironmentFailure: disk, memory or a worker failed; the former release stands as it was.
    """
    releases = destination(options.out, config.name)
    with releases.staging() as staging, start(config, options, releases, staging, reporter) as run:
        if standing := standing_release(run, options, releases, reporter):
            return standing
        chunks = make_all_chunks(run, reporter, partial(load_the_end, run), prove=options.verify == "full")
        releases.sweep({chunk.name for chunk in chunks})
        judged = judge_records(run, chunks, reporter)
        insist(run, judged, options, reporter)
        from dataset_packager.steps import ending  # here: it has been imported since workers were busy

        release = staging / "release"
        contents = ending.place_rows(run, judged, release, options, reporter)
        ending.describe(run, judged, contents, release, options, reporter)
        reporter.stage("verify")
        full = options.verify == "full"
        ending.tell_limits(ending.verified(release, full=full, workers=run.workers, own=True), reporter)
        reporter.stage("appear")
        ending.warn_about_version(release, releases.current(staging), reporter)
        refused_to = ending.appear(run, judged, release, releases)
        current = releases.current(staging)
    if judged.refused and not options.check:
        reporter.say(f"the {judged.refused:,} refused records, each with its findings, are in {refused_to}")
    reporter.summary(judged.tables, judged.total, None if options.check else releases.shown)
    return current or Path(releases.shown)


def validate(config: Config, options: Options, reporter: Reporter) -> None:
    """Judge all records, keys and references, and write nothing that stays.

    Raises:
        DataFindings: the data has findings; they were reported.
        SetupError: configuration or schema is wrong.
    """
    options = replace(options, check=True)
    with (
        scratch_folder() as folder,
        start(config, options, destination(folder, config.name), folder, reporter) as run,
    ):
        chunks = make_all_chunks(run, reporter)
        judged = judge_records(run, chunks, reporter)
        insist(run, judged, options, reporter)
    reporter.summary(judged.tables, judged.total, None)


def check(config: Config, options: Options, reporter: Reporter) -> None:
    """Build into a temporary folder, and leave project and output as they are.

    Raises:
        DataFindings: records are invalid, or committed documents are stale.
        SetupError: configuration or schema is wrong.
    """
    with scratch_folder() as folder:
        build(config, replace(options, out=folder, check=True), reporter)


def start(config: Config, options: Options, releases: Destination, staging: Path, reporter: Reporter) -> Run:
    """Find the records, start whoever works on them, and meanwhile check all that was set up.

    Raises:
        SetupError: a schema can't be used, or the configuration names what isn't there.
    """
    inputs = list_inputs(config.project, config.tables, releases.folder)
    schemas = load_schemas(config)  # before there are workers: where these are forks, they have them, too
    workers = options.workers or enough_workers(inputs.size)
    engine = start_engine(
        inputs, (options.engine, options.scheduler), workers, releases.chunks, staging, reporter.say,
        at_once=releases.known_origin() is None,
    )  # fmt: skip
    with ExitStack() as failing:
        failing.enter_context(engine)
        config = with_split_names(config, schemas.columns)
        jobs = prepare(config, schemas, quick=inputs.size > WORTH_COLUMNS, reporter=reporter)
        views = view_jobs(config, schemas.views, schemas.columns)
        targets = {name: record_bytes(job, inputs) for name, job in jobs.items()}
        plan = Plan(inputs, config.shard_input_bytes, partial(scan_all, engine), targets)
        run = Run(config, plan, schemas, jobs, views, engine, workers, releases.chunks, staging, DiskThread())
        failing.pop_all()
    return run


def standing_release(run: Run, options: Options, releases: Destination, reporter: Reporter) -> Path | None:
    """Return the current release if it follows from the very same things and is sound; tell of it as of a new one.

    A build that is to prove everything proves it from the records on, and takes nothing for what it was.
    """
    known, release = releases.known_origin(), releases.current(run.staging)
    if known is None or release is None or options.check or options.update_docs or options.verify == "full":
        return None
    from dataset_packager.fingerprint import chunk_names, origin_of
    from dataset_packager.steps import ending  # here: a first build has no such release

    reporter.stage("hash and plan")
    origin, tables = known
    if origin != origin_of(run.config, run.read, run.plan.complete(), chunk_names(run.jobs, run.plan)):
        return None
    reporter.stage("verify")
    try:
        limits = ending.verified(release, full=False, workers=options.workers or os.cpu_count() or 1)
    except PackagerError:
        return None
    ending.tell_what_is_open(run.config, reporter)
    ending.tell_limits(limits, reporter)
    reporter.say("nothing has changed: the release stands as a former build made it")
    reporter.summary(tables, 0, releases.shown)
    return release


def enough_workers(size: int) -> int:
    """Return how many processes pay for ``size`` bytes: all cores, or this one alone where starting takes longer."""
    return (os.cpu_count() or 1) if size > WORTH_A_POOL else 1


def prepare(config: Config, schemas: ProjectSchemas, *, quick: bool, reporter: Reporter) -> dict[str, TableJob]:
    """Return what the workers have to know of each table; keys and references are checked on the way.

    With ``quick`` lines are to go straight into columns, where this machine can do that.

    Raises:
        SetupError: a key or the report names what a table doesn't have, or a document can't be.
    """
    keys, withdrawn = wanted_keys(config.tables), read_withdrawn(config)
    jobs = {
        table.name: TableJob(
            project=config.project, dataset=config.name, table=table, limits=config.limits,
            shard_bytes=config.shard_input_bytes, row_provenance=config.row_provenance, keys=keys[table.name],
            quick=quick, row_rules=row_rules(config, table, withdrawn),
        )
        for table in config.tables
    }  # fmt: skip
    for tools in schemas.tables.values():  # what a schema hardly means may be why a key isn't found
        for warning in tools.schema.warnings[:MOST_WARNINGS]:
            reporter.say(f"warning: {warning}")
    for name, job in jobs.items():
        for paths in job.keys:
            key_schema(schemas.columns[name], paths, name)
    check_row_rules(config.tables, schemas.columns)
    for job in jobs.values():
        for warning in prepare_linked(job):
            reporter.say(f"warning: {warning}")
    if quick and (reason := why_exact()):
        reporter.say(f"lines are read the exact way, which gives the same and takes longer: {reason}")
    return jobs


def check_documents(run: Run) -> None:
    """Check what the documents are asked for, and hash what is read beside the records before it may change.

    Raises:
        SetupError: a document can't be.
    """
    from dataset_packager.documents.write_documents import prepare_documents  # here: with all documents
    from dataset_packager.release.shard_placement import check_released_names

    check_released_names(run.schemas.released)
    prepare_documents(run.config)
    run.read  # noqa: B018 - it stays as it is when it is asked for first


def load_the_end(run: Run) -> None:
    """Load what the end of a build needs whatever the records are: nothing but chunks is made meanwhile."""
    from dataset_packager.shards import judged_records  # noqa: F401 - with what compares keys
    from dataset_packager.steps import ending

    ending.load(run.config)


def make_all_chunks(
    run: Run, reporter: Reporter, when_given: Callable[[], object] = str, *, prove: bool = False
) -> list[ChunkResult]:
    """Turn all chunks into shards, or find those that are done; with ``prove`` these are made again and compared.

    ``when_given`` is called once workers have been given the last chunks.
    """

    def done(result: ChunkResult, size: int) -> None:
        run.disk.put(run.store.shards(result))
        progress.advance(size, result.read)

    reporter.stage("validate and write")
    with reporter.progress("validate and write", run.plan.inputs.size) as progress:
        chunks = make_chunks(
            run.jobs, run.plan, run.engine, run.store, done,
            when_busy=partial(check_documents, run), when_given=when_given, prove=prove,
        )  # fmt: skip
    run.engine.let_go()
    taken_over = sum(chunk.taken_over for chunk in chunks)
    if taken_over:
        reporter.say(f"{taken_over} of {len(chunks)} chunks are as a former build made them")
    refuted = sum(chunk.refuted for chunk in chunks)
    if refuted:
        reporter.say(f"warning: {refuted} chunks of a former build weren't what their records give: made anew")
    return chunks


def judge_records(run: Run, chunks: Sequence[ChunkResult], reporter: Reporter) -> JudgedRecords:
    """Return what came of all records, keys and references included."""
    from dataset_packager.shards.equal_rows import equal_rows  # here: until now there was nothing to compare
    from dataset_packager.shards.judged_records import judged_records

    for told in chain(notices(chunks), null_groups([job.table for job in run.jobs.values()], chunks)):
        for line in f"warning: {told}".split("\n"):
            reporter.say(line)
    chunks = run.store.open(chunks, run.staging / "chunks")
    reporter.stage("check keys")
    for line in equal_rows(run.jobs, chunks, run.staging, run.workers):
        reporter.say(f"warning: {line}")
    return judged_records(run.jobs, run.plan, chunks, run.staging, run.workers)


def insist(run: Run, judged: JudgedRecords, options: Options, reporter: Reporter) -> None:
    """Report the findings and decide whether the build goes on.

    Raises:
        DataFindings: there are findings, other than a bearable number of refused records that are put into quarantine.
    """
    if judged.total:
        reporter.findings(judged.all_findings(), judged.table_of)
    if reason := judged.why_not_released(run.config.max_rejected, quarantine=options.quarantine):
        reporter.summary(judged.tables, judged.total, None)
        raise DataFindings(options.none + reason)


__all__ = ["Options", "build", "check", "validate"]
