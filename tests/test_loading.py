"""What people do first: load the dataset with the libraries that they have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, python, ran_well

from captures.extension import CAPTURES
from dataset_packager.project.read_config import load_config

if TYPE_CHECKING:
    from pathlib import Path


CONFIG = load_config(ROOT, [CAPTURES])
TABLES = [table.name for table in CONFIG.tables]

LOAD = """
import json, sys
from datasets import load_dataset
folder, *configs = sys.argv[1:]
for how in ("whole", "streaming"):
    for config in configs:
        split = load_dataset(folder, config, split="train", streaming=how == "streaming")
        rows = [{name: value for name, value in row.items() if name != "provenance"} for row in split]
        print(json.dumps({"how": how, "config": config, "columns": split.column_names, "rows": rows}))
print(json.dumps({"default": load_dataset(folder)["train"].column_names}))
"""
Loaded = list[dict[str, Any]]


def records(table: str) -> list[dict[str, object]]:
    files = sorted(ROOT.glob(CONFIG.table[table].records[0]))
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]


def load(folder: Path, configs: list[str], cache: Path) -> Loaded:
    """Load configs in a process of its own, with the Hub switched off."""
    ran = ran_well(python("-c", LOAD, folder, *configs, HF_HOME=str(cache), HF_HUB_OFFLINE="1"))
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture(scope="module")
def loaded(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(release, TABLES, tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("how", ["whole", "streaming"])
def test_datasets_gives_every_table_with_the_values_of_its_records(loaded: Loaded, how: str) -> None:
    told = [each for each in loaded if each.get("how") == how]
    assert [each["config"] for each in told] == TABLES
    for each in told:
        assert each["rows"] == records(each["config"]), each["config"]
        assert each["columns"][-1] == "provenance"


def test_the_default_config_is_the_overview(loaded: Loaded) -> None:
    assert {"statement", "claim_id"} < set(loaded[-1]["default"])


def test_pandas_polars_and_duckdb_read_the_same_rows(release: Path) -> None:
    for table in TABLES:
        pattern = f"{release}/data/{table}/train-*.parquet"
        expected = len(records(table))
        key = CONFIG.table[table].key[0][0]
        assert len(pd.read_parquet(release / "data" / table)) == expected
        assert pl.scan_parquet(pattern).select(pl.len()).collect().item() == expected
        told = duckdb.execute(f"SELECT {key} FROM read_parquet('{pattern}') ORDER BY provenance.file, provenance.line")
        assert [row[0] for row in told.fetchall()] == [record[str(key)] for record in records(table)]
