"""Rows that are read back are called valid as a whole only where the gate accepts each of their records."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import assume, given

from columns.fast.drawn import lines, schema
from columns.fast.test_same_verdict import RANDOMS, bounded
from columns.fast.two_ways import job_of
from dataset_packager.base.findings import SetupError
from dataset_packager.columns.decode import decode
from dataset_packager.columns.fast.table_rules import table_rules
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.records.strict_json import LineError, parse
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.schemas import Schema


def rows(random: Random, loaded: Schema, document: dict[str, Any]) -> pa.Table:
    """Return rows that fit the columns, whether valid or not."""
    plan = table_plan(loaded, provenance=False)
    tables = [plan.arrow_schema.empty_table()]
    for line in lines(random, document, 6, bent=random.choice([0, 0.02])):
        try:
            tables.append(plan.encode([parse(line, 30)], None)[0])
        except LineError:
            continue
    return pa.concat_tables(tables)


def verdicts(random: Random) -> Iterator[tuple[bool, bool]]:
    """Yield of some tables, of one row and of several, whether columns and gate call them valid."""
    document, formats = schema(random), random.random() < 0.5
    with tempfile.TemporaryDirectory() as folder:
        job_of(Path(folder), document)
        loaded = load_schema(Path(folder), "schema/main.json")
        gate = Gate(loaded, assert_formats=formats)
        rules = table_rules(loaded, table_plan(loaded, provenance=False), assert_formats=formats)
    table = rows(random, loaded, document)
    if rules is None or not table.num_rows:
        return
    for part in (table, *(table.slice(index, 1) for index in range(table.num_rows)), table.slice(1)):
        accepted = [gate.accepts(record) for record in decode(part)]
        for held, row in zip(rules.valid(part).tolist(), accepted, strict=True):
            assert row or not held, (document, list(decode(part)))
            yield held, row


@bounded(60)
@given(RANDOMS)
def test_no_record_that_the_gate_refuses_is_called_valid_by_columns(random: Random) -> None:
    try:
        list(verdicts(random))
    except SetupError:
        assume(condition=False)


def test_columns_call_valid_most_of_what_is() -> None:
    seen: Counter[tuple[bool, bool]] = Counter()
    for seed in range(40):
        seen.update(verdicts(Random(seed)))  # noqa: S311 - no secret
    assert seen[True, True] > 3 * seen[False, True], seen
    assert seen[False, False] > 10, seen
