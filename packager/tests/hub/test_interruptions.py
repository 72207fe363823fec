"""Whatever fails on the way: what has and hasn't happened is said, and the same command finishes the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from huggingface_hub import HfApi

from dataset_packager.base.check_result import unsound
from dataset_packager.hub import publishing

from .conftest import REPO
from .double.server import READER
from .double.store import Repository
from .test_publish import content, on_main

if TYPE_CHECKING:
    from .conftest import Publish, Releases
    from .double import Double

ALWAYS = 99
CUT = None
KINDS = (401, 403, 409, 412, 429, 500, CUT)
WRITING = ("create", "validate-yaml", "preupload", "lfs-batch", "lfs-put", "lfs-verify", "commit", "tag")
FAULTS = [
    *((route, kind) for route in ("create", "commit", "tag") for kind in KINDS),
    *((route, kind) for route in ("info", "tree", *WRITING) for kind in (500, CUT)),
]


def finished(publish: Publish, double: Double, releases: Releases) -> None:
    """Run the command again, without faults, and check that it leaves one commit and one tag, whole."""
    double.faults.clear()
    ran = publish(releases.first)
    assert ran.code == 0, ran.err
    assert on_main(double) == content(releases.first)
    titles = [commit.title for commit in double.repositories[REPO].history("v1.0.0")]
    assert titles == ["Release 1.0.0", "initial commit"]


def check_account(err: str, double: Double, releases: Releases) -> None:
    """Compare what a failed run says with what the double holds."""
    repository = double.repositories.get(REPO)
    if "error: done:" not in err:
        assert repository is None
        return
    done, left = (next((line for line in err.splitlines() if f"error: {word}: " in line), "") for word in
                  ("done", "not done"))  # fmt: skip
    committed = repository is not None and on_main(double) == content(releases.first)
    tagged = repository is not None and "refs/tags/v1.0.0" in repository.refs
    assert ("create the dataset" in left) == (repository is None)
    assert ("files (" in left) == (not committed)
    assert ("tag it v1.0.0" in left) == (not tagged)
    assert ("nothing on the Hub" in done) == (repository is None)
    assert "run again, goes on from there" in err


@pytest.fixture
def quick(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """The command without its last step."""
    monkeypatch.setattr(publishing, "check_arrival", lambda *_: (0, 0))
    return publish


@pytest.mark.parametrize(("route", "kind"), sorted(set(FAULTS), key=str))
def test_a_refused_or_broken_request_is_told_and_the_job_can_be_finished(
    route: str, kind: int | None, quick: Publish, double: Double, releases: Releases
) -> None:
    double.fail(route, kind, times=ALWAYS, headers={"Retry-After": "7"} if kind == 429 else {})
    ran = quick(releases.first)
    assert ran.code == (2 if kind in (401, 403) else 3)
    assert "Traceback" not in ran.err
    if kind:
        assert f"{kind} (told to fail)" in ran.err
    if kind == 429:
        assert "wait 7 s, then run the same command again" in ran.err
    double.faults.clear()  # to compare, the double must answer again
    check_account(ran.err, double, releases)
    finished(quick, double, releases)


@pytest.mark.parametrize("kind", [500, CUT])
@pytest.mark.parametrize("route", ["create", "commit", "tag"])
def test_a_step_whose_answer_is_lost_is_known_to_have_come_about(
    route: str, kind: int | None, quick: Publish, double: Double, releases: Releases
) -> None:
    double.fail(route, kind, done=True)
    ran = quick(releases.first)
    assert ran.code == 3
    assert "(it came about, though no answer said so)" in ran.err
    check_account(ran.err, double, releases)
    finished(quick, double, releases)


def test_a_step_of_which_nothing_can_be_learned_is_called_unknown(
    quick: Publish, double: Double, releases: Releases
) -> None:
    double.fail("commit", CUT, done=True)
    double.fail("tree", CUT, after=1, times=ALWAYS)
    ran = quick(releases.first)
    assert "not known: send " in ran.err
    finished(quick, double, releases)


@pytest.mark.parametrize("route", ["preupload", "lfs-batch", "lfs-put", "lfs-verify"])
def test_an_upload_that_is_told_to_wait_waits_and_goes_on(
    route: str, quick: Publish, double: Double, releases: Releases, here: list[float]
) -> None:
    double.fail(route, 429, headers={"Retry-After": "7"})
    assert quick(releases.first).code == 0
    assert here == [8.0]


def test_files_that_were_uploaded_before_a_failure_are_not_uploaded_again(
    quick: Publish, double: Double, releases: Releases
) -> None:
    double.fail("commit", 500)
    quick(releases.first)
    assert double.routes().count("lfs-put") == 2
    double.forget()
    finished(quick, double, releases)
    assert double.routes().count("lfs-put") == 0


def test_a_commit_of_somebody_else_in_between_is_noticed(
    quick: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.repositories[REPO] = Repository(REPO)
    real = HfApi.create_commit

    def late(*arguments: object, **named: object) -> object:
        double.repositories[REPO].edit("notes.md", b"in between")
        return real(*arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(HfApi, "create_commit", late)
    ran = quick(releases.first)
    assert ran.code == 3
    assert "412 (A commit has happened since. Please refresh and try again.): the repository changed" in ran.err
    assert on_main(double) == {"notes.md": b"in between"}


@pytest.mark.parametrize("method", ["create_repo", "create_commit", "create_tag", "snapshot_download"])
def test_an_interruption_from_the_keyboard_is_told_like_a_failure(
    method: str, publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HfApi, method, interrupted)
        ran = publish(releases.first)
    assert ran.code == 3
    assert "error: interrupted" in ran.err
    check_account(ran.err, double, releases)
    finished(publish, double, releases)


@pytest.mark.parametrize("kind", [403, 500, CUT])
@pytest.mark.parametrize("route", ["info", "resolve", "cached", "lfs-get"])
def test_a_failure_on_the_way_back_leaves_only_the_comparison_undone(
    route: str, kind: int | None, publish: Publish, double: Double, releases: Releases
) -> None:
    double.fail(route, kind, times=ALWAYS, after=2 if route == "info" else 0)
    ran = publish(releases.first)
    assert ran.code == (2 if kind == 403 else 3)
    assert "error: not done: load it back and compare it\n" in ran.err
    finished(publish, double, releases)


def test_bytes_that_come_back_changed_are_noticed(publish: Publish, double: Double, releases: Releases) -> None:
    publish(releases.first)
    objects = double.repositories[REPO].objects
    for sha256, data in objects.items():
        objects[sha256] = data[:-1] + b"?"
    ran = publish(releases.first)
    assert ran.code == 3
    assert "data/authors/train-00000-of-00001.parquet is not what was sent" in ran.err


def test_rows_that_do_not_load_are_noticed(
    publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dataset_packager.hub.load_back.compare_loaded", lambda *_: iter([unsound("README.md", "authors: no")])
    )
    ran = publish(releases.first)
    assert ran.code == 3
    assert "does not load as it should: README.md: authors: no" in ran.err
    assert on_main(double) == content(releases.first)


def test_a_private_dataset_that_the_token_does_not_open_is_not_created_anew(
    publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", READER)
    double.repositories[REPO] = Repository(REPO, gated=True)
    ran = publish(releases.first)
    assert ran.code == 2
    assert on_main(double) == {}


def test_offline_mode_is_named(
    publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    ran = publish(releases.first)
    assert ran.code == 2
    assert "HF_HUB_OFFLINE is set: unset it" in ran.err
    assert double.log == []
