"""Which files a pattern names, by their paths alone: a stranger may have written both."""

from pathlib import Path

import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.records.files import DEEPEST, Walk, is_named_by


@pytest.mark.parametrize(
    ("pattern", "named", "others"),
    [
        ("data/*.jsonl", ["data/a.jsonl"], ["data/b/a.jsonl", "data/a.json", "a.jsonl"]),
        ("data/**", ["data/a", "data/b/a"], ["data", "a"]),
        ("**/a", ["a", "b/a", "b/c/a"], ["a/b"]),
        ("a/**/**/b/*", ["a/b/c", "a/x/y/b/c"], ["a/b", "a/x/b"]),
        ("data/x [1].jsonl", ["data/x [1].jsonl", "data/x 1.jsonl"], ["data/x.jsonl"]),
        ("s3://bucket/*.jsonl", ["s3://bucket/a.jsonl"], ["s3://bucket/b/a.jsonl"]),
    ],
)
def test_what_a_pattern_names(pattern: str, named: list[str], others: list[str]) -> None:
    assert [name for name in named + others if is_named_by(pattern, name)] == named


def test_stars_over_stars_are_compared_step_by_step_and_not_in_every_combination() -> None:
    stars = "/".join(["**", "*"] * (DEEPEST // 2 - 1))
    assert is_named_by(stars, "a/" * 200 + "b")
    assert not is_named_by(f"{stars}/c", "a/" * 200 + "b")
    assert not is_named_by("*/" * 10_000, "a/" * 10_000)


def test_a_pattern_through_too_many_folders_is_refused(tmp_path: Path) -> None:
    assert list(Walk(tmp_path).files("**/" * 10_000 + "*")) == []
    with pytest.raises(SetupError, match="through more than 256 folders"):
        list(Walk(tmp_path).files("a/" * 10_000 + "*"))
