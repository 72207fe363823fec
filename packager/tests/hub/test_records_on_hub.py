"""Records that lie in a dataset on the Hub: built from there, they give the rows that a local copy of them gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from conftest import ran_well
from huggingface_hub import HfFileSystem

from .conftest import REPO
from .double.store import MAIN, Repository, large, regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import CommandLine

    from .double import Double

URL = f"hf://datasets/{REPO}@v1.0.0/data/authors"
LOCAL = "data/authors"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Let no test meet what another one's double has told."""
    HfFileSystem.clear_instance_cache()
    yield
    HfFileSystem.clear_instance_cache()


@pytest.fixture
def repository(double: Double, here: list[float], project: Path) -> Repository:  # noqa: ARG001
    """A dataset with the project's authors at the tag v1.0.0, one file of them large, and others at main."""
    found = double.repositories[REPO] = Repository(REPO)
    lines = (project / LOCAL / "authors.jsonl").read_bytes().splitlines(keepends=True)
    files = {"data/authors/a.jsonl": regular(lines[0]), "data/authors/b.jsonl": large(b"".join(lines[1:]))}
    found.objects |= {blob.sha256: blob.data for blob in files.values() if blob.sha256}
    found.refs["refs/tags/v1.0.0"] = found.commit(MAIN, "records", "", found.files | files)
    found.edit("data/authors/a.jsonl", b"not a record\n")
    for name, blob in files.items():
        (project / name).write_bytes(blob.data)
    (project / LOCAL / "authors.jsonl").unlink()
    double.forget()
    return found


def point(project: Path, url: str) -> None:
    """Let the authors be read from a URL."""
    configuration = project / "pyproject.toml"
    text = configuration.read_text("utf-8")
    assert f'"{LOCAL}/*.jsonl"' in text
    configuration.write_text(text.replace(f'"{LOCAL}/*.jsonl"', f'"{url}"'), "utf-8")


def rows(release: Path) -> list[dict[str, Any]]:
    """Return the authors, with the names of the files that they come from made local."""
    found = [row for path in sorted((release / LOCAL).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    return json.loads(json.dumps(found, default=str).replace(URL, LOCAL))  # type: ignore[no-any-return]


@pytest.mark.usefixtures("repository")
def test_records_of_a_revision_on_the_hub_give_the_rows_of_a_local_copy(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    ran_well(cli("--project", project, "--out", tmp_path / "local", "--workers", "1"))
    point(project, f"{URL}/*.jsonl")
    ran_well(cli("--project", project, "--out", tmp_path / "far", "--workers", "1"))
    local, far = (tmp_path / name / "tiny-library" for name in ("local", "far"))
    assert rows(far) == rows(local) != []
    assert "The rows are the same" in cli("diff", local, far).out


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("hf://datasets/org/nowhere@v1.0.0/data/*.jsonl", "repository not found"),
        (f"hf://datasets/{REPO}@v9.9.9/data/authors/*.jsonl", "revision not found"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_what_is_not_on_the_hub_is_named(
    url: str, message: str, project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    point(project, url)
    ran = cli("--project", project, "--out", tmp_path / "far", "--workers", "1")
    assert ran.code == 3
    assert f"error: {url}: " in ran.err
    assert message in ran.err


@pytest.mark.parametrize(
    ("route", "status", "message"),
    [
        ("tree", 403, "403 Forbidden"),
        ("resolve", None, "Server disconnected"),
        ("lfs-get", None, "Server disconnected"),
        ("lfs-get", 500, "500 Internal Server Error"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_hub_that_fails_is_a_failure_of_the_environment(
    route: str, status: int | None, message: str, double: Double, project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    point(project, f"{URL}/*.jsonl")
    double.fail(route, status, times=50)
    ran = cli("--project", project, "--out", tmp_path / "far", "--workers", "1")
    assert ran.code == 3
    assert ran.err.startswith(f"authors: reads {URL}/*.jsonl with this machine's access")
    told = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1, "one line for one failure"
    assert told[0].startswith(f"error: {URL}/")
    assert message in told[0]
    assert told[0].endswith(": check credentials, address and network; then run the same command again")
