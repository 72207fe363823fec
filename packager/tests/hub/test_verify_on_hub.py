"""``verify`` of a dataset on the Hub: what it takes for one, what it compares, and what it says where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dataset_packager.hub import parse_address
from dataset_packager.hub import verify as verified
from dataset_packager.verify import verify_release

from .conftest import REPO
from .double.server import READER
from .double.store import MAIN, Blob, Repository, regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CommandLine, Ran

    from dataset_packager.verify import Verification

    from .conftest import Publish, Releases
    from .double import Double


@pytest.fixture
def verify(
    publish: Publish, releases: Releases, monkeypatch: pytest.MonkeyPatch, cli: CommandLine
) -> Callable[..., Ran]:
    """The command ``verify``, with the quick checks only, where a release has been published."""

    def quick(folder: Path, *, full: bool, workers: int) -> Verification:
        assert full
        return verify_release(folder, full=False, workers=workers)

    assert publish(releases.first).code == 0
    monkeypatch.setattr(verified, "verify_release", quick)
    return lambda *words: cli("verify", *words)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("org/name", "org/name@main"),
        ("org/name@v1.0.0", "org/name@v1.0.0"),
        ("hf://datasets/org/name@v1.0.0", "org/name@v1.0.0"),
        ("org/na.me-2_x@refs/pr/1", "org/na.me-2_x@refs/pr/1"),
        ("name", "None"),
        ("dist/a/b", "None"),
        ("../release", "None"),
        ("org/name@", "None"),
        ("org/na me", "None"),
        ("org/.name", "None"),
    ],
)
def test_addresses_are_told_from_paths(text: str, address: str) -> None:
    assert str(parse_address(text)) == address


@pytest.mark.parametrize("address", [REPO, f"{REPO}@v1.0.0", f"hf://datasets/{REPO}@v1.0.0"])
def test_a_release_on_the_hub_is_proven_like_a_folder(address: str, verify: Callable[..., Ran]) -> None:
    ran = verify(address, "--format", "json")
    proofs = {proof["check"]: proof for proof in map(json.loads, ran.out.splitlines())}
    assert ran.code == 0
    assert list(proofs) == ["hub", "files", "provenance", "footers", "card"]
    assert proofs["files"]["proven"] > proofs["hub"]["proven"] > 10


def test_a_card_whose_code_loads_another_dataset_is_unsound_there(verify: Callable[..., Ran], double: Double) -> None:
    repository = double.repositories[REPO]
    card = repository.files["README.md"].data
    assert REPO.encode() in card
    repository.edit("README.md", card.replace(REPO.encode(), b"org/other"))
    ran = verify(f"{REPO}@main")
    assert ran.code == 1
    assert f"hub: README.md: its code loads org/other, and it stands at {REPO}" in ran.out


def test_a_folder_of_that_name_comes_first(
    verify: Callable[..., Ran], double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / REPO).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    double.forget()
    ran = verify(REPO)
    assert ran.code == 2
    assert f"{REPO}: no release: schema/dataset.json is missing" in ran.err
    assert double.log == []


def test_a_folder_that_is_missing_from_one_that_is_there_is_not_looked_for_on_the_hub(
    verify: Callable[..., Ran], double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dist").mkdir()
    monkeypatch.chdir(tmp_path)
    double.forget()
    for name in ("dist/missing", "missing", str(tmp_path / "missing")):
        assert verify(name).code == 2
    assert double.log == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("org/other", "no such dataset on the Hub, or a private one that this token doesn't open"),
        (f"{REPO}@v9.9.9", "no such revision"),
        ("dist/nothing/here", "no release"),
    ],
)
def test_where_there_is_none_it_says_so(address: str, message: str, verify: Callable[..., Ran]) -> None:
    ran = verify(address)
    assert ran.code == 2
    assert message in ran.err


def test_a_repository_that_is_no_release_is_called_so(verify: Callable[..., Ran], double: Double) -> None:
    double.repositories["org/other"] = Repository("org/other")
    ran = verify("org/other")
    assert ran.code == 2
    assert "org/other@main: no release: schema/dataset.json is missing" in ran.err


def test_a_gated_release_says_where_to_ask_for_access(
    verify: Callable[..., Ran], double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.repositories[REPO].gated = True
    monkeypatch.setenv("HF_TOKEN", READER)
    ran = verify(REPO)
    assert ran.code == 2
    assert "access is by request: ask for it on the dataset's page" in ran.err


def test_a_tag_that_stands_at_another_version_is_wrong(verify: Callable[..., Ran], double: Double) -> None:
    repository = double.repositories[REPO]
    repository.refs["refs/tags/v1.1.0"] = repository.refs[MAIN]
    ran = verify(f"{REPO}@v1.1.0")
    assert ran.code == 1
    assert "hub: schema/dataset.json: is version 1.0.0, but stands at v1.1.0" in ran.out


def test_bytes_that_are_not_those_which_the_hub_lists_are_wrong(verify: Callable[..., Ran], double: Double) -> None:
    objects = double.repositories[REPO].objects
    objects |= {sha256: data[:-1] + b"?" for sha256, data in objects.items()}
    ran = verify(f"{REPO}@v1.0.0")
    assert ran.code == 1
    assert "hub: data/authors/train-00000-of-00001.parquet: is not what the Hub lists" in ran.out


def test_an_edited_card_and_hidden_files_leave_the_release_sound_and_another_file_does_not(
    verify: Callable[..., Ran], double: Double
) -> None:
    repository = double.repositories[REPO]
    repository.edit("README.md", repository.files["README.md"].data + b"\nAn edit.\n")
    repository.edit(".github/notes.md", b"hidden")
    assert verify(REPO).code == 0
    repository.edit("notes.md", b"not hidden")
    ran = verify(REPO)
    assert ran.code == 1
    assert "files: notes.md: nobody names this file" in ran.out


@pytest.mark.parametrize("path", ["../outside.txt", "data/../../outside.txt", "/outside.txt"])
def test_a_file_that_leads_out_of_the_folder_is_not_fetched(
    path: str, verify: Callable[..., Ran], double: Double
) -> None:
    repository = double.repositories[REPO]
    files: dict[str, Blob] = repository.files | {path: regular(b"outside")}
    repository.commit(MAIN, "hostile", "", files)
    ran = verify(REPO)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.err
    assert "outside.txt" in ran.out + ran.err
