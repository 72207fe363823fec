"""Whether texts hold one of some byte strings: compiled the same as one by one, wherever they begin and end."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest

from dataset_packager.base.byte_counts import by_numpy, count_byte
from dataset_packager.columns import fast as columnar
from dataset_packager.columns.fast import kernel_loader as compiled
from dataset_packager.columns.fast.needles import needles
from dataset_packager.shards.secret_shapes import PERSONAL, SECRETS, secrets_found

from .guarded import Region

pytestmark = pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
SURE = tuple(each for shape in SECRETS for each in shape.sure)


def texts(random: Random, known: tuple[bytes, ...]) -> list[str | None]:
    """Return texts of the letters of some byte strings, with parts of them here and there."""
    letters = [*sorted({chr(byte) for each in known for byte in each}), "é", " "]
    made: list[str | None] = []
    for _ in range(random.randint(0, 12)):
        text = "".join(random.choices(letters, k=random.randint(0, 9)))
        part = random.choice(known).decode() if random.random() < 0.2 else ""
        made.append(None if random.random() < 0.1 else text + part[: random.randint(0, len(part))])
    return made


def test_a_column_holds_what_its_texts_hold_one_behind_the_other() -> None:
    searcher, seen = needles(SURE), set()
    assert searcher is not None
    for seed in range(4000):
        random = Random(seed)  # noqa: S311 - no secret
        array = pa.array(texts(random, SURE), pa.string())
        part = array.slice(random.randint(0, len(array)), random.randint(0, 12))
        whole = "".join(text or "" for text in part.to_pylist()).encode()
        held = any(each in whole for each in SURE)
        assert searcher.held_by(part) == held, (seed, whole)
        seen.add(held)
    assert seen == {True, False}
    assert not searcher.held_by(pa.nulls(3, pa.string()))


@pytest.mark.parametrize("needle", SURE)
def test_a_needle_is_found_at_each_place_and_no_byte_behind_is_read(needle: bytes) -> None:
    region, searcher = Region(), needles((needle,))
    assert searcher is not None
    for size in range(len(needle), len(needle) + 20):
        for at in range(size - len(needle) + 1):
            for text, held in ((needle, True), (needle[:-1] + b"\xff", False), (b"\xff" + needle[1:], False)):
                data = b"." * at + text + b"." * (size - at - len(needle))
                place = region.put(data, at_end=True)
                assert searcher.held_at(place, size) == held, data


def test_rows_have_the_same_secrets_without_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = ["AKIA" + "ABCDEFGH23456723", "x npm_" + "q" * 36, "a@b.example", "+49 170 123 45 67", "eyJ", None, "plain"]
    shapes = ((SECRETS, PERSONAL), (SECRETS,), (PERSONAL,))
    tables = [
        pa.table({"a": pa.chunked_array([random.choices(sound, k=3), random.choices(sound, k=2)], pa.string())})
        for random in map(Random, range(60))
    ]
    searched = [(table, sum(each, ())) for table in tables for each in shapes]
    found = [list(secrets_found(*each)) for each in searched]
    needles.cache_clear()
    monkeypatch.setattr(compiled, "function", lambda _: None)
    assert [list(secrets_found(*each)) for each in searched] == found
    needles.cache_clear()
    assert 0.2 * len(found) < sum(map(bool, found)) < len(found)


def test_a_byte_is_counted_wherever_it_stands_and_no_byte_behind_is_read() -> None:
    region, counter, random = Region(), compiled.found()[0]["count_byte"], Random(0)  # noqa: S311 - no secret
    for size in (0, 1, 15, 16, 17, 31, 255, 4079, 4080, 4081, 100_001):
        for data in (bytes(random.choices(b"{}\xff", k=size)), b"{" * size):
            assert counter(region.put(data, at_end=True), size, ord("{")) == data.count(b"{") == count_byte(data, 123)
            assert by_numpy(data, 123) == data.count(b"{")
