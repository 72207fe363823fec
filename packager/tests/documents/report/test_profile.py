"""What a profile says of columns, and that samples are even, bounded and the same each time."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_packager.documents.report.edtf import days
from dataset_packager.documents.report.profile import Profile, profiles
from dataset_packager.documents.report.row_sample import sample
from dataset_packager.documents.report.shown_values import anchor, shown
from dataset_packager.release.contents import ReleasedConfig, ReleasedShard, Split


def profiled(values: list[object], kind: pa.DataType | None = None) -> list[Profile]:
    return list(profiles(pa.table({"c": pa.array(values, kind)})))


def test_missing_distinct_range_and_frequent_values_of_numbers() -> None:
    (found,) = profiled([3, 1, None, 3, 10, 3])
    assert (found.places, found.missing, found.distinct) == (6, 1, 3)
    assert (found.low, found.high) == ("1", "10")
    assert found.frequent == [("3", 3), ("1", 1), ("10", 1)]


def test_a_distribution_of_many_numbers_has_bins_that_hold_all_of_them() -> None:
    (found,) = profiled([float(number) for number in range(1000)])
    assert len(found.bars) == 16
    assert sum(count for _, count in found.bars) == 1000
    assert found.bars[0][0] == "0 to 62.4375"


def test_few_whole_numbers_have_a_bin_each() -> None:
    (found,) = profiled([number % 14 + 5 for number in range(140)])
    assert found.bars == [(str(number), 10) for number in range(5, 19)]


def test_texts_are_told_by_their_length_and_dates_by_their_range() -> None:
    (texts,) = profiled(["a" * (number + 1) for number in range(30)])
    assert (texts.low, texts.high, texts.measure) == ("1", "30 characters", "length in characters")
    (dates,) = profiled(["2022-09-12", "2022-09", "2014-03-18", None, "2025-07~"])
    assert (dates.low, dates.high) == ("2014-03-18", "2025-07~")
    assert dates.bars == [("2014", 1), ("2022", 2), ("2025", 1)]


def test_lists_and_members_are_profiled_inside() -> None:
    struct = pa.list_(pa.struct([("x", pa.int64())]))
    whole, inside = profiled([[{"x": 1}, {"x": None}], [], None, [{"x": 1}]], struct)
    assert (whole.path, whole.places, whole.missing, whole.empty, whole.values) == ("c", 4, 1, 1, 3)
    assert (inside.path, inside.places, inside.missing, inside.distinct) == ("c[].x", 3, 1, 1)


@pytest.mark.parametrize("values", [[], [None, None], [[]], [float("nan"), float("inf"), 1.0] * 9, [0.1], [True, None]])
def test_odd_columns_have_a_profile_too(values: list[object]) -> None:
    assert profiled(values)


def test_a_sample_is_even_bounded_and_the_same_each_time(tmp_path: Path) -> None:
    shards = []
    for number in range(3):
        table = pa.table({"n": pa.array(range(number * 100_000, (number + 1) * 100_000))})
        pq.write_table(table, tmp_path / f"{number}.parquet", row_group_size=5_000)
        shards.append(ReleasedShard(f"{number}.parquet", "", 0, 100_000, "", 0))
    part = ReleasedConfig("t", False, "", table.schema, (Split("train", tuple(shards)),))
    found = sample(tmp_path, part, 1_000)
    numbers = found.table.column("n").to_pylist()
    assert found.total == 300_000
    assert not found.is_whole
    assert len(numbers) == len(set(numbers)) == 1_000
    assert numbers == sorted(numbers)
    assert [sum(number // 100_000 == shard for number in numbers) for shard in range(3)] == [375, 250, 375]
    assert sample(tmp_path, part, 1_000).table.equals(found.table)
    assert sample(tmp_path, part, 300_000).is_whole


@pytest.mark.parametrize(
    ("text", "start", "end", "vague"),
    [
        ("2022-09-12", "2022-09-12", "2022-09-12", False),
        ("2022-02", "2022-02-01", "2022-02-28", False),
        ("2024-02~", "2024-02-01", "2024-02-29", True),
        ("2025", "2025-01-01", "2025-12-31", False),
        ("2022-09-30/2022-10-05", "2022-09-30", "2022-10-05", False),
        ("2022-09-12T08:00:00Z", "2022-09-12", "2022-09-12", False),
    ],
)
def test_a_date_covers_its_days(text: str, start: str, end: str, *, vague: bool) -> None:
    found = days(text)
    assert found
    assert (found.start.isoformat(), found.end.isoformat(), found.vague) == (start, end, vague)


@pytest.mark.parametrize("text", ["", "soon", "2022-13", "2022-02-30", "../2022", "0000", None, "2022/2023/2024"])
def test_what_names_no_day_has_none(text: object) -> None:
    assert days(text) is None


def test_text_is_shown_on_one_line_with_what_hides_in_it() -> None:
    assert shown("a\n b\t\u202ec\u0007") == "a b \\u202ec\\u0007"
    assert shown("x" * 700).endswith("x…")
    assert shown("👩\u200d👧") == "👩\u200d👧"
    assert [shown(value) for value in (1234567, 0.5, 1e20, True, [1])] == ["1,234,567", "0.5", "1e+20", "true", "[1]"]


def test_identifiers_of_rows_are_distinct_and_fit_into_a_link() -> None:
    keys = ["a b", "a~20b", "a%20b", "a/b#c?d", "ä", "a-b", ""]
    names = [anchor("t", [key]) for key in keys]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") for name in names)
