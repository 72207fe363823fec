"""A large release goes up in batches onto a branch, and main has the former one until all of it is there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from dataset_packager.hub import batches, publishing
from dataset_packager.hub.repository import Repository as Client

from .conftest import REPO
from .double import reading
from .test_publish import content, on_main

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Publish, Releases
    from .double import Double

CUT = None


@pytest.fixture
def quick(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """The command without loading back."""
    monkeypatch.setattr(publishing, "check_arrival", lambda *_: (0, 0))
    return publish


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FEW_FILES", 4)


def branches(double: Double) -> set[str]:
    return {ref for ref in double.repositories[REPO].refs if ref.startswith("refs/heads/")}


def sent(double: Double) -> list[str]:
    """Return the large files that were sent to the storage, each time that they were."""
    return [one.path for one in double.log if one.route == "lfs-put" and one.status == 200]


def test_a_thousand_files_arrive_though_the_run_is_killed_behind_each_batch(
    quick: Publish, double: Double, releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 500)  # twenty at a time would take long
    quick(releases.first)
    former = on_main(double)
    double.forget()
    many = tmp_path / "many"
    shutil.copytree(releases.next, many)
    for number in range(1000):
        (many / f"assets-{number:04}.parquet").write_bytes(b"%d" % number)
    wanted = content(many)
    real, killed = Client.commit, 0

    def dies(client: Client, *arguments: object, **named: object) -> object:
        made = real(client, *arguments, **named)  # type: ignore[arg-type]
        if named.get("branch"):
            raise KeyboardInterrupt
        return made

    with monkeypatch.context() as patch:
        patch.setattr(Client, "commit", dies)
        while quick(many).code != 0 and killed < 30:
            assert on_main(double) == former
            assert "refs/tags/v2.0.0" not in double.repositories[REPO].refs
            killed += 1
    assert killed == 11
    assert on_main(double) == wanted
    assert len(sent(double)) == len(set(sent(double))) == 1000 + 1  # and the one shard that changed
    titles = [commit.title for commit in double.repositories[REPO].history("v2.0.0")]
    assert titles == ["Release 2.0.0", "Release 1.0.0", "initial commit"]
    assert branches(double) == {"refs/heads/main"}


@pytest.mark.usefixtures("small_batches")
def test_what_is_on_the_branch_is_loaded_back_before_main_has_it(
    publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = publishing.check_arrival

    def looked(release: object, repository: object, revision: str) -> tuple[int, int]:
        seen.append((revision.split("-")[0], on_main(double) == {}))
        return real(release, repository, revision)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "check_arrival", looked)
    ran = publish(releases.first)
    assert ran.code == 0, ran.err
    assert seen == [("upload", True)]
    assert on_main(double) == content(releases.first)
    assert "batch 1 of " in ran.err
    assert branches(double) == {"refs/heads/main"}


@pytest.mark.usefixtures("small_batches")
def test_what_arrives_changed_never_reaches_main(publish: Publish, double: Double, releases: Releases) -> None:
    double.fail("tag", 500, times=99)
    publish(releases.first)
    former = on_main(double)
    objects = double.repositories[REPO].objects
    for sha256 in list(objects):
        objects[sha256] += b"?"
    ran = publish(releases.next)
    assert ran.code in (1, 3)
    assert on_main(double).keys() == former.keys()
    assert double.repositories[REPO].history("main")[0].title == "Release 1.0.0"


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    ("route", "kind", "after"),
    [("branch", 504, 0), ("commit", 429, 1), ("commit", 504, 0), ("commit", CUT, 1), ("commit", 504, 99)],
)
def test_a_refused_batch_is_told_and_the_next_run_goes_on(
    route: str, kind: int | None, after: int, quick: Publish, double: Double, releases: Releases
) -> None:
    last = sum(1 for _ in batches.batches(publishing.Release(releases.first, "", ""), sorted(content(releases.first))))
    double.fail(route, kind, times=99, after=min(after, last))
    ran = quick(releases.first)
    assert ran.code == 3
    assert "run again, goes on from there" in ran.err
    assert on_main(double) == {}
    double.faults.clear()
    assert quick(releases.first).code == 0
    assert on_main(double) == content(releases.first)
    assert len(sent(double)) == len(set(sent(double)))


@pytest.mark.usefixtures("small_batches")
def test_a_main_that_moved_meanwhile_stays_and_the_next_run_looks_again(
    quick: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(releases.first)
    real = publishing.stage

    def moved(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        double.repositories[REPO].edit("README.md", b"# Edited\n")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "stage", moved)
        ran = quick(releases.next)
    assert (ran.code, "the repository changed meanwhile" in ran.err) == (3, True)
    assert on_main(double)["README.md"] == b"# Edited\n"
    double.forget()
    again = quick(releases.next)
    assert again.code == 0
    assert "was edited there since v1.0.0" in again.err
    assert on_main(double) == content(releases.next)
    assert sent(double) == []


@pytest.mark.usefixtures("small_batches")
def test_a_pull_request_goes_up_in_batches_too_and_is_proposed_once(
    quick: Publish, double: Double, releases: Releases
) -> None:
    quick(releases.first)
    former = on_main(double)
    for _ in range(2):
        ran = quick(releases.next, "--create-pr")
        assert (ran.code, on_main(double)) == (0, former), ran.err
    repository = double.repositories[REPO]
    assert len(repository.pulls) == 1
    assert {path: blob.data for path, blob in repository.resolve("refs/pr/1").files.items()}.keys() >= former.keys()
    assert repository.history("refs/pr/1")[0].title == "Release 2.0.0"
    assert branches(double) == {"refs/heads/main"}


@pytest.mark.usefixtures("small_batches")
def test_a_dry_run_tells_of_batches_and_a_branch_that_stays_is_only_a_warning(
    quick: Publish, double: Double, releases: Releases
) -> None:
    told = quick(releases.first, "--dry-run").err
    assert "batches onto a branch" in told
    assert "would refer to these" in told
    double.fail("unbranch", 500, times=99)
    ran = quick(releases.first)
    assert (ran.code, "the branch isn't needed any more" in ran.err) == (0, True)
    double.faults.clear()
    quick(releases.first)
    assert branches(double) == {"refs/heads/main"}
