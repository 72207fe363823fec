"""Publishing a release: verify, create, commit, tag, load back; each step looks first at what is there already."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import scratch_folder, write_text
from dataset_packager.base.finding_text import format_finding, say_finding
from dataset_packager.base.findings import DataFindings, EnvironmentFailure, PackagerError, SetupError
from dataset_packager.documents.card import published
from dataset_packager.documents.hub_limits import hub_limits
from dataset_packager.documents.open_questions import missing_for_publication
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.documents.withdrawn import returned
from dataset_packager.hub.batches import batches, branch_of, is_large, stage, way_of
from dataset_packager.hub.load_back import check_arrival
from dataset_packager.hub.progress import Journal
from dataset_packager.hub.repository import Head, Repository
from dataset_packager.hub.upload_plan import Plan, Release, check_place, compared, edited_card
from dataset_packager.release.names import CARD, DATASHEET, TAG_MANIFEST, WITHDRAWN
from dataset_packager.release.read_records import release_in
from dataset_packager.release.release_files import Release as OpenedRelease
from dataset_packager.release.release_files import resolved
from dataset_packager.shards.withdrawn import entries_of
from dataset_packager.verify import verify_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.console import Reporter
    from dataset_packager.hub.repository import RemoteFile


NEW_PRIVATE = "private: only those see it whom you let in"
NEW_PUBLIC = "public, unless its namespace makes datasets private: everybody will see it (--private keeps it to you)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: where to publish, and how.

    ``dry_run`` only says what would be done; ``incomplete`` publishes though something is missing that readers need.
    """

    repo: str
    private: bool = False
    create_pr: bool = False
    dry_run: bool = False
    incomplete: bool = False


def publish(folder: Path, wanted: Wanted, reporter: Reporter, workers: int | None = None) -> dict[str, Any]:
    """Publish the release in ``folder`` and return what was done, as ``contracts/publication.schema.json`` has it.

    Raises:
        DataFindings: the release isn't sound.
        SetupError: something is missing that readers need; or it can't stand there: another dataset, a later version, a
            tag with other content, no right to it.
        EnvironmentFailure: the Hub or the way to it failed; the message says what was done.
    """
    repository = Repository(wanted.repo)
    insist_on_completeness(resolved(folder), wanted, reporter)
    release = verified(folder, workers)
    reporter.say(f"{folder}: verified")
    for finding in release.limits:
        say_finding(reporter.say, finding, "warning: ")
    with scratch_folder() as temporary:
        try:
            named = replace(release, card=card_for(release, repository.repo, temporary))
            publication = Publication(named, repository, wanted, reporter, temporary)
        except PackagerError as error:
            if wanted.dry_run and error.__cause__ is not None:  # the Hub, or the way to it, not the release
                reporter.say(f"warning: {error}")
                return told_without_hub(release, repository, wanted, reporter)
            if isinstance(error, EnvironmentFailure):
                raise EnvironmentFailure(f"{error}\nnothing was changed on the Hub") from error
            raise
        return publication.told() if wanted.dry_run else publication.run()


def insist_on_completeness(folder: Path, wanted: Wanted, reporter: Reporter) -> None:
    """Look whether the release says what those who find it have to know.

    Raises:
        SetupError: something is missing; all of it is named.
    """
    release = OpenedRelease(folder, folder)
    try:
        text = release.text(DATASHEET) if DATASHEET in release.files else ""
        missing = list(missing_for_publication(release.config, text))
    except ValueError:
        return  # a release that can't be read is not sound, which verifying it says better
    if not missing:
        return
    told = [f"{wanted.repo}: {len(missing)} things are missing that those who find the dataset need:", *missing]
    if wanted.dry_run or wanted.incomplete:
        for line in told:
            reporter.say(f"warning: {line}")
        return
    mend = "add them and build again; or publish it as it is, with --incomplete"
    raise SetupError("\n".join([*told, mend]))


def told_without_hub(release: Release, repository: Repository, wanted: Wanted, reporter: Reporter) -> dict[str, Any]:
    """Say what publishing would do where nothing stands yet: the Hub couldn't be asked."""
    sent, size = sorted(release.hashes), sum(map(release.size, release.hashes))
    reporter.say(f"{wanted.repo}: the Hub couldn't be asked what stands there; if nothing does:")
    for text in (
        f"create the dataset, {NEW_PRIVATE if wanted.private else NEW_PUBLIC}",
        f"send {len(sent)} files ({size:,} bytes), {way_of(release, sent)}",
        f"tag it {release.tag}",
    ):
        reporter.say(f"{wanted.repo}: would {text}")
    return {
        "state": "planned", "repository": repository.url, "version": release.version, "tag": release.tag,
        "commit": None, "pull_request": None, "sent": sent, "deleted": [],
        "limits": [finding.as_json() for finding in release.limits],
    }  # fmt: skip


