"""What ``publish`` does to a repository, and where it refuses to."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from conftest import PACKAGE

from dataset_packager.base.files import file_sha256
from dataset_packager.documents.card import published
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.hub import publishing
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.release_files import Release
from dataset_packager.verify import Verification, verify_release

from .conftest import REPO
from .double.server import READER
from .double.store import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine, Ran

    from .conftest import Publish, Releases
    from .double import Double

CONTRACT = json.loads((PACKAGE / "contracts/publication.schema.json").read_text("utf-8"))
WRITING = {"create", "preupload", "lfs-batch", "lfs-put", "lfs-verify", "commit", "tag"}


def content(folder: Path) -> dict[str, bytes]:
    """Return what a release's files are on the Hub: its own, and the card with the repository's name."""
    files = {path: (folder / path).read_bytes() for path in release_files(folder)}
    facts = facts_of(Release(folder, folder))
    return files | {"README.md": published(files["README.md"].decode("utf-8"), facts, REPO).encode("utf-8")}


def done(ran: Ran) -> dict[str, Any]:
    """Return what a run with ``--format json`` says was done."""
    told: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(told, CONTRACT, jsonschema.Draft202012Validator)
    return told


def on_main(double: Double) -> dict[str, bytes]:
    files = double.repositories[REPO].files
    return {path: blob.data for path, blob in files.items() if path != ".gitattributes"}


def test_a_release_becomes_one_commit_and_one_tag(publish: Publish, double: Double, releases: Releases) -> None:
    ran = publish(releases.first)
    repository = double.repositories[REPO]
    assert ran.code == 0, ran.err
    assert on_main(double) == content(releases.first)
    assert f'load_dataset("{REPO}", ' in on_main(double)["README.md"].decode("utf-8")
    assert [commit.title for commit in repository.history("v1.0.0")] == ["Release 1.0.0", "initial commit"]
    assert file_sha256(releases.first / "tagmanifest-sha256.txt") in repository.resolve("v1.0.0").description
    assert ran.out.startswith(f"published: {double.url}/datasets/{REPO}/tree/v1.0.0\n+ DATASHEET.md\n")
    assert "loaded back by v1.0.0" in ran.err


def test_publishing_it_again_changes_nothing_and_says_so(publish: Publish, double: Double, releases: Releases) -> None:
    publish(releases.first)
    double.forget()
    ran = publish(releases.first)
    assert ran.code == 0
    assert "v1.0.0 stands there with the same content" in ran.err
    assert ran.out == f"unchanged: {double.url}/datasets/{REPO}/tree/v1.0.0\n"
    double.repositories[REPO].edit("README.md", b"---\nlicense: mit\n---\n")
    assert done(publish(releases.first, "--dry-run", "--format", "json"))["sent"] == []
    assert not WRITING & set(double.routes())


def test_a_dry_run_tells_the_plan_and_writes_nothing(publish: Publish, double: Double, releases: Releases) -> None:
    ran = publish(releases.first, "--dry-run", "--private", "--format", "json")
    assert ran.code == 0
    assert "would create the dataset, private: only those see it whom you let in" in ran.err
    assert "would tag it v1.0.0" in ran.err
    assert done(ran)["sent"] == release_files(releases.first)
    assert double.routes() == ["info"]


def test_only_changed_files_are_sent_and_stale_ones_deleted(
    publish: Publish, double: Double, releases: Releases
) -> None:
    publish(releases.other)
    double.forget()
    ran = publish(releases.next, "--format", "json")
    old, new, told = content(releases.other), content(releases.next), done(ran)
    changed = sorted(path for path in new if old.get(path) != new[path])
    assert told["sent"] == changed
    assert told["deleted"] == sorted(old.keys() - new.keys())
    assert on_main(double) == new
    assert double.routes().count("lfs-put") == len([path for path in changed if path.endswith(".parquet")])
    assert len(changed) < len(new)


def test_a_tag_with_other_content_is_refused_and_what_differs_is_said(
    publish: Publish, double: Double, releases: Releases
) -> None:
    publish(releases.first)
    double.forget()
    ran = publish(releases.other)
    assert ran.code == 2
    assert "v1.0.0 stands there with other content: other bytes in DATASHEET.md, README.md," in ran.err
    assert "; only in this release data/people/train-00000-of-00001.parquet: a tag" in ran.err
    assert "raise the version" in ran.err
    assert not WRITING & set(double.routes())


def test_a_dataset_is_created_private_if_asked(publish: Publish, double: Double, releases: Releases) -> None:
    assert publish(releases.first, "--private").code == 0
    assert double.repositories[REPO].private


def test_a_dataset_is_as_its_organisation_wants_it_if_nothing_is_asked_and_that_is_told(
    publish: Publish, double: Double, releases: Releases
) -> None:
    double.visibility = "private"
    assert "created, private" in publish(releases.first).err
    assert double.repositories[REPO].private


def test_a_public_dataset_is_not_taken_for_the_private_one_that_was_asked_for(
    publish: Publish, double: Double, releases: Releases
) -> None:
    double.repositories[REPO] = Repository(REPO)
    ran = publish(releases.first, "--private")
    assert ran.code == 2
    assert "is public: make it private in its settings" in ran.err


def test_a_pull_request_is_proposed_once_and_tagged_when_it_is_merged(
    publish: Publish, double: Double, releases: Releases
) -> None:
    publish(releases.first)
    repository = double.repositories[REPO]
    before = repository.refs["refs/heads/main"]
    proposed = publish(releases.next, "--create-pr", "--format", "json")
    again = publish(releases.next, "--create-pr")
    assert (done(proposed)["state"], done(proposed)["tag"]) == ("proposed", None)
    assert (proposed.code, again.code, len(repository.pulls)) == (0, 0, 1)
    assert "merge it, then run the same command again" in proposed.err
    assert f"{double.url}/datasets/{REPO}/discussions/1 proposes it already" in again.err
    assert (repository.refs["refs/heads/main"], "refs/tags/v2.0.0" in repository.refs) == (before, False)

    repository.merge(1)
    assert done(publish(releases.next, "--create-pr", "--format", "json"))["state"] == "published"
    assert repository.refs["refs/tags/v2.0.0"] == repository.refs["refs/pr/1"]
    assert on_main(double) == content(releases.next)


def test_a_pull_request_needs_a_dataset(publish: Publish, double: Double, releases: Releases) -> None:
    ran = publish(releases.first, "--create-pr")
    assert ran.code == 2
    assert "no such dataset, and a pull request needs one" in ran.err
    assert double.repositories == {}


def test_a_card_that_was_edited_on_the_hub_is_replaced_with_a_warning(
    publish: Publish, double: Double, releases: Releases
) -> None:
    publish(releases.first)
    repository = double.repositories[REPO]
    repository.edit("README.md", repository.files["README.md"].data + b"\nAn edit.\n")
    assert "nothing to send" in publish(releases.first).err
    ran = publish(releases.next)
    assert "warning: README.md was edited there since v1.0.0" in ran.err
    assert on_main(double) == content(releases.next)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train.csv": b"a,b\n"}, "holds what no build has made (train.csv)"),
        ({"schema/dataset.json": b'{"project": {"name": "other"}}'}, "holds the dataset 'other', not 'tiny-library'"),
        ({"schema/dataset.json": b"[" * 100_000}, "holds the dataset 'None', not 'tiny-library'"),
        ({"schema/dataset.json": b"[]"}, "holds the dataset 'None', not 'tiny-library'"),
        (
            {"schema/dataset.json": b'{"project": {"name": "tiny-library", "version": "1.10.0"}}'},
            "holds 1.10.0, which is later than 1.0.0: raise the version",
        ),
    ],
)
def test_what_stands_there_and_is_no_earlier_release_is_not_overwritten(
    files: dict[str, bytes], message: str, publish: Publish, double: Double, releases: Releases
) -> None:
    double.repositories[REPO] = Repository(REPO)
    for path, data in files.items():
        double.repositories[REPO].edit(path, data)
    ran = publish(releases.first)
    assert ran.code == 2
    assert message in ran.err
    assert on_main(double) == files


def test_a_fresh_dataset_with_a_card_that_was_made_on_the_web_is_taken(
    publish: Publish, double: Double, releases: Releases
) -> None:
    double.repositories[REPO] = Repository(REPO)
    double.repositories[REPO].edit("README.md", b"---\nlicense: mit\n---\n")
    assert publish(releases.first).code == 0
    assert on_main(double) == content(releases.first)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "log in with `hf auth login`"),
        ("hf_nobody", "the Hub doesn't know who asks"),
        (READER, "use one with the right to write"),
    ],
)
def test_without_the_right_token_nothing_is_done_and_the_way_to_one_is_said(
    token: str, message: str, publish: Publish, double: Double, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    ran = publish(releases.first)
    assert ran.code == 2
    assert message in ran.err
    assert double.repositories == {}


def test_an_unsound_release_is_not_published(
    publish: Publish, double: Double, releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(folder: Path, *, full: bool, workers: int) -> Verification:
        assert full
        return verify_release(folder, full=False, workers=workers)

    monkeypatch.setattr(publishing, "verify_release", quick)
    folder = shutil.copytree(releases.first, tmp_path / "release")
    (folder / "data/extra.parquet").write_bytes(b"PAR1")
    ran = publish(folder)
    assert ran.code == 1
    assert "data/extra.parquet" in ran.err
    assert double.log == []


def test_a_card_that_the_hub_refuses_is_told_before_anything_is_sent(
    publish: Publish, double: Double, releases: Releases, tmp_path: Path
) -> None:
    folder = shutil.copytree(releases.first, tmp_path / "release")
    card = (folder / "README.md").read_text("utf-8")
    (folder / "README.md").write_text(card.replace("license: cc0-1.0", "license: mine"), "utf-8")
    ran = publish(folder)
    assert ran.code == 2
    assert 'Invalid metadata in README.md. - "license" must be one of' in ran.err
    assert on_main(double) == {}
    assert "preupload" not in double.routes()


def test_what_the_hub_warns_of_in_a_card_is_told(publish: Publish, releases: Releases, tmp_path: Path) -> None:
    folder = shutil.copytree(releases.first, tmp_path / "release")
    card = (folder / "README.md").read_text("utf-8")
    (folder / "README.md").write_text(card.replace("license:", "task_categories: [juggling]\nlicense:", 1), "utf-8")
    ran = publish(folder)
    assert ran.code == 0
    assert 'warning: Warnings while validating metadata in README.md: - The task_categories "juggling"' in ran.err


def test_after_history_was_folded_away_for_a_withdrawal_the_tag_is_set_anew(
    publish: Publish, double: Double, releases: Releases
) -> None:
    publish(releases.first)
    publish(releases.next)
    repository = double.repositories[REPO]
    repository.squash()
    double.forget()
    assert publish(releases.next).code == 0
    assert WRITING & set(double.routes()) == {"tag"}
    assert [commit.title for commit in repository.history("v2.0.0")] == ["Squash"]
    assert on_main(double) == content(releases.next)


@pytest.mark.parametrize("name", ["tiny-library", "org/har bour", "a/b/c", "../x", "org/name@v1"])
def test_a_name_that_no_dataset_can_have_is_refused(name: str, cli: CommandLine, releases: Releases) -> None:
    ran = cli("publish", releases.first, "--repo-id", name, "--incomplete")
    assert ran.code == 2
    assert "give ORG/NAME" in ran.err


def test_a_record_that_the_hub_has_withdrawn_is_not_published_again(
    publish: Publish, double: Double, project: Path, cli: CommandLine
) -> None:
    configuration = project / "pyproject.toml"
    plain = configuration.read_text("utf-8")
    listed = plain.replace(
        "\n[tool.dataset-packager.tables.books]", 'withdrawn = "w.jsonl"\n[tool.dataset-packager.tables.books]'
    )
    configuration.write_text(listed, "utf-8")
    first = json.loads((project / "data/authors/authors.jsonl").read_text("utf-8").splitlines()[0])["author_id"]
    (project / "w.jsonl").write_text("", "utf-8")
    assert cli("withdraw", "authors", "nobody", "--reason", "of the test", "--project", project).code == 0
    assert cli("--project", project, "--out", project / "dist").code == 0
    assert publish(project / "dist/tiny-library", "--incomplete").code == 0
    assert cli("withdraw", "authors", str(first), "--reason", "of the test", "--project", project).code == 0
    repository = double.repositories[REPO]
    repository.edit("withdrawn.jsonl", (project / "w.jsonl").read_bytes())
    configuration.write_text(plain.replace('"1.0.0"', '"1.1.0"'), "utf-8")
    assert cli("--project", project, "--out", project / "dist").code == 0
    double.forget()
    ran = publish(project / "dist/tiny-library", "--incomplete")
    assert ran.code == 1
    assert f"1 rows are of records that {REPO} has withdrawn" in ran.err
    assert not WRITING & set(double.routes())
