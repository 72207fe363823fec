"""To the Hub and back with whole commands, each in a process and with caches of its own, as people run them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from conftest import COMMAND, PACKAGER, Ran, ran_well
from harbour import NAME, Project

from dataset_packager.release.folder_digest import release_files

from .double import Double
from .double.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = f"org/{NAME}"
COMMAND = COMMAND
PUBLISH_QUICKLY = """
import sys
from dataset_packager.cli import main
from dataset_packager.hub import load_back, publishing
from dataset_packager.verify import Verification
publishing.verify_release = lambda *_, **__: Verification([])
load_back.compare_loaded = lambda *_: iter(())
sys.exit(main(["publish", "--incomplete", *sys.argv[1:]]))
"""
QUICKLY: list[str | Path] = ["-c", PUBLISH_QUICKLY]  # without the steps that the first publication shows
CONFIGS = ("calls", "ships", "notes", "visits")
LOAD = """
import json, sys
from datasets import load_dataset
from huggingface_hub import HfFileSystem
import duckdb, pandas, pyarrow.dataset

repo, told = sys.argv[1], {}
told["default"] = load_dataset(repo)["train"].num_rows
for config in ("calls", "ships", "notes", "visits"):
    told[config] = {split: rows.to_list() for split, rows in load_dataset(repo, config, revision="v1.0.0").items()}
    stream = load_dataset(repo, config, revision="v1.0.0", streaming=True)
    told[config + " streamed"] = {split: list(rows) for split, rows in stream.items()}
ships = f"hf://datasets/{repo}@v1.0.0/data/ships/train-00000-of-00001.parquet"
told["pandas"] = pandas.read_parquet(ships).to_dict("records")
told["size"] = HfFileSystem(skip_instance_cache=True).info(ships, expand_info=True)["size"]
relation = pyarrow.dataset.dataset(ships.removeprefix("hf://"), filesystem=HfFileSystem())
told["duckdb"] = [name for name, in duckdb.sql("SELECT name FROM relation ORDER BY imo").fetchall()]
print(json.dumps(told))
"""
AGAIN = """
import json, sys
from datasets import load_dataset
for revision in (None, "v2.0.0", "v1.0.0"):
    rows = load_dataset(sys.argv[1], "ships", revision=revision, split="train")
    print(json.dumps([revision, rows["name"][3]]))
"""


@dataclass
class Trip:
    """What was published and what came back."""

    double: Double
    first: Path
    second: Path
    runs: dict[str, Ran]
    loaded: dict[str, Any]


def run(environment: dict[str, str], *words: str | Path) -> Ran:
    """Run Python in a process of its own."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=os.environ | environment, cwd=PACKAGER, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def killed(double: Double, words: list[str | Path], environment: dict[str, str]) -> int:
    """Run Python in a process that is killed at the moment at which its commit arrives; return its exit code."""
    command = [sys.executable, *map(str, words)]
    with subprocess.Popen(command, env=os.environ | environment, cwd=PACKAGER, stderr=subprocess.DEVNULL) as process:
        double.fail("commit", None, then=process.kill)
        return process.wait(120)


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trip]:
    """Publish, after a first attempt was killed; load; publish the next version; load again in the same cache; verify.

    The double stays, with the log of all that was asked.
    """
    folder = tmp_path_factory.mktemp("trip")
    project = Project(folder / "project")
    first = project.build(folder / "dist")
    project.configure('version = "1.0.0"', 'version = "2.0.0"')
    project.records["ships"][3]["name"] = "Ship of Theseus"
    second = project.build(folder / "dist")
    with Double() as double:
        environment = double.environment(str(folder / "publisher"))
        readers = double.environment(str(folder / "reader"), token=None)
        assert killed(double, [*QUICKLY, first, "--repo-id", REPO], environment) == -signal.SIGKILL
        before = [commit.title for commit in double.repositories[REPO].history("main")]
        runs = {
            "first": run(environment, COMMAND, "publish", first, "--incomplete", "--repo-id", REPO, "--workers", "1")
        }
        loaded = json.loads(ran_well(run(readers, "-c", LOAD, REPO)).out)
        begin = len(double.log)
        runs["second"] = run(environment, *QUICKLY, second, "--repo-id", REPO, "--format", "json")
        loaded |= {"before": before, "sent": double.routes()[begin:]}
        runs["again"] = ran_well(run(readers, "-c", AGAIN, REPO))
        runs["verify"] = run(readers, COMMAND, "verify", f"{REPO}@v1.0.0", "--format", "json", "--workers", "1")
        yield Trip(double, first, second, runs, loaded)


