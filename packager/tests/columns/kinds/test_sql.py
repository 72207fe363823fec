"""What a view's query sees of a typed column is what decoding gives: the values of the records, to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from columns.round_trip import schema_of
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.kinds.decimal import Decimal
from dataset_packager.columns.kinds.numbers import Float32
from dataset_packager.columns.kinds.timestamp import Timestamp
from dataset_packager.columns.kinds.vector import Vector
from dataset_packager.columns.table_columns import table_plan

from .values_of_types import HELD, schema

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.columns.kinds.interface import ColumnType


def by_sql(kind: ColumnType, stored: Any) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("stored", pa.table({"x": stored}))
        return [value for (value,) in connection.sql(f"SELECT {kind.sql('x')} FROM stored").fetchall()]


def test_a_slice_of_each_type_and_its_sql_give_the_values_that_went_in(tmp_path: Path) -> None:
    plan = table_plan(schema_of(tmp_path, schema()), provenance=False)
    for field in plan.arrow_schema:
        kind = type_of(field)
        if kind is None or kind.replaces:
            continue
        held = [int(each) if isinstance(each, float) and "int" in field.name else each for each in HELD[field.name]]
        plain = pa.array([None, *held, None, *held, None], kind.plain_type)
        stored, refused = kind.held(plain)
        assert refused is None
        assert list(map(repr, by_sql(kind, stored))) == list(map(repr, plain.to_pylist())), field.name
        for begin in range(len(plain)):
            assert kind.decode(stored.slice(begin, 3)).to_pylist() == plain.slice(begin, 3).to_pylist(), field.name


def singles() -> Any:
    """Return numbers of 32 bits: any, some between two texts, the smallest, and all powers of two."""
    random = np.random.default_rng(7)
    halves = np.arange(1_000_000, 1_020_000).astype(np.float32) + np.float32(0.25)
    small = np.concatenate([np.arange(1, 2000), np.arange(2**23 - 500, 2**23 + 500)]).astype(np.uint32).view(np.float32)
    powers = (2.0 ** np.arange(-149, 128)).astype(np.float32)
    found = np.concatenate([random.integers(0, 2**32, 20_000, np.uint32).view(np.float32), halves, small, powers])
    found = found[np.isfinite(found)]
    return pa.array(np.concatenate([found, -found]))


def test_sql_gives_the_shortest_text_of_numbers_of_32_bits() -> None:
    stored = singles()
    wanted = Float32().decode(stored)
    assert Float32().held(wanted)[1] is None
    assert list(map(repr, by_sql(Float32(), stored))) == list(map(repr, wanted.to_pylist()))
    vectors = pa.FixedSizeListArray.from_arrays(stored[:3000], 3)
    assert by_sql(Vector(Float32(), 3), vectors) == Vector(Float32(), 3).decode(vectors).to_pylist()


@pytest.mark.parametrize(("precision", "scale"), [(1, 0), (1, 1), (4, 4), (18, 18), (38, 38), (38, 37), (19, 0)])
def test_decimals_are_written_alike_whatever_the_scale(precision: int, scale: int) -> None:
    ends = ["0" * scale, "9" * scale, "0" * (scale - 1) + "1"] if scale else ["0"]
    wholes = ["0"] if precision == scale else ["0", "9" * (precision - scale)]
    texts = [f"{whole}.{end}" if scale else whole for whole in wholes for end in ends]
    texts += [f"-{text}" for text in texts if set(text) - set("0.")]
    kind = Decimal(precision, scale)
    stored, refused = kind.held(pa.array(texts))
    assert refused is None
    assert by_sql(kind, stored) == texts


@pytest.mark.parametrize(
    ("unit", "digits"), [(unit, n) for unit, most in (("ms", 3), ("us", 6), ("ns", 9)) for n in range(most + 1)]
)
def test_instants_are_written_alike_whatever_the_digits(unit: str, digits: int) -> None:
    fractions = [f".{part * digits}" if digits else "" for part in ("0", "9", "4")]
    texts = [f"{time}{part}Z" for time in ("1969-12-31T23:59:59", "2000-02-29T00:00:00") for part in fractions]
    kind = Timestamp(unit, digits)
    stored, refused = kind.held(pa.array(texts))
    assert refused is None
    assert by_sql(kind, stored) == texts
