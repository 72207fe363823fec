"""The end of a build: rows that are judged are placed, described and verified, and the release appears."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dataset_packager.base.finding_text import say_finding
from dataset_packager.base.findings import DataFindings, Finding, PackagerError
from dataset_packager.documents import datasheet
from dataset_packager.documents.hub_limits import hub_limits
from dataset_packager.documents.open_questions import left_to_answer
from dataset_packager.documents.write_documents import describe_release, load_documents
from dataset_packager.fingerprint import origin_of
from dataset_packager.release.contents import Contents
from dataset_packager.release.shard_placement import place_tables, place_views
from dataset_packager.shards.chunk_results import linked_by_all
from dataset_packager.shards.worker import ready
from dataset_packager.verify import verify_release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataset_packager.base.console import Reporter
    from dataset_packager.project.config import Config
    from dataset_packager.release.destinations.interface import Destination
    from dataset_packager.release.release_files import Release
    from dataset_packager.shards.judged_records import JudgedRecords
    from dataset_packager.steps.run import Options, Run

MOST_WARNINGS = 20  # of limits


def load(config: Config) -> None:
    """Load what there is time for while workers make the last chunks: templates, versions, the build's own code."""
    load_documents(config)
    ready()


def warn_about_version(release: Path, former: Path | None, reporter: Reporter) -> None:
    """Say so where the version doesn't fit what changed since the former release; if that one is sound, that is."""
    if former is None:
        return
    from dataset_packager.diff import version_warning  # here: a first build compares nothing

    try:
        warning = version_warning(former, release)
    except PackagerError as error:
        warning = f"the former release can't be compared: {error}"
    if warning:
        reporter.say(f"warning: {warning}")


def place_rows(run: Run, judged: JudgedRecords, release: Path, options: Options, reporter: Reporter) -> Contents:
    """Put the shards of all tables into the release, make the views of them, and return what it holds.

    Raises:
        DataFindings: rows of a view aren't what its schema wants; they were reported.
        SetupError: a query fails.
    """
    reporter.stage("views")
    tables = place_tables(run.config.tables, run.schemas.columns, judged.chunks, release)
    views, findings = place_views(run.views, tables, run.staging, release)
    run.disk.put(release / shard.path for view in views for shard in view.shards)
    if findings:
        reporter.findings(findings, {job.view.query: job.view.name for job in run.views})
        raise DataFindings(f"{options.none}a view gives rows that its own schema refuses")
    return Contents((*tables, *views), judged.refused_by_table, judged.codes_by_table)


def describe(
    run: Run, judged: JudgedRecords, contents: Contents, release: Path, options: Options, reporter: Reporter
) -> None:
    """Write everything beside the data, and tell what nobody has said yet.

    Raises:
        DataFindings: with ``--check``, committed documents are stale; they were reported.
        EnvironmentFailure: what is read has changed since the build began.
    """
    reporter.stage("describe")
    describe_release(
        run.config, contents, run.plan, run.read, release, linked_by_all(judged.chunks),
        sources=run.schemas.released, update_docs=options.update_docs,
    )  # fmt: skip
    tell_what_is_open(run.config, reporter)
    if options.check:
        insist_on_documents(run.config, judged, release, reporter)


def appear(run: Run, judged: JudgedRecords, release: Path, releases: Destination) -> str:
    """Let the release take the former one's place, note what it follows from, and say where refused records are."""
    run.disk.wait()
    rejected = judged.write_rejected(run.staging / "rejected.jsonl")
    refused_to = releases.appear(release, run.config.version, rejected, judged.chunks)
    if not judged.total:
        names = [chunk.name for chunk in judged.chunks]
        releases.note_origin(origin_of(run.config, run.read, run.plan, names), judged.tables)
    return refused_to


def tell_what_is_open(config: Config, reporter: Reporter) -> None:
    """Warn of a missing datasheet, and tell what documents leave open."""
    if config.datasheet is None:
        reporter.say("warning: no DATASHEET.md: the release has one of the computed parts only; write one")
    for slot in datasheet.missing_slots(config):
        told = (
            f"says nothing of {datasheet.SECTIONS[slot].lower()}: add <!-- slot:{slot} --><!-- /slot --> where it fits"
        )
        reporter.say(f"warning: {config.datasheet}: {told}")
    for line in left_to_answer(config):
        reporter.say(f"left to answer: {line}")


def verified(release: Path, *, full: bool, workers: int, own: bool = False) -> list[Finding]:
    """Verify a release, ``own`` if this process made it, and return the limits of the Hub that it would break there.

    Raises:
        DataFindings: it isn't sound.
        EnvironmentFailure: the machine doesn't let it be verified.
    """
    limits = list[Finding]()

    def look(opened: Release) -> None:
        limits.extend(islice(hub_limits(opened, closely=False), MOST_WARNINGS))

    verify_release(release, full=full, workers=workers, then=look, own=own).insist()
    return limits


def tell_limits(limits: Sequence[Finding], reporter: Reporter) -> None:
    """Warn of the limits of the Hub that a release would break there."""
    for finding in limits:
        say_finding(reporter.say, finding, "warning: ")


def insist_on_documents(config: Config, judged: JudgedRecords, release: Path, reporter: Reporter) -> None:
    """Report what is stale in the documents that are committed.

    Raises:
        DataFindings: documents are stale.
    """
    stale = datasheet.stale(config, release)
    if stale:
        judged.note(stale)
        reporter.findings(stale)
        reporter.summary(judged.tables, judged.total, None)
        raise DataFindings("documents are stale: mend the findings above")
