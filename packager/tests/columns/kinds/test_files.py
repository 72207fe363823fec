"""Files as columns: embedded untouched, loaded by readers, proven from the folder alone, given back."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import datasets
import pyarrow.parquet as pq
import pytest
from conftest import packaged
from file_samples import png

from dataset_packager.release.release_files import Release
from dataset_packager.shards import linked_files
from dataset_packager.verify import prove
from dataset_packager.verify.rows import check_linked

from .files_project import MANY, files, make, records, sha256

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import CommandLine


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built once."""
    project = make(tmp_path_factory.mktemp("album"))
    packaged(project, project / "out")
    return project


@pytest.fixture
def moved(album: Path, tmp_path: Path) -> Path:
    """Its release, at another place."""
    return shutil.copytree((album / "out/album").resolve(), tmp_path / "moved")


def stored(value: Any) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file in a row that wasn't decoded."""
    if isinstance(value, dict) and set(value) == {"bytes", "path"}:
        yield value["path"], value["bytes"]
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from stored(each)


def undecoded(rows: Any) -> Any:
    """Return a dataset that gives files as they are stored."""
    image, audio, pdf = (kind(decode=False) for kind in (datasets.Image, datasets.Audio, datasets.Pdf))
    features = datasets.Features(rows.features)
    features |= {"image": image, "sound": audio, "paper": pdf, "more": datasets.List(image)}
    features["faces"] = datasets.List({**features["faces"].feature, "crop": image})
    features["sides"] = datasets.List({**features["sides"].feature, "value": image})
    return rows.cast(features)


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_gives_the_very_bytes_and_the_records_paths(moved: Path, tmp_path: Path, streaming: bool) -> None:
    rows = datasets.load_dataset(str(moved), "t", streaming=streaming, cache_dir=str(tmp_path / "cache"))["train"]
    assert rows.features["image"] == datasets.Image()
    assert rows.features["sound"] == datasets.Audio()
    assert rows.features["paper"] == datasets.Pdf()
    assert rows.features["more"] == datasets.List(datasets.Image())
    assert rows.features["faces"].feature["crop"] == datasets.Image()
    assert rows.features["sides"].feature == {"key": datasets.Value("string"), "value": datasets.Image()}
    assert rows.features["any"] == {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}
    known = {sha256(content) for content in files().values()}
    found = [each for row in undecoded(rows) for each in stored(row)]
    paths = [path for path, _ in found if path is not None]
    assert len(paths) == MANY - 1 + 8
    assert {"a.wav", "./b.pdf", "any.bin", "deep/er/ü n.bmp", "pictures/deep/er/ü n.bmp"} <= set(paths)
    assert {sha256(content) for _, content in found if content is not None} == known - {sha256(png(100, 80, 4))}


def test_a_release_with_files_is_proven_and_gives_records_and_files_back(
    moved: Path, tmp_path: Path, cli: CommandLine
) -> None:
    ran = cli("verify", moved)
    assert ran.code == 0, ran.out + ran.err
    count = len(files()) - 1  # the picture of row 4 isn't named
    assert [line.split() for line in ran.out.splitlines() if line.startswith("linked")] == [
        ["linked", "files", str(count), "-"]
    ]
    ran = cli("export", moved, "t", "--files", tmp_path / "back")
    assert [json.loads(line) for line in ran.out.splitlines()] == records()
    back = {path.relative_to(tmp_path / "back").as_posix(): path for path in (tmp_path / "back").rglob("*.*")}
    assert back.keys() == files().keys() - {"media/pictures/04.png"}
    assert all(path.read_bytes() == files()[name] for name, path in back.items())
    assert cli("export", moved, "t", "--files", tmp_path / "back").code == 0
    back["any.bin"].write_bytes(b"mine")
    assert cli("export", moved, "t", "--files", tmp_path / "back").code == 2
    assert back["any.bin"].read_bytes() == b"mine"
    back["any.bin"].unlink()
    shutil.rmtree(tmp_path / "back/media")
    (tmp_path / "back/media").symlink_to(tmp_path)
    ran = cli("export", moved, "t", "--files", tmp_path / "back")
    assert (ran.code, "a link leads out" in ran.err) == (2, True)
    assert not (tmp_path / "pictures").exists()


def test_the_provenance_names_each_file_and_verifying_holds_the_bytes_against_it(moved: Path, tmp_path: Path) -> None:
    path = moved / "provenance.intoto.json"
    statement = json.loads(path.read_text("utf-8"))
    named = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    told = {each["name"]: each["digest"]["sha256"] for each in named}
    expected = {name: sha256(content) for name, content in files().items() if name != "media/pictures/04.png"}
    assert expected.items() <= told.items()
    path.write_text(path.read_text("utf-8").replace(expected["any.bin"], "0" * 64), "utf-8")
    proof = prove("linked files", check_linked, Release(moved, tmp_path))
    assert [finding.message for finding in proof.findings] == [
        "the bytes of any.bin are not those of provenance.intoto.json"
    ]


def test_files_are_stored_plain_in_shards_near_the_measure(moved: Path) -> None:
    shards = sorted((moved / "data/t").glob("*.parquet"))
    sizes = [path.stat().st_size for path in shards]
    assert len(shards) > 3
    assert all(30_000 < size < 110_000 for size in sizes[:-1]), sizes
    for path in shards:
        group = pq.read_metadata(path).row_group(0)
        columns = {column.path_in_schema: column for column in map(group.column, range(group.num_columns))}
        assert columns["image.bytes"].compression == "UNCOMPRESSED"
        assert set(columns["more.list.element.bytes"].encodings) <= {"PLAIN", "RLE"}
        assert columns["image.path"].compression == "ZSTD"


def test_a_changed_file_changes_its_shard_alone_and_without_a_change_nothing_is_looked_into(
    album: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "album"
    shutil.copytree(album, project, symlinks=True)
    before = {path.name: path.read_bytes() for path in (project / "out/album/data/t").iterdir()}
    looked = list[str]()
    look = linked_files.insist_on_content
    monkeypatch.setattr(
        linked_files, "insist_on_content", lambda file, kind: (looked.append(kind), look(file, kind))[1]
    )
    assert "nothing has changed" in cli("--project", project, "--out", project / "out").err
    assert looked == []
    (project / "media/pictures/10.png").write_bytes(png(110, 83, 1000))
    assert records()[10]["sha256"] is None
    ran = cli("--project", project, "--out", project / "out")
    assert ran.code == 0, ran.out + ran.err
    after = {path.name: path.read_bytes() for path in (project / "out/album/data/t").iterdir()}
    changed = [name for name in before if after[name] != before[name]]
    assert before.keys() == after.keys()
    assert len(changed) == 1
    assert 0 < len(looked) < MANY
    diff = cli("diff", album / "out/album", project / "out/album")
    assert "10.png (SHA-256" in diff.out


def test_a_file_that_changes_while_it_is_read_is_a_finding_and_is_not_kept(
    tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, picture = make(tmp_path / "album", records()[:1]), "media/pictures/00.png"
    look = linked_files.insist_on_content

    def change(file: io.BufferedReader, kind: str) -> None:
        look(file, kind)
        with (project / picture).open("r+b") as same:
            same.seek(60)
            same.write(b"other bytes")

    monkeypatch.setattr(linked_files, "insist_on_content", change)
    ran = cli("--project", project, "--out", project / "out")
    assert ran.code == 1
    assert 'data/t.jsonl:1: $.image: [file] "00.png": it changed while it was read' in ran.out
    monkeypatch.undo()
    (project / picture).write_bytes(files()[picture])
    assert cli("--project", project, "--out", project / "out").code == 0
