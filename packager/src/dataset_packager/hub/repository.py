"""One dataset repository on the Hub, through ``huggingface_hub``: what is there, and the four things done to it."""

from __future__ import annotations

import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, get_token
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.tqdm import disable_progress_bars

from dataset_packager.base.findings import SetupError
from dataset_packager.hub.errors import hub_failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KIND, MAIN = "dataset", "main"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_ADDRESS = re.compile(rf"(?:hf://datasets/)?(?P<repo>{_NAME}/{_NAME})(?:@(?P<revision>[^\s@]+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A dataset on the Hub at a revision: a tag, a branch, a commit, or a pull request's ref."""

    repo: str
    revision: str = MAIN

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}"


def parse_address(text: str) -> Address | None:
    """Return the address that ``ORG/NAME``, ``ORG/NAME@REVISION`` or either after ``hf://datasets/`` stands for."""
    found = _ADDRESS.fullmatch(text)
    return Address(found["repo"], found["revision"] or MAIN) if found else None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the Hub lists it: size in bytes, and SHA-256 (large files) or git's hash of the content (others)."""

    size: int
    sha256: str | None
    git_hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a revision is now: its commit, and whether its repository is private."""

    commit: str
    private: bool


class Repository:
    """A dataset repository; every method's errors are those of ``hub_failures``."""

    def __init__(self, repo: str) -> None:
        if not re.fullmatch(f"{_NAME}/{_NAME}", repo):
            raise SetupError(f"{repo!r} is no name of a dataset on the Hub: give ORG/NAME")
        if not sys.stderr.isatty():
            disable_progress_bars()
        self.repo = repo
        self._api = HfApi(endpoint=constants.ENDPOINT, library_name="dataset-packager")

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"{self._api.endpoint}/datasets/{self.repo}"

    def head(self, revision: str = MAIN) -> Head:
        """Return what a revision is now."""
        with hub_failures(f"{self.repo}@{revision}"):
            info = self._api.dataset_info(self.repo, revision=revision)
        if not info.sha:
            raise SetupError(f"{self.url}: no Hub answers there: see to HF_ENDPOINT")
        return Head(info.sha, bool(info.private))

    def head_or_none(self) -> Head | None:
        """Return what main is now, None where there is no such repository (or none that the token opens)."""
        try:
            return self.head()
        except SetupError as error:
            if isinstance(error.__cause__, RepositoryNotFoundError) and self.has_token:
                return None
            raise

    @property
    def has_token(self) -> bool:
        """Whether a token is at hand."""
        return bool(get_token())

    def files(self, revision: str) -> dict[str, RemoteFile]:
        """Return all files of a revision by path."""
        with hub_failures(f"{self.repo}@{revision}"):
            entries = list(self._api.list_repo_tree(self.repo, recursive=True, revision=revision, repo_type=KIND))
        files = [entry for entry in entries if isinstance(entry, RepoFile)]
        return {file.path: RemoteFile(file.size, file.lfs.sha256 if file.lfs else None, file.blob_id) for file in files}

    def tags(self) -> dict[str, str]:
        """Return the commits that tags stand at."""
        with hub_failures(f"{self.repo}: its tags"):
            refs = self._api.list_repo_refs(self.repo, repo_type=KIND)
        return {tag.name: tag.target_commit for tag in refs.tags}

    def branches(self) -> frozenset[str]:
        """Return the names of its branches."""
        with hub_failures(f"{self.repo}: its branches"):
            refs = self._api.list_repo_refs(self.repo, repo_type=KIND)
        return frozenset(branch.name for branch in refs.branches)

    def create_branch(self, name: str, commit: str) -> None:
        """Make a branch that begins at a commit."""
        with hub_failures(f"{self.repo}: the branch {name}"):
            self._api.create_branch(self.repo, branch=name, revision=commit, repo_type=KIND, exist_ok=True)

    def delete_branch(self, name: str) -> None:
        """Remove a branch; what other commits refer to stays."""
        with hub_failures(f"{self.repo}: the branch {name}"):
            self._api.delete_branch(self.repo, branch=name, repo_type=KIND)

    def open_pull_requests(self) -> Iterator[tuple[str, str]]:
        """Yield ref and page of each open pull request."""
        with hub_failures(f"{self.repo}: its pull requests"):
            found = self._api.get_repo_discussions(
                self.repo, repo_type=KIND, discussion_type="pull_request", discussion_status="open"
            )
            pulls = [pull for pull in found if pull.is_pull_request]
        yield from ((f"refs/pr/{pull.num}", f"{self.url}/discussions/{pull.num}") for pull in pulls)

    def text(self, path: str, revision: str, folder: Path) -> str:
        """Return the text of a small file; it is fetched into ``folder``."""
        with hub_failures(f"{self.repo}@{revision}: {path}"):
            file = self._api.hf_hub_download(
                self.repo, path, repo_type=KIND, revision=revision, cache_dir=folder, force_download=True
            )
            return Path(file).read_text("utf-8")

    def download(self, commit: str, cache: Path) -> Path:
        """Fetch all files of a commit into a cache of the Hub's layout and return the folder with links to them."""
        with hub_failures(f"{self.repo}@{commit[:8]}: downloading"):
            return Path(self._api.snapshot_download(self.repo, repo_type=KIND, revision=commit, cache_dir=cache))

    def copy(self, commit: str, folder: Path) -> None:
        """Fetch all files of a commit into a folder."""
        with hub_failures(f"{self.repo}@{commit[:8]}: downloading"):
            self._api.snapshot_download(self.repo, repo_type=KIND, revision=commit, local_dir=folder)

    def create(self, *, private: bool) -> None:
        """Create the repository: private, or as its namespace has it by default, which usually is public."""
        taken = "it stands there by now, or is hidden from this token: run the same command again, or use another token"
        with hub_failures(f"{self.repo}: creating it", {409: taken}):
            self._api.create_repo(self.repo, repo_type=KIND, private=private or None)

    def commit(
        self,
        sent: Mapping[str, Path],
        deleted: Iterable[str],
        message: str,
        description: str,
        parent: str,
        *,
        pull_request: bool,
        branch: str = MAIN,
    ) -> tuple[str, str | None, list[str]]:
        """Make one commit behind ``parent``; return it, the pull request's page, and what the Hub warns of.

        Raises:
            EnvironmentFailure: the branch doesn't end at ``parent`` any more.
        """
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationDelete(path, is_folder=False) for path in deleted
        ]
        operations += [CommitOperationAdd(path, file) for path, file in sent.items()]
        with hub_failures(f"{self.repo}: the commit"), warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always")
            made = self._api.create_commit(
                self.repo, operations, commit_message=message, commit_description=description, repo_type=KIND,
                parent_commit=parent, create_pr=pull_request or None, revision=branch,
            )  # fmt: skip
        return (
            made.oid,
            made.pr_url,
            [" ".join(str(one.message).split()) for one in noted if one.category is UserWarning],
        )

    def tag(self, name: str, commit: str) -> None:
        """Put a tag on a commit."""
        with hub_failures(f"{self.repo}: the tag {name}"):
            self._api.create_tag(self.repo, tag=name, revision=commit, repo_type=KIND)
