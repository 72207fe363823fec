"""`new` takes files along: those that records name, and those in folders that have no records, only labels."""

from __future__ import annotations

import base64
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from conftest import ran_well
from file_samples import bmp, pdf, png, wav

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def lay(folder: Path, files: dict[str, bytes | str | list[dict[str, Any]]]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(record) + "\n" for record in content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def configured(project: Path) -> dict[str, Any]:
    tables: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["dataset-packager"]
    return tables["tables"]  # type: ignore[no-any-return]


def built(project: Path, cli: CommandLine) -> Path:
    ran_well(cli("--project", project, "--out", project.parent / "out", "--workers", "1"))
    return project.parent / "out" / project.name


def rows_of(release: Path, table: str) -> dict[str, list[dict[str, Any]]]:
    shards = sorted((release / "data" / table).glob("*.parquet"))
    return {path.name.partition("-")[0]: pq.read_table(path).to_pylist() for path in shards}


def url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


FOLDERS: dict[str, dict[str, bytes | str | list[dict[str, Any]]]] = {
    "pets": {f"{split}/{kind}s/{n} x.png": png(seed=n) for split in ("train", "test") for kind in ("cat", "dog")
             for n in range(2)} | {"train/cats/notes.txt": "nothing"},
    "photos": {"metadata.csv": "file_name,says\r\na/1.png,one\r\nb.bmp,two\r\n", "a/1.png": png(seed=1),
               "b.bmp": bmp(2), "a/unnamed.png": png(seed=9)},
    "halves": {"train/metadata.jsonl": [{"file_name": "1.png", "at": 1.0}, {"file_name": "2.png", "at": 2.5}],
               "test/metadata.jsonl": [{"file_name": "1.png", "at": 3.0}], "train/1.png": png(seed=1),
               "train/2.png": png(seed=2), "test/1.png": png(seed=3)},
    "speech": {"metadata.jsonl": [{"left_file_name": "1.wav", "right_file_names": ["2.wav", "1.wav"], "said": "a"},
                                  {"left_file_name": "2.wav", "right_file_names": [], "said": "b"}],
               "1.wav": wav(seed=1), "2.wav": wav(seed=2)},
    "papers": {"a.pdf": pdf("a"), "b.pdf": pdf("b")},
    "mixed": {"1.png": png(), "2.wav": wav()},
}  # fmt: skip


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [lay(tmp_path / "in" / name, files) for name, files in FOLDERS.items()]


def test_folders_of_files_become_tables_that_build_with_columns_of_files(
    folders: list[Path], tmp_path: Path, cli: CommandLine
) -> None:
    made = ran_well(cli("new", tmp_path / "album", "--from", *folders))
    assert "pets: splits as the files are called: train: train.jsonl; test: test.jsonl" in made.err
    assert "train/cats/notes.txt: left out" in made.err
    assert "in/photos/a/unnamed.png: left out" in made.err
    tables = configured(tmp_path / "album")
    assert {name: table["columns"] for name, table in tables.items()} == {
        "pets": {"image": {"type": "image", "root": "data/pets"}, "label": "class-label"},
        "photos": {"file_name": {"type": "image", "root": "data/photos"}},
        "halves": {"file_name": {"type": "image", "root": "data/halves"}},
        "speech": {"left_file_name": {"type": "audio", "root": "data/speech"},
                   "right_file_names[]": {"type": "audio", "root": "data/speech"}},
        "papers": {"pdf": {"type": "pdf", "root": "data/papers"}},
        "mixed": {"file": {"type": "file", "root": "data/mixed"}},
    }  # fmt: skip
    release = built(tmp_path / "album", cli)
    pets = rows_of(release, "pets")
    assert {split: [row["label"] for row in rows] for split, rows in pets.items()} == {
        "train": [0, 0, 1, 1], "test": [0, 0, 1, 1],
    }  # fmt: skip
    assert pets["test"][3]["image"] == {"bytes": png(seed=1), "path": "test/dogs/1 x.png"}
    halves = rows_of(release, "halves")
    assert [row["file_name"] for row in halves["test"]] == [{"bytes": png(seed=3), "path": "test/1.png"}]
    assert [row["at"] for row in halves["train"]] == [1.0, 2.5]
    assert [row["file_name"]["bytes"] for row in rows_of(release, "photos")["train"]] == [png(seed=1), bmp(2)]
    report = (release / "report.html").read_text("utf-8")
    shown = [f'<img src="{url("image/png", png(seed=1))}" alt="train/cats/1 x.png"',
             f'<audio src="{url("audio/wav", wav(seed=1))}" controls', "img-src data:; media-src data:;"]  # fmt: skip
    assert [part for part in shown if part not in report] == []
    assert rows_of(release, "speech")["train"][0]["right_file_names"][0]["bytes"] == wav(seed=2)


def test_files_are_linked_copied_or_moved_with_their_records(tmp_path: Path, cli: CommandLine) -> None:
    for word, names in (("", 2), ("--copy", 1), ("--move", 1)):
        folder = lay(tmp_path / f"in{word}" / "pets", {"a/1.png": png(), "b/2.png": png(seed=2)})
        ran_well(cli("new", tmp_path / f"out{word}", "--from", folder, *filter(None, [word])))
        placed = tmp_path / f"out{word}/data/pets/a/1.png"
        assert (placed.read_bytes(), placed.stat().st_nlink) == (png(), names)
        assert (folder / "a/1.png").exists() == (word != "--move")


def test_files_that_ordinary_records_name_are_proposed_as_columns_if_all_are_there(
    tmp_path: Path, cli: CommandLine
) -> None:
    records: list[dict[str, Any]] = [
        {"cover": f"covers/{n}.png", "more": [{"scan": f"scans/{n}.pdf"}], "lost": f"covers/{n * 2}.png"}
        for n in range(3)
    ]
    files = {f"covers/{n}.png": png(seed=n) for n in range(3)} | {f"scans/{n}.pdf": pdf(str(n)) for n in range(3)}
    source = lay(tmp_path / "in", {"books.jsonl": records, **files}) / "books.jsonl"
    made = ran_well(cli("new", tmp_path / "plain/x", "--from", source))
    assert "books: 6 files that the records name come along" in made.err
    assert "books: lost names files beside the records" in made.err
    assert "    1 of its values name none" in made.err
    text = (tmp_path / "plain/x/pyproject.toml").read_text("utf-8")
    assert '# cover = { type = "image", root = "data/books" }    # names 3 files: readers get pictures' in text
    ran_well(cli("new", tmp_path / "typed/x", "--from", source, "--typed"))
    columns = configured(tmp_path / "typed/x")["books"]["columns"]
    assert columns["more[].scan"] == {"type": "pdf", "root": "data/books"}
    rows = rows_of(built(tmp_path / "typed/x", cli), "books")["train"]
    assert rows[2]["cover"]["bytes"] == png(seed=2)
    assert rows[2]["lost"] == "covers/4.png"


def test_a_file_that_metadata_names_and_that_is_not_there_or_cut_is_a_finding(tmp_path: Path, cli: CommandLine) -> None:
    records = [{"file_name": f"{n}.png"} for n in range(4)]
    files = {f"{n}.png": png(seed=n) for n in range(2)} | {"2.png": png()[:-8]}
    folder = lay(tmp_path / "in", {"metadata.jsonl": records, **files})
    ran = cli("new", tmp_path / "x", "--from", folder)
    assert ran.code == 1
    assert '$.file_name: [file] "2.png": the file is image/png that is cut off' in ran.out
    assert '$.file_name: [file] "3.png": there is no such file' in ran.out
    assert not (tmp_path / "x").exists()


def test_a_file_that_no_record_can_name_is_a_wrong_call(tmp_path: Path, cli: CommandLine) -> None:
    ran = cli("new", tmp_path / "x", "--from", lay(tmp_path / "in", {"a\nb.png": png()}))
    assert (ran.code, "no record can name that file" in ran.err) == (2, True)


def test_files_that_metadata_names_and_of_which_none_is_there_are_told(tmp_path: Path, cli: CommandLine) -> None:
    records: list[dict[str, Any]] = [{"scans": [{"file_name": "1.png"}], "note": "2.png"}]
    folders = [
        lay(tmp_path / "in/lines", {"metadata.jsonl": records}),
        lay(tmp_path / "in/cells", {"metadata.csv": "file_name,says\r\na/1.png,one\r\nb.bmp,two\r\n"}),
        lay(tmp_path / "in/others", {"notes.jsonl": [{"file_name": "1.png"}]}),
    ]
    made = ran_well(cli("new", tmp_path / "x", "--from", *folders))
    told = [line for line in made.err.splitlines() if "NONE OF THEM IS THERE" in line]
    assert told == [
        "WARNING: lines: scans[].file_name is to name files (1.png is one): NONE OF THEM IS THERE",
        "WARNING: cells: file_name is to name files (a/1.png is one): NONE OF THEM IS THERE",
    ]
    assert [table.get("columns") for table in configured(tmp_path / "x").values()] == [None] * 3
