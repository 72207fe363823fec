"""A destination and a store of done chunks that somebody adds, as the documentation says, do what others do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import PACKAGER, CommandLine, ran_well
from documents_read import blocks

from dataset_packager.release.destinations import DESTINATIONS, fetch_release
from dataset_packager.release.folder_digest import folder_digest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the Python in the page on extending defines; it is taken back when the test ends."""
    monkeypatch.setitem(DESTINATIONS, "shelf", DESTINATIONS[""])
    page = (PACKAGER / "docs/extending.md").read_text("utf-8")
    [code] = [code for _, code in blocks(page, "python") if "DESTINATIONS[" in code]
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(code, "extending.md", "exec", dont_inherit=True), names)  # noqa: S102 - our own page
    return names


def test_a_destination_that_is_added_holds_the_release_and_the_chunks_that_are_done(
    documented: dict[str, Any], project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    ran_well(cli("--project", project, "--out", tmp_path / "out"))
    ran_well(cli("--project", project, "--out", "shelf://here"))
    [release] = [url for url in documented["SHELVES"] if not ("/chunks/" in url or url.endswith(".rejected"))]
    fetch_release(release, tmp_path / "fetched")
    [link] = [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    assert folder_digest(tmp_path / "fetched") == folder_digest(link)
    ran_well(cli("verify", release))
    assert "The same rows" in ran_well(cli("diff", release, link)).out

    chunks = {url for url in documented["SHELVES"] if "/chunks/" in url}
    with (project / "data/authors/authors.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    ran = ran_well(cli("--project", project, "--out", "shelf://here"))
    assert "1 of 2 chunks are as a former build made them" in ran.err
    left = {url for url in documented["SHELVES"] if "/chunks/" in url}
    assert len(left) == len(chunks) == len(left & chunks) + 1, "what isn't needed any more is swept"


def test_a_url_that_no_destination_is_known_for_is_a_wrong_call(project: Path, cli: CommandLine) -> None:
    ran = cli("--project", project, "--out", "ftp://here")
    assert ran.code == 2
    assert "ftp://here: no release can be there: name a folder, or a URL with file://, s3://, memory://" in ran.err
