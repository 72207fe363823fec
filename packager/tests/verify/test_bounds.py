"""What verifying a stranger's release takes: documents no longer than it needs, refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.documents.front_matter import SPARE
from dataset_packager.release.parquet_memory import check_group_bytes
from dataset_packager.release.release_files import DESCRIPTION_BYTES, DOCUMENT_BYTES, INPUT_BYTES, Release
from dataset_packager.schemas.schema_folder import MOST_BYTES
from dataset_packager.verify import FULL, QUICK, prove
from verify.forging import edit, shards

if TYPE_CHECKING:
    from pathlib import Path

LENGTHS = {  # of documents: what is more than they need
    "DATASHEET.md": DOCUMENT_BYTES,
    "README.md": DOCUMENT_BYTES,
    "bag-info.txt": DOCUMENT_BYTES,
    "schema/dataset.json": DOCUMENT_BYTES,
    "croissant.json": DESCRIPTION_BYTES,
    "provenance.intoto.json": DOCUMENT_BYTES + 1_000 * INPUT_BYTES,
    "manifest-sha256.txt": DOCUMENT_BYTES + 2_000_000,
    "schema/ships.schema.json": MOST_BYTES,
}


def told(release: Path, temporary: Path, *checks: str) -> list[str]:
    """Return what some checks find wrong with a release."""
    opened = Release(release, temporary)
    every = {**QUICK, **FULL}
    return [one for name in checks for one in prove(name, every[name], opened).problems]


@pytest.mark.parametrize("name", LENGTHS)
def test_a_document_longer_than_the_release_needs_is_refused_by_name(name: str, damaged: Path, tmp_path: Path) -> None:
    with (damaged / name).open("ab") as file:
        file.write(b" " * LENGTHS[name])
    found = told(damaged, tmp_path, "files", "provenance", "card", "croissant", "datasheet")
    assert any(f"{name}: longer than " in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pretty_name:", "pretty_name: x\npretty_name:", "'pretty_name' stands twice"),
        ("pretty_name:", "x: &x [y]\nz: [*x, *x]\npretty_name:", "anchors and aliases"),
        ("pretty_name:", "x: " + "[" * 2_000 + "\npretty_name:", "nested more than"),
        ("pretty_name:", "x: y\n" * 20_000 + "pretty_name:", "are more than enough for its shards"),
        ("pretty_name:", "x: " + "y" * 4 * SPARE + "\npretty_name:", "are more than enough for its shards"),
    ],
)
def test_metadata_of_a_card_that_would_harm_its_readers_are_refused_and_not_loaded(
    old: str, new: str, says: str, damaged: Path, tmp_path: Path
) -> None:
    edit(damaged / "README.md", old, new)
    found = told(damaged, tmp_path, "card", "loading")
    assert len(found) == 2
    assert all(says in one for one in found), found


def test_tags_of_a_card_may_still_be_added_by_people(damaged: Path, tmp_path: Path) -> None:
    edit(damaged / "README.md", "pretty_name:", "tags:\n" + "- harbour-of-many-words\n" * 400 + "pretty_name:")
    assert told(damaged, tmp_path, "card") == []


def standing_for_much(shard: Path, how: str) -> None:
    """Let a shard's first column of text be one long value many times: by number, or written out and compressed."""
    with pq.ParquetFile(shard) as file:
        schema, footer = file.schema_arrow, file.metadata.metadata[b"provenance"]
        row = file.read().slice(0, 1)
    number, name = next((n, field.name) for n, field in enumerate(schema) if pa.types.is_string(field.type))
    times, text = (4_000, "x" * 50_000)
    values = pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text], pa.string()))
    if how == "written out":
        values = values.cast(pa.string())
    group = row.take([0] * times).set_column(number, name, values)
    with pq.ParquetWriter(shard, group.schema, compression="zstd", use_dictionary=how == "by number") as writer:
        writer.write_table(group)
        writer.add_key_value_metadata({b"provenance": footer})


@pytest.mark.parametrize("how", ["by number", "written out"])
def test_a_short_shard_that_stands_for_much_is_refused_before_it_is_read(
    how: str, damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATASET_PACKAGER_GROUP_BYTES", "50000000")
    shard = shards(damaged, "ships")[0]
    standing_for_much(shard, how)
    assert shard.stat().st_size < 500_000
    before = pa.default_memory_pool().max_memory()
    found = told(damaged, tmp_path, "footers", "records", "loading", "croissant")
    assert len([one for one in found if "may take 200," in one and "bytes of memory" in one]) >= 3, found
    assert pa.default_memory_pool().max_memory() <= max(before, 100_000_000)


def test_a_footer_that_contradicts_itself_is_refused_before_arrow_looks_into_it(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    pq.write_table(pa.table({"a": [1], "b": [2]}), good)
    data = good.read_bytes()
    with pq.ParquetFile(good) as file:
        start = file.metadata.row_group(0).column(0).data_page_offset
        check_group_bytes(good, file)
        bad.write_bytes(data[:-8] + (len(data) - start).to_bytes(4, "little") + b"PAR1")
        with pytest.raises(ValueError, match="footer"):
            check_group_bytes(bad, file)


def test_a_limit_on_row_groups_can_be_set(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASET_PACKAGER_GROUP_BYTES", "500")
    assert any("more than 500: if you trust its makers, set" in one for one in told(sound, tmp_path, "footers"))
    monkeypatch.setenv("DATASET_PACKAGER_GROUP_BYTES", "5e9")
    with pytest.raises(SetupError, match="is no number of bytes"):
        Release(sound, tmp_path).footer("data/ships/train-00000-of-00001.parquet")