def rows(folder: Path, config: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a config as its shards hold them, by split."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in release_files(folder):
        if path.startswith(f"data/{config}/"):
            found.setdefault(Path(path).name.split("-")[0], []).extend(pq.read_table(folder / path).to_pylist())
    return found


def test_a_publication_that_was_killed_is_finished_by_the_same_command(trip: Trip) -> None:
    assert trip.loaded["before"] == ["initial commit"]
    ran = ran_well(trip.runs["first"])
    assert [commit.title for commit in trip.double.repositories[REPO].history("v1.0.0")][:1] == ["Release 1.0.0"]
    assert f"{REPO}: loaded back by v1.0.0: {len(release_files(trip.first))} files have the same SHA-256" in ran.err
    assert "118 rows load with datasets" in ran.err


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_loads_by_tag_and_as_a_stream_with_the_rows_of_its_shards(trip: Trip, config: str) -> None:
    assert trip.loaded[config] == rows(trip.first, config)
    assert trip.loaded[f"{config} streamed"] == rows(trip.first, config)


def test_the_name_alone_loads_the_default_config(trip: Trip) -> None:
    assert trip.loaded["default"] == len(rows(trip.first, "calls")["train"])


def test_pandas_and_duckdb_read_the_files_where_they_stand(trip: Trip) -> None:
    ships = rows(trip.first, "ships")["train"]
    assert trip.loaded["pandas"] == ships
    assert trip.loaded["duckdb"] == [ship["name"] for ship in ships]
    assert trip.loaded["size"] == (trip.first / "data/ships/train-00000-of-00001.parquet").stat().st_size
    assert any(one.range and one.status == 206 for one in trip.double.log)


def test_with_one_record_changed_only_the_files_that_changed_are_sent(trip: Trip) -> None:
    done = json.loads(ran_well(trip.runs["second"]).out)
    shards = [path for path in done["sent"] if path.startswith("data/")]
    assert [Path(path).parts[1] for path in shards] == ["ships", "visits"]  # a view's footer names what it is made from
    assert trip.loaded["sent"].count("lfs-put") == 2
    assert done["deleted"] == []
    for path in done["sent"]:
        assert (trip.first / path).read_bytes() != (trip.second / path).read_bytes()


def test_main_follows_and_the_tag_stays_in_the_same_cache(trip: Trip) -> None:
    told = [json.loads(line) for line in trip.runs["again"].out.splitlines()]
    assert told == [[None, "Ship of Theseus"], ["v2.0.0", "Ship of Theseus"], ["v1.0.0", "Ship 3"]]


def test_verifying_a_tag_proves_what_it_proves_of_a_folder(trip: Trip) -> None:
    proofs = {proof["check"]: proof for proof in map(json.loads, ran_well(trip.runs["verify"]).out.splitlines())}
    assert {"hub", "files", "records", "views", "loading"} <= proofs.keys()
    assert proofs["hub"]["proven"] == len(release_files(trip.first)) + 2
    assert proofs["loading"]["proven"] == 118
    assert sum(proof["wrong"] for proof in proofs.values()) == 0


def test_the_installed_clients_ask_nothing_that_the_double_does_not_know(trip: Trip) -> None:
    assert trip.double.unknown == []


def test_what_the_double_is_documented_to_know_is_what_it_knows_and_what_is_asked(trip: Trip) -> None:
    text = (Path(__file__).parent / "double/README.md").read_text("utf-8")
    listed = [line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")]
    assert listed == [route.shown() for route in ROUTES]
    only_elsewhere = {"discussions", "branch", "unbranch"}  # asked for with --create-pr, and of large releases
    assert {route.name for route in ROUTES} - only_elsewhere == set(trip.double.routes())
