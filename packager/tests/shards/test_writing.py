"""Shards are written row group by row group, whatever the columns hold."""

from __future__ import annotations

import gzip
import json
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from records.judged import taken

from dataset_packager.columns import word_places
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.memory import memory_of
from dataset_packager.shards import chunk, judge, parquet, parquet_format
from dataset_packager.shards.parquet import ShardWriter, WrittenAgain
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, FOOTER_PROVENANCE, first_strings, repeats
from dataset_packager.shards.writer_thread import WriterThread

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import CommandLine


def test_what_is_always_null_within_an_object_is_written_and_written_again(
    tmp_path: Path,
) -> None:
    kind = pa.struct([pa.field("x", pa.int64()), pa.field("none", pa.null()), pa.field("l", pa.list_(pa.null()))])
    schema = pa.schema([pa.field("p", kind)])
    rows = [{"x": number, "none": None, "l": [None] * (number % 4)} for number in range(1000)]
    writer = ShardWriter(tmp_path / "shard.parquet", schema, features_footer(schema), ["p"])
    for begin in (0, 300, 700):
        writer.add(pa.table({"p": pa.array(rows[begin : begin + 400][: 400 if begin == 300 else 300], kind)}))
        writer.drain(128)
    written = writer.finish(128, {})
    with pq.ParquetFile(tmp_path / "shard.parquet") as file:
        assert file.read()["p"].to_pylist() == rows
        footer = file.metadata.metadata
        again = WrittenAgain(schema, {FOOTER_FEATURES: footer[FOOTER_FEATURES]})
        for number in range(file.num_row_groups):
            again.add(file.read_row_group(number).combine_chunks())
        assert again.sha256(footer[FOOTER_PROVENANCE]) == written.sha256


def test_words_that_a_schema_lists_are_written_by_place_and_read_as_strings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {"enum": json.dumps(["low", "high", "never"])}
    word = pa.field("word", pa.string(), metadata=listed)
    inner = pa.struct(
        [pa.field("n", pa.int64()), word, pa.field("words", pa.list_(pa.field("item", pa.string(), metadata=listed)))]
    )
    schema = pa.schema(
        [
            word,
            pa.field("free", pa.string()),
            pa.field("flag", pa.bool_()),
            pa.field("never", pa.bool_()),
            pa.field("in", inner),
            pa.field("list", pa.list_(pa.field("item", inner))),
        ]
    )
    random = Random(0)  # noqa: S311 - no secret

    def drawn() -> str | None:
        return random.choice(["low", "high", None])

    def member() -> dict[str, Any] | None:
        words = random.choice([None, [drawn() for _ in range(random.randint(0, 3))]])
        return random.choice([None, {"n": 1, "word": drawn(), "words": words}])

    rows = [
        {
            "word": drawn(),
            "free": "a",
            "flag": random.choice([True, False, None]),
            "never": random.choice([False, None]),
            "in": member(),
            "list": random.choice([None, [member() for _ in range(number % 4)]]),
        }
        for number in range(1000)
    ]
    rows[700]["word"] = "of no schema"  # as in a shard that somebody made
    hashes = set()
    for kernel in (True, False):
        for step in (1000, 77):
            writer = ShardWriter(tmp_path / "shard.parquet", schema, features_footer(schema), schema.names)
            for begin in range(0, len(rows), step):
                writer.add(pa.Table.from_pylist(rows[begin : begin + step], schema=schema))
                writer.drain(256)
            written = writer.finish(256, {})
            hashes.add(written.sha256)
        if kernel:
            monkeypatch.setattr(word_places, "function", lambda _: None)
    assert len(hashes) == 1
    with pq.ParquetFile(tmp_path / "shard.parquet") as file:
        assert file.schema_arrow.equals(schema), "strings, not places"
        assert file.read().to_pylist() == rows
        column = file.metadata.row_group(0).column(0)
        assert column.path_in_schema == "word"
        assert "RLE_DICTIONARY" in column.encodings
        assert (column.statistics.min, column.statistics.max) == ("high", "low"), "of the words that stand there"
        again = WrittenAgain(schema, {FOOTER_FEATURES: file.metadata.metadata[FOOTER_FEATURES]})
        for number in range(file.num_row_groups):
            again.add(file.read_row_group(number))
        assert again.sha256(file.metadata.metadata[FOOTER_PROVENANCE]) == written.sha256
    assert pl.read_parquet(tmp_path / "shard.parquet")["word"].to_list() == [row["word"] for row in rows]
    counted = written.tallies["in.word"]
    there = [row["in"]["word"] for row in rows if row["in"]]
    assert counted.words == {json.dumps(each): there.count(each) for each in ("low", "high")}
    assert (counted.places, counted.missing) == (len(there), there.count(None))
    for column, values in (("flag", [False, True]), ("never", [False])):
        shown = {json.dumps(value): [row[column] for row in rows].count(value) for value in values}
        assert written.tallies[column].words == shown
    assert written.tallies["word"].words.keys() == {'"low"', '"high"'}


