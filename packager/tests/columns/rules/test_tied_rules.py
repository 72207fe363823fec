"""Rules that tie values together are decided by columns, with the verdict that the gate has on each record.

Some schemas and records are drawn each time. ``QUICK_CASES=50000 pytest -s tests/columns/rules`` draws as many records
for each keyword, many of each schema: to load and compile one takes as long as to judge hundreds.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from columns.fast.test_same_verdict import CASES
from columns.fast.two_ways import job_of
from dataset_packager.base.findings import SetupError
from dataset_packager.columns import fast as columnar
from dataset_packager.columns.decode import decode
from dataset_packager.columns.fast.line_reader import make_reader
from dataset_packager.columns.fast.table_rules import table_rules
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.records.strict_json import parse
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

from .drawn_ties import KEYWORDS_DRAWN, tied_lines, tied_schema

if TYPE_CHECKING:
    from dataset_packager.schemas import Schema

pytestmark = pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
DEPTH = 60
SCHEMAS, LINES = 12, 40  # of each keyword, and of each schema, on each run
MANY_LINES = 200  # of each schema where many are asked for


def judged(random: Random, document: dict[str, Any], loaded: Schema, many: int, seen: Counter[str]) -> None:
    """Judge lines by columns, as they are read and as they are read back, and fail where the gate differs."""
    formats = random.random() < 0.5
    gate, plan = Gate(loaded, assert_formats=formats), table_plan(loaded, provenance=False)
    reader = make_reader(loaded, plan, gate, DEPTH, assert_formats=formats)
    if reader is None:
        return
    seen.update(tables=1, columns=reader.by_columns)
    lines = tied_lines(random, document, many)
    rows, _, taken = reader.read(b"".join(line + b"\n" for line in lines), 1, 10**6)
    values = [parse(line) for line in lines]
    accepted = [gate.accepts(value) for value in values]
    for line, plain, quick, valid in zip(lines, rows.plain.tolist(), taken.tolist(), accepted, strict=True):
        assert quick == (plain and valid), (json.dumps(document), line, plain, quick, valid)
        seen.update(records=1, plain=plain, valid=plain and valid)
    rules = table_rules(loaded, plan, assert_formats=formats)
    if rules is not None:
        table, _ = plan.encode(values, None)
        for held, record in zip(rules.valid(table).tolist(), decode(table), strict=True):
            valid = gate.accepts(record)
            assert valid or not held, (json.dumps(document), record)
            seen.update(back=1, held=held, sound=valid)


def cases(keyword: str, seeds: range, many: int = LINES) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        random = Random(f"{keyword} {seed}")  # noqa: S311 - no secret
        document = tied_schema(random, keyword)
        with tempfile.TemporaryDirectory() as folder:
            job_of(Path(folder), document, two_files=seed % 5 == 4)
            try:
                loaded = load_schema(Path(folder), "schema/main.json")
                judged(random, document, loaded, many, seen)
            except SetupError:
                seen.update(unusable=1)
    return seen


@pytest.mark.parametrize("keyword", KEYWORDS_DRAWN)
def test_columns_and_gate_agree_on_every_record_that_a_keyword_ties(keyword: str) -> None:
    seen = cases(keyword, range(CASES // MANY_LINES), MANY_LINES) if CASES else cases(keyword, range(SCHEMAS))
    assert seen["records"] > 100, seen
    print(keyword, dict(seen))  # noqa: T201 - with -s it tells how many of each there were
