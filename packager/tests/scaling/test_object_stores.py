"""Records and releases behind URLs: the same rows and bytes, whole or not at all, whoever else is writing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.release.destinations import fetch_release, objects
from dataset_packager.release.destinations.objects import LATEST, ObjectStore
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.shards import chunk_objects
from dataset_packager.stores.objects import Prefix, filesystem

from .conftest import CREDENTIALS, HERE, NAME, Load, Site, make_project, record_lines
from .network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "s3://bucket/dist"


@pytest.fixture(scope="module")
def s3() -> Iterator[None]:
    """An S3 that this process uses, too."""
    pytest.importorskip("moto", reason="moto isn't installed: pip install '.[dev]'")
    s3fs = pytest.importorskip("s3fs", reason="s3fs isn't installed: pip install '.[s3]'")
    with (
        subprocess.Popen(
            [sys.executable, HERE / "s3.py", "127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        assert process.stdout
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{process.stdout.readline().strip()}")
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield
        s3fs.S3FileSystem.clear_instance_cache()
        process.kill()


def put(url: str, data: bytes) -> None:
    filesystem(url).pipe_file(url, data)


@pytest.mark.parametrize("scheme", ["memory", "s3"])
def test_records_and_releases_lie_behind_urls(scheme: str, s3: None, tmp_path: Path, cli: CommandLine) -> None:  # noqa: ARG001
    root = f"{scheme}://bucket/{scheme}"
    for number in range(2):
        put(f"{root}/records/part-{number}.jsonl", record_lines(number, 1))
    project = make_project(tmp_path / "project", f"{root}/records/*.jsonl")
    ran_well(cli("--project", project, "--out", tmp_path / "out", "--workers", "1"))
    ran = ran_well(cli("--project", project, "--out", f"{root}/dist", "--workers", "1"))
    assert f"{root}/dist/{NAME} in" in ran.err

    fetch_release(f"{root}/dist/{NAME}", tmp_path / "fetched")
    assert folder_digest(tmp_path / "fetched") == folder_digest(tmp_path / "out" / NAME)
    if scheme == "s3":
        assert re.search(
            "^records +2 ", ran_well(cli("verify", f"{root}/dist/{NAME}", "--workers", "1")).out, re.MULTILINE
        )
    assert "The same rows" in ran_well(cli("diff", f"{root}/dist/{NAME}", tmp_path / "out" / NAME)).out

    put(f"{root}/records/part-2.jsonl", b'{"id": 99, "what": "more"}\n')
    ran = ran_well(cli("--project", project, "--out", f"{root}/dist", "--workers", "1"))
    assert ran.err.startswith(
        f"seen: reads {root}/records/*.jsonl with this machine's access, as pyproject.toml asks for"
    )
    assert "warning: version 1.0.0 follows 1.0.0, but the difference is minor (seen: 1 row added)" in ran.err
    ran = cli("diff", tmp_path / "out" / NAME, f"{root}/dist/{NAME}")
    assert ran.code == 1
    assert "`seen`: 1 row: `99`" in ran.out


def test_a_file_url_is_a_folder(tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/a.jsonl").write_bytes(record_lines(0, 5))
    project = make_project(tmp_path / "project", f"file://{tmp_path}/records/*.jsonl")
    ran_well(cli("--project", project, "--out", f"file://{tmp_path}/out", "--workers", "1"))
    ran_well(cli("verify", f"file://{tmp_path}/out/{NAME}", "--workers", "1"))
    assert (tmp_path / "out" / NAME).is_symlink()


def test_of_two_builds_at_once_one_is_current_and_both_releases_are_whole(
    s3: None,  # noqa: ARG001
    tmp_path: Path,
    load: Load,
) -> None:
    (tmp_path / "signals").mkdir()
    site, url = Site(Network(), tmp_path, load), "s3://bucket/two"
    for number, lines in enumerate(load.files()):
        put(f"{url}/records/part-{number:03}.jsonl", lines)
    projects = [load.make_project(tmp_path / name, f"{url}/records/*.jsonl") for name in ("one", "other")]
    configuration = projects[1] / "pyproject.toml"
    configuration.write_text(configuration.read_text("utf-8").replace('"1.0.0"', '"1.1.0"'), "utf-8")
    with closing(site):
        building = [site.start(0, HERE / "publisher.py", project, f"{url}/dist") for project in projects]
        ran = [site.ended(process) for process in building]
    winner = [each.code for each in ran].index(0)
    assert ran[1 - winner].code == 3
    assert "another build's release became current while this one was made" in ran[1 - winner].err

    home = Prefix(f"{url}/dist/{NAME}")
    names = [name.removesuffix(".json") for name in home.within("releases").names() if "/" not in name]
    assert [name.partition("-")[0] for name in names] == ["1.0.0", "1.1.0"]
    assert json.loads(home.read(LATEST) or b"")["release"] == names[winner]
    for name in names:
        fetch_release(f"{home.url}/releases/{name}", tmp_path / name)
        assert folder_digest(tmp_path / name)[:12] == name.partition("-")[2]


def test_of_two_publishers_one_wins_and_both_releases_are_whole(s3: None, tmp_path: Path) -> None:  # noqa: ARG001
    for round_ in range(3):
        url = f"s3://bucket/contest-{round_}"
        with ExitStack() as stack:
            sides = []
            for name in ("one", "other"):
                release = tmp_path / f"{round_}" / name
                release.mkdir(parents=True)
                (release / "rows.txt").write_text(name * 1000, "utf-8")
                (rejected := release.with_suffix(".jsonl")).touch()
                store = ObjectStore(url, NAME)
                stack.enter_context(store.staging())
                sides.append((store, release, rejected))
            with ThreadPoolExecutor(2) as pool:
                outcomes = list(pool.map(appears, sides))
        assert sorted(outcomes) == ["", "another build's release became current"]
        winner = sides[outcomes.index("")][1]
        fetch_release(f"{url}/{NAME}", tmp_path / f"{round_}/fetched")
        assert folder_digest(tmp_path / f"{round_}/fetched") == folder_digest(winner)
        for _, release, _ in sides:
            address = f"{url}/{NAME}/releases/1.0.0-{folder_digest(release)[:12]}"
            fetch_release(address, tmp_path / f"{round_}/{release.name}-fetched")


def appears(side: tuple[ObjectStore, Path, Path]) -> str:
    store, release, rejected = side
    try:
        store.appear(release, "1.0.0", rejected, [])
    except EnvironmentFailure as failure:
        return "another build's release became current" if "became current" in str(failure) else str(failure)
    return ""


def test_an_object_is_created_once_and_replaced_only_as_it_was_known(s3: None) -> None:  # noqa: ARG001
    prefix = Prefix("s3://bucket/once")
    assert prefix.create("a", b"one")
    assert prefix.create("a", b"one"), "the same bytes, sent twice"
    assert not prefix.create("a", b"other")
    tag = prefix.tag("a")
    assert prefix.replace("a", b"two", tag)
    assert not prefix.replace("a", b"three", tag)
    assert prefix.read("a") == b"two"


def test_uploads_that_nobody_finished_are_ended(s3: None) -> None:  # noqa: ARG001
    store: Any = filesystem(URL)
    for key in ("sweep/log/part", "elsewhere/part"):
        store.call_s3("create_multipart_upload", Bucket="bucket", Key=key)
    prefix = Prefix("s3://bucket/sweep")
    assert prefix.abort_uploads(datetime(2001, 1, 1, tzinfo=UTC)) == 0  # in moto all begin in 2010
    assert prefix.abort_uploads(datetime.now(UTC)) == 1
    left = store.call_s3("list_multipart_uploads", Bucket="bucket")["Uploads"]
    assert [upload["Key"] for upload in left] == ["elsewhere/part"]


LEFT = f"releases/1.0.0-{'b' * 12}"
OLD = (f"{LEFT}/rows.txt", f"{LEFT}.rejected.jsonl", f"chunks/{'c' * 32}/result.json")
OTHERS = ("chunks/mine/notes.txt", "releases/mine/notes.txt", "releases/drafts-of-march/a.txt", "chunks/notes.txt")


def abandoned_after(time: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (objects, chunk_objects):
        monkeypatch.setattr(module, "ABANDONED", time)


def test_what_has_been_left_alone_for_long_goes_if_no_release_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned_after(timedelta(minutes=-1), monkeypatch)
    store = ObjectStore("memory://sweep", NAME)
    kept = [
        "LATEST.json",
        "notes.txt",
        *OTHERS,
        *(f"releases/1.0.0-{'a' * 12}{end}" for end in (".json", ".rejected.jsonl", "/rows.txt")),
    ]
    for name in (*kept, *OLD):
        put(f"{store.home.url}/{name}", b"{}")
    store.sweep([])
    assert sorted(store.home.names()) == sorted(kept)


def test_nothing_is_removed_where_no_release_says_that_a_build_works_there(monkeypatch: pytest.MonkeyPatch) -> None:
    abandoned_after(timedelta(minutes=-1), monkeypatch)
    store = ObjectStore("memory://not-ours", NAME)
    for name in OLD:
        put(f"{store.home.url}/{name}", b"{}")
    store.sweep([])
    assert sorted(store.home.names()) == sorted(OLD)


@pytest.mark.parametrize(("age", "written"), [(-1, b"rows"), (7, b"left")])
def test_what_a_sweep_may_just_be_removing_is_written_anew(
    age: int, written: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned_after(timedelta(days=age), monkeypatch)
    (release := tmp_path / "release").mkdir()
    (release / "rows.txt").write_bytes(b"rows")
    (rejected := tmp_path / "rejected.jsonl").touch()
    store = ObjectStore(f"memory://leftovers-{age}", NAME)
    place = store.home.within(f"releases/1.0.0-{folder_digest(release)[:12]}")
    put(f"{place.url}/rows.txt", b"left")
    with store.staging():
        store.appear(release, "1.0.0", rejected, [])
    assert place.read("rows.txt") == written


def test_a_current_release_that_cannot_be_compared_is_a_warning_only(tmp_path: Path, cli: CommandLine) -> None:
    url = "memory://bucket/uncompared"
    put(f"{url}/records/a.jsonl", record_lines(0, 2))
    project = make_project(tmp_path / "project", f"{url}/records/*.jsonl")
    put(f"{url}/dist/{NAME}/LATEST.json", b'{"release": "1.0.0-lost"}')
    ran = ran_well(cli("--project", project, "--out", f"{url}/dist", "--workers", "1"))
    assert "warning: the former release can't be compared: " in ran.err


def test_a_release_that_lost_its_bytes_is_refused(s3: None, tmp_path: Path, cli: CommandLine) -> None:  # noqa: ARG001
    release = tmp_path / "release"
    release.mkdir()
    (release / "rows.txt").write_text("rows", "utf-8")
    (tmp_path / "rejected").touch()
    store = ObjectStore("s3://bucket/damaged", NAME)
    with store.staging():
        store.appear(release, "1.0.0", tmp_path / "rejected", [])
    name = json.loads(store.home.read(LATEST) or b"")["release"]
    put(f"s3://bucket/damaged/{NAME}/releases/{name}/rows.txt", b"rowz")
    ran = cli("verify", f"s3://bucket/damaged/{NAME}")
    assert ran.code == 1
    assert "not what its list of files says: rows.txt" in ran.err


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ("https://example.org/a.jsonl", "known are s3://, hf://, memory://, file://"),
        ("s3://bucket/a.jsonl::file:///etc/x", "no URL that can be used here"),
        ("zip://a.jsonl", "known are s3://, hf://, memory://, file://"),
    ],
)
def test_other_urls_are_refused(records: str, message: str, tmp_path: Path, cli: CommandLine) -> None:
    ran = cli("--project", make_project(tmp_path / "project", records), "--out", tmp_path / "out")
    assert ran.code == 2
    assert message in ran.err


def test_a_store_whose_package_is_missing_is_named_with_the_line_that_installs_it(
    tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")  # whose attribute of that name hides its module
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    project = make_project(tmp_path / "project", "s3://bucket/records/*.jsonl")
    ran = cli("--project", project, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "pip install 'dataset-packager[s3]'" in ran.err


def test_a_url_without_a_release_is_a_wrong_call(s3: None, cli: CommandLine) -> None:  # noqa: ARG001
    ran = cli("verify", "s3://bucket/nothing")
    assert ran.code == 2
    assert "no release stands there" in ran.err
