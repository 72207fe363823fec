"""What is made here behaves as what the standard library makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from dataset_packager.base.dataclass import dataclass

WAYS = list(itertools.product((False, True), repeat=2))


def made_by(decorate: Any, *, frozen: bool, slots: bool) -> type:
    """Return a class that has something of all that a dataclass may have."""

    @decorate(frozen=frozen, slots=slots)
    class Base:
        """A class."""

        name: str
        count: int = 0

    @decorate(frozen=frozen, slots=slots)
    class Row(Base):
        """A class made of another one."""

        values: list[int] = field(default_factory=list)
        note: str = field(default="", compare=False)
        secret: str = field(default="x", repr=False)
        unit: str = field(kw_only=True)

        def __post_init__(self) -> None:
            if self.count < 0:
                raise ValueError(self.count)

    return Row


OURS = {way: made_by(dataclass, frozen=way[0], slots=way[1]) for way in WAYS}
THEIRS = {way: made_by(dataclasses.dataclass, frozen=way[0], slots=way[1]) for way in WAYS}
CALLS: list[tuple[list[Any], dict[str, Any]]] = [
    (["a"], {"unit": "m"}),
    (["a", 2, [3], "n", "s"], {"unit": "m"}),
    ([], {"name": "a", "unit": "m", "note": "other"}),
    (["a", -1], {"unit": "m"}),
    (["a"], {}),
    (["a", 1, [], "", "", "m"], {}),
    (["a"], {"unit": "m", "more": 1}),
]
for number, way in enumerate(WAYS):  # pickle looks for a class by its name
    globals()[f"Row{number}"] = OURS[way]
    OURS[way].__name__ = OURS[way].__qualname__ = f"Row{number}"


def seen(row: Any, other: Any) -> list[Any]:
    """Return what tells of a row, beside another one of its kind."""
    shown = repr(row).partition("(")[2]
    return [shown, row == other, row == (row.name, row.count), dataclasses.asdict(row), type(row).__hash__ is None]


@pytest.mark.parametrize("way", WAYS)
def test_a_class_takes_shows_and_compares_values_as_one_of_the_standard_library(way: tuple[bool, bool]) -> None:
    for (first, second), (third, fourth) in itertools.product(CALLS, CALLS):
        told = []
        for each in (OURS[way], THEIRS[way]):
            try:
                told.append(seen(each(*first, **second), each(*third, **fourth)))
            except (TypeError, ValueError) as error:
                told.append([type(error)])
        assert told[0] == told[1]


@pytest.mark.parametrize("way", WAYS)
def test_a_class_is_changed_copied_and_sent_as_one_of_the_standard_library(way: tuple[bool, bool]) -> None:
    frozen, _ = way
    row = OURS[way]("a", 1, [2], unit="m")
    changed = dataclasses.replace(row, count=5)
    assert (changed.count, changed.values, row.count) == (5, [2], 1)
    for same in (pickle.loads(pickle.dumps(row)), copy.copy(row), copy.deepcopy(row)):  # noqa: S301 - it is our own
        assert same == row
        assert same is not row
    assert row.__match_args__ == THEIRS[way].__match_args__  # type: ignore[attr-defined]
    assert hasattr(row, "__dict__") == hasattr(THEIRS[way]("a", unit="m"), "__dict__")
    if frozen:
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'count'"):
            row.count = 2
        with pytest.raises(FrozenInstanceError, match="cannot delete field 'count'"):
            del row.count
    else:
        row.count = 2
        assert row.count == 2


def test_equal_values_have_one_hash_and_each_has_its_own_default_lists() -> None:
    @dataclass(frozen=True)
    class Point:
        """A place."""

        x: int
        y: tuple[int, ...] = ()
        told: str = field(default="", compare=False)

    @dataclass(frozen=True)
    class Nothing:
        """A class without fields."""

    assert {Point(1, (2,), "a"): 1}[Point(1, (2,), "b")] == 1
    assert len({Point(1), Point(2), Point(1, (1,))}) == 3
    assert Nothing() == Nothing() != Point(1)
    assert hash(Nothing()) == hash(Nothing())
    assert OURS[False, False]("a", unit="m").values is not OURS[False, False]("a", unit="m").values  # type: ignore[attr-defined]


def test_a_method_that_a_class_has_stays() -> None:
    @dataclass
    class Told:
        """Something with words of its own."""

        name: str

        def __repr__(self) -> str:
            return "told"

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = object.__hash__

    assert (repr(Told("a")), Told("a") == 3, isinstance(hash(Told("a")), int)) == ("told", True, True)