def verified(folder: Path, workers: int | None) -> Release:
    """Prove the release and return what publishing needs to know of it."""
    folder = resolved(folder)
    verify_release(folder, full=True, workers=workers or os.cpu_count() or 1).insist()
    config = OpenedRelease(folder, folder).config
    return Release(folder, config.name, config.version, limits=tuple(hub_limits(release_in(folder), closely=True)))


def card_for(release: Release, repo: str, temporary: Path) -> Path:
    """Write the card whose code loads from the repository, and return its path."""
    opened = OpenedRelease(release.folder, temporary)
    path = temporary / CARD
    write_text(path, published(opened.text(CARD, newline=""), facts_of(opened), repo))
    return path


class Publication:
    """One release on its way to one repository."""

    def __init__(
        self, release: Release, repository: Repository, wanted: Wanted, reporter: Reporter, temporary: Path
    ) -> None:
        """Look at the repository; nothing is changed yet.

        Raises:
            SetupError: the release can't stand there.
        """
        self.release, self.repository, self.wanted, self.reporter = release, repository, wanted, reporter
        self.head = repository.head_or_none()
        self.pull_request: str | None = None
        self.has_arrived = False
        self.tagged = None if self.head is None else repository.tags().get(release.tag)
        self.plan = Plan(new=tuple(release.hashes)) if self.head is None else self._look(self.head, temporary)
        self.journal = Journal(repository.repo, self._steps(), reporter)

    def _look(self, head: Head, temporary: Path) -> Plan:
        if self.wanted.private and not head.private:
            mend = "make it private in its settings, or leave out --private"
            raise SetupError(f"{self.repository.repo}: stands there already, and is public: {mend}")
        if self.tagged:
            self._check_tag(self.tagged)
            return Plan()
        files = self.repository.files(head.commit)
        plan = compared(self.release, files)
        if plan:
            self._check_withdrawn(files, head.commit, temporary)
            version = check_place(self.release, self.repository, head.commit, files, plan, temporary)
            if edited_card(self.repository, files, version):
                mend = "carry the edit over into DATASHEET.md if it is to stay"
                self.reporter.say(f"warning: {CARD} was edited there since v{version}, and is replaced: {mend}")
        return plan

    def _check_withdrawn(self, files: Mapping[str, RemoteFile], commit: str, temporary: Path) -> None:
        """Refuse rows whose records were withdrawn by the release that stands there."""
        if WITHDRAWN in files:
            entries = entries_of(self.repository.text(WITHDRAWN, commit, temporary), WITHDRAWN)
            if again := list(islice(returned(OpenedRelease(self.release.folder, temporary), entries), 100)):
                told = f"{len(again)} rows are of records that {self.repository.repo} has withdrawn"
                raise DataFindings(f"{told}, first {format_finding(again[0])}", again)

    def _check_tag(self, commit: str) -> None:
        differing = compared(self.release, self.repository.files(commit))
        if differing:
            told = differing.differences("this release", self.release.tag)
            mend = "a tag is for good: raise the version, build, and publish that"
            where = f"{self.repository.repo}: {self.release.tag} stands there with other content"
            raise SetupError(f"{where}: {told}: {mend}")

    def _steps(self) -> dict[str, str]:
        """Return what is to be done, step by step, in words."""
        steps, arrival = {}, {"arrival": "load it back and compare it"}
        if self.tagged:
            return arrival
        if self.head is None:
            if self.wanted.create_pr:
                mend = "publish once without --create-pr"
                raise SetupError(f"{self.repository.repo}: no such dataset, and a pull request needs one: {mend}")
            steps["create"] = f"create the dataset, {NEW_PRIVATE if self.wanted.private else NEW_PUBLIC}"
        if self.plan:
            size = sum(self.release.size(path) for path in self.plan.sent)
            what = f"send {len(self.plan.sent)} files ({size:,} bytes), delete {len(self.plan.deleted)}"
            if is_large(self.release, self.plan.sent):
                parts = sum(1 for _ in batches(self.release, self.plan.sent))
                steps["stage"] = f"send {len(self.plan.sent)} files ({size:,} bytes) in {parts} batches onto a branch"
                what = f"refer to these {len(self.plan.sent)} files, delete {len(self.plan.deleted)}"
            steps["commit"] = f"{what}, as one {'pull request' if self.wanted.create_pr else 'commit'}"
        if not (self.plan and self.wanted.create_pr):
            steps["tag"] = f"tag it {self.release.tag}"
        return steps | arrival

    def told(self) -> dict[str, Any]:
        """Say what would be done, and return it."""
        for text in self.journal.pending.values():
            self.reporter.say(f"{self.repository.repo}: would {text}")
        return self._result("planned")

    def run(self) -> dict[str, Any]:
        """Do it, and return what was done; who will see it is said before."""
        if self.head is None:
            visible = f"will be created, {NEW_PRIVATE if self.wanted.private else NEW_PUBLIC}"
        else:
            visible = "is private" if self.head.private else "is public: everybody will see this release"
        self.reporter.say(f"{self.repository.repo}: {visible}")
        if self.tagged is not None:
            self.journal.done.append(f"{self.release.tag} stands there with the same content: nothing to send")
            self.reporter.say(f"{self.repository.repo}: {self.journal.done[-1]}")
            state = "unchanged"
        else:
            self._create()
            state = "proposed" if self._commit() else "published"
        if not self.has_arrived:
            self._arrive(f"refs/pr/{self.pull_request.rsplit('/', 1)[1]}" if self.pull_request else self.release.tag)
        self._clear()
        return self._result(state)

    def _create(self) -> None:
        if self.head is None:
            with self.journal.step("create", lambda: self.repository.head_or_none() is not None):
                self.repository.create(private=self.wanted.private)
                self.head = self.repository.head()
                self.plan = compared(self.release, self.repository.files(self.head.commit))
            self.journal.note("create", f"created, {'private' if self.head.private else 'public'}")

    def _commit(self) -> bool:
        """Make the commit, and tag it; say whether it is only proposed."""
        assert self.head  # noqa: S101 - it was created
        commit = self.head.commit
        if self.plan:
            self._stage(commit)
            with self.journal.step("commit", self._committed):
                commit = self._send(commit)
        if self.pull_request:
            return True
        with self.journal.step("tag", lambda: self.release.tag in self.repository.tags()):
            self.repository.tag(self.release.tag, commit)
        self.tagged = commit
        self.journal.note("tag", f"tagged {self.release.tag}")
        return False

    def _stage(self, parent: str) -> None:
        """Bring a large release onto a branch and load it back from there, before anybody sees anything of it."""
        if not is_large(self.release, self.plan.sent) or (self.wanted.create_pr and self._proposed()):
            self.journal.skip("stage")
            return
        branch = branch_of(self.release)
        with self.journal.step("stage"):
            stage(self.release, self.repository, parent, self._say)
        self.journal.note("stage", f"all files are on the branch {branch}")
        self._arrive(branch)
        self.has_arrived = True

    def _say(self, told: str) -> None:
        self.reporter.say(f"{self.repository.repo}: {told}")

    def _clear(self) -> None:
        """Remove the branch of a large release, which nobody needs any more; if that fails, it only lies there."""
        if not is_large(self.release, tuple(self.release.hashes)):
            return
        branch = branch_of(self.release)
        try:
            if branch in self.repository.branches():
                self.repository.delete_branch(branch)
        except PackagerError as error:
            self.reporter.say(f"warning: {error}: the branch isn't needed any more: remove it there")

    def _send(self, parent: str) -> str:
        """Make the commit, unless it is proposed already, and return it."""
        if self.wanted.create_pr and (proposed := self._proposed()):
            self.pull_request = proposed
            self.journal.note("commit", f"{proposed} proposes it already: merge it, then run the same command again")
            return parent
        manifest = self.release.hashes[TAG_MANIFEST]
        sent = {path: self.release.file(path) for path in self.plan.sent}
        commit, self.pull_request, warned = self.repository.commit(
            sent, self.plan.deleted, f"Release {self.release.version}", f"SHA-256 of {TAG_MANIFEST}: {manifest}",
            parent, pull_request=self.wanted.create_pr,
        )  # fmt: skip
        for warning in warned:
            self.reporter.say(f"warning: {warning}")
        what = f"sent {len(sent)} files, deleted {len(self.plan.deleted)}, as commit {commit[:8]}"
        merge = f" of {self.pull_request}: merge it, then run the same command again, which tags it"
        self.journal.note("commit", what + (merge if self.pull_request else ""))
        return commit

    def _committed(self) -> bool:
        revisions = [ref for ref, _ in self.repository.open_pull_requests()] if self.wanted.create_pr else ["main"]
        return any(not compared(self.release, self.repository.files(revision)) for revision in revisions)

    def _proposed(self) -> str | None:
        """Return the page of an open pull request that holds this release already."""
        for ref, page in self.repository.open_pull_requests():
            if not compared(self.release, self.repository.files(ref)):
                return page
        return None

    def _arrive(self, revision: str) -> None:
        with self.journal.step("arrival"):
            files, rows = check_arrival(self.release, self.repository, revision)
        told = f"{files} files have the same SHA-256, {rows:,} rows load with datasets"
        self.journal.note("arrival", f"loaded back by {revision}: {told}")

    def _result(self, state: str) -> dict[str, Any]:
        return {
            "state": state,
            "repository": self.repository.url,
            "version": self.release.version,
            "tag": self.release.tag if state != "proposed" else None,
            "commit": self.tagged,
            "pull_request": self.pull_request,
            "sent": list(self.plan.sent),
            "deleted": list(self.plan.deleted),
            "limits": [finding.as_json() for finding in self.release.limits],
        }


def account(done: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was done, or would be, for people."""
    where = f"{done['repository']}{'/tree/' + done['tag'] if done['tag'] and done['state'] != 'planned' else ''}"
    yield f"{done['state']}: {where}"
    for member, sign in (("sent", "+"), ("deleted", "-")):
        yield from (f"{sign} {path}" for path in done[member])
    if done["pull_request"]:
        yield f"pull request: {done['pull_request']}"