def test_records_of_many_small_files_are_judged_together_and_give_what_each_alone_gives(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = project / "pyproject.toml"
    table = "[tool.dataset-packager.tables.books]"
    text = configuration.read_text("utf-8").replace("released =", "shard_input_bytes = 900\nreleased =")
    text = text.replace(table, f"{table}\nsplits = {{train = 0.5, test = 0.5, group_by = ['book_id']}}")
    configuration.write_text(text.replace('"data/books/*.jsonl"', '"data/books/*"'), "utf-8")
    book = '{"book_id": "x%d", "title": "Title", "author_ids": ["eliot"], "genre": "novel", "pages": %s}\n'
    for number in range(40):
        lines = [book % (number * 10 + each, "null" if number % 7 or each else '"many"') for each in range(number % 4)]
        name = f"{number:03}.jsonl" if number % 3 else f"{number:03}.jsonl.gz"
        data = "".join([*lines, "no JSON\n" if number % 11 == 0 else "", "\n"]).encode()
        (project / "data/books" / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith("gz") else data)
        (project / f"data/books/{number:03}.json").write_text(book % (number + 1000, "null"), "utf-8")
    (project / "data/books/020.jsonl.gz").write_bytes(b"no gzip")
    (project / "data/books/021.jsonl.gz").unlink()

    def built(out: Path) -> dict[str, object]:
        ran = cli("--project", project, "--out", out, "--quarantine", "--workers", "1")
        assert ran.code == 1
        assert "020.jsonl.gz" in ran.err + ran.out, "it can't be read to its end"
        found: dict[str, object] = {}
        for path in (out / ".releases/tiny-library/.chunks").rglob("*.*"):
            name = path.relative_to(out).as_posix()
            if ".key" in path.name:
                assert pq.read_metadata(path).num_row_groups == 1
                found[name] = pq.read_table(path)
            elif path.name != "result.json":
                found[name] = path.read_bytes()
        return found

    together = built(tmp_path / "together")
    monkeypatch.setattr(chunk, "BATCH_RECORDS", 1)
    monkeypatch.setattr(chunk, "FEW_BYTES", 0)
    assert built(tmp_path / "alone") == together
    assert len([name for name in together if name.endswith("-train.parquet")]) > 2


def test_row_groups_end_where_their_values_take_enough_memory_however_the_rows_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_MEMORY", 10_000)
    schema = pa.schema([pa.field("text", pa.string()), pa.field("many", pa.list_(pa.struct([("n", pa.int64())])))])
    sizes = [10] * 500 + [3_000] * 10 + [50_000] + [0] * 3
    rows = [{"text": "x" * size, "many": [{"n": 1}] * (size % 7)} for size in sizes]
    digests = set()
    for step in (1, 7, len(rows)):
        writer = ShardWriter(tmp_path / f"{step}.parquet", schema, features_footer(schema), schema.names)
        for begin in range(0, len(rows), step):
            writer.add(pa.Table.from_pylist(rows[begin : begin + step], schema=schema))
            writer.drain(256)
        digests.add(writer.finish(256, {}).sha256)
        with pq.ParquetFile(tmp_path / f"{step}.parquet") as file:
            groups = [file.read_row_group(number) for number in range(file.num_row_groups)]
        assert len(groups) > 4
        assert all(memory_of(group) <= 10_000 or group.num_rows == 1 for group in groups)
        assert pa.concat_tables(groups).to_pylist() == rows
    assert len(digests) == 1


def test_rows_that_wait_hold_no_row_group_in_memory_that_is_written_and_no_texts_are_copied_to_be_looked_at(
    tmp_path: Path,
) -> None:
    schema, thread = pa.schema([pa.field("n", pa.int64())]), WriterThread()
    block = np.random.default_rng(1).integers(0, 2**60, 200_000)  # arrays of NumPy aren't in Arrow's count
    writer = ShardWriter(tmp_path / "shard.parquet", schema, features_footer(schema), ["n"], thread)
    before = pa.total_allocated_bytes()
    for number in range(1, 12):
        writer.add(pa.table({"n": pa.array(block)}))
        writer.drain(900_000)
        thread.wait()
        assert pa.total_allocated_bytes() - before < 900_000 * 8 / 2, number  # the writer keeps some buffers
    assert writer.finish(900_000, {}).rows == 11 * len(block)

    table = pa.table({"text": pa.array(["x" * 100] * 10_000)})
    before = pa.total_allocated_bytes()
    ((_, texts),) = first_strings(table)
    assert len(texts) == 10_000
    assert pa.total_allocated_bytes() - before < 100_000


def test_blocks_of_many_empty_objects_are_read_in_parts_and_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {f"m{number}": {"type": "integer"} for number in range(50)}
    rows = {"type": "array", "items": {"type": "object", "properties": members, "additionalProperties": False}}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "rows": rows}, "additionalProperties": False}
    lines = [b'{"id": %d, "rows": [%s]}\n' % (number, b", ".join([b"{}"] * (number % 9))) for number in range(400)]
    (tmp_path / "r.jsonl").write_bytes(b"".join([*lines[:200], b"\n", b"no JSON\n", *lines[200:]]))
    whole = taken(tmp_path, "r.jsonl", schema)
    for most in (1, 5_000, 100_000):
        monkeypatch.setattr(judge, "BLOCK_MEMORY", most)
        parts = taken(tmp_path, "r.jsonl", schema)
        assert (parts.records, parts.findings, parts.refused) == (whole.records, whole.findings, whole.refused)


def test_few_long_texts_are_told_from_repeated_ones_as_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a" * 100, "b" * 100, None, "", "a" * 100, "b" * 100, "a" * 100, "", ""]
    tables = [pa.table({"t": texts}), pa.table({"t": [*texts, "c", "d", "e"]})]

    def repeating() -> list[list[str]]:
        return [[path for path, texts in first_strings(table) if repeats(texts)] for table in tables]

    few = repeating()
    monkeypatch.setattr(parquet_format, "LARGE", 0)
    assert repeating() == few
    assert few == [[], []]
    monkeypatch.setattr(parquet_format, "OFTEN", 2)
    assert repeating() == [["t"], []]
