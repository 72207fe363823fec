"""Whole rows in two splits are told of, where nobody said in what splits must differ; they are no findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

FILES = 'splits = { train = ["data/train.jsonl"], dev = ["data/dev.jsonl"], test = ["data/test.csv"] }'
TABLES = {
    "files": FILES,
    "column": 'records = ["data/named.jsonl"]\nsplits = { column = "meta.part" }',
    "keyed": f'{FILES}\nkey = ["n"]',
    "keyed-by-split": 'records = ["data/named.jsonl"]\nkey = ["meta.part", "n"]\nsplits = { column = "meta.part" }',
    "stated": f'{FILES}\ndisjoint = [["text"]]',
    "dealt": 'records = ["data/named.jsonl"]\nsplits = { train = 0.5, test = 0.5, group_by = ["n"] }',
    "whole": 'records = ["data/named.jsonl"]',
}
SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "text": {"type": ["string", "null"]},
        "at": {"type": "string", "x-column": {"type": "timestamp", "unit": "ms"}},
        "kind": {"enum": ["a", "b"], "x-column": "class-label"},
        "sizes": {"type": "array", "items": {"type": "number"}},
        "meta": {
            "type": "object",
            "properties": {"part": {"enum": ["train", "test"]}, "who": {"type": "string"}, "Who": {"type": "string"}},
        },
    },
}


def row(n: int, part: str, **others: Any) -> dict[str, Any]:
    text = None if n % 2 else f"text {n}"
    at = f"2026-01-{1 + n % 28:02}T00:00:00.000Z"
    return {"n": n, "text": text, "at": at, "kind": "ab"[n % 2], "sizes": [n, 0.5], "meta": {"part": part}} | others


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_whole_rows_in_two_splits_are_told_of(tmp_path: Path, cli: CommandLine) -> None:
    project, out = tmp_path / "project", tmp_path / "dist"
    for folder in ("schema", "data"):
        (project / folder).mkdir(parents=True)
    tables = [
        f'[tool.dataset-packager.tables.{name}]\nschema = "schema/rows.schema.json"\n{text}\n'
        for name, text in TABLES.items()
    ]
    head = '[project]\nname = "equal"\nversion = "1.0.0"\n[tool.dataset-packager]\nreleased = "2026-01-31"\n'
    (project / "pyproject.toml").write_text(f"{head}shard_input_bytes = 1500\n{''.join(tables)}", "utf-8")
    (project / "schema/rows.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    train = [row(n, "train") for n in range(12)]
    (project / "data/train.jsonl").write_text(lines(train), "utf-8")
    (project / "data/dev.jsonl").write_text(lines([row(n, "train") for n in (20, 3, 21, 5, 7)]), "utf-8")
    cells = ('31,,2026-01-04T00:00:00.000Z,b,"[3, 0.5]",train', '5,,2026-01-06T00:00:00.000Z,b,"[5.0, 0.5]",train')
    (project / "data/test.csv").write_text("n,text,at,kind,sizes,meta.part\n" + "\n".join(cells) + "\n", "utf-8")
    named = [*train, *(row(n, "test") for n in (40, 4)), row(6, "test", text="another"), row(8, "test", more=True)]
    (project / "data/named.jsonl").write_text(lines(named), "utf-8")

    told = cli("validate", "--project", project).err
    warned = [line for line in told.splitlines() if "in two splits" in line]
    mend = "remove them, or state in 'disjoint' what no two splits may share"
    both = (
        "a row stands in two splits as a whole, so that one gives the other away: data/named.jsonl:14 as "
        f"data/named.jsonl:5; {mend}"
    )
    files = (
        "4 rows stand in two splits as a whole, so that one gives the other away: data/dev.jsonl:2 as "
        "data/train.jsonl:4; data/dev.jsonl:4 as data/train.jsonl:6; data/dev.jsonl:5 as data/train.jsonl:8; "
        f"and 1 more; {mend}"
    )
    assert warned == [
        f"warning: files: {files}", f"warning: column: {both}", f"warning: keyed-by-split: {both}",
    ]  # fmt: skip

    for version in "1.0.0", "1.0.1":  # the second one from chunks that are done
        (project / "pyproject.toml").write_text(head.replace("1.0.0", version) + tables[1], "utf-8")
        ran = cli("--project", project, "--out", out)
        assert (ran.code, ran.err.count(f"column: {both}")) == (0, 1), ran.err
