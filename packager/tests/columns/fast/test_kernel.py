"""The kernel on any bytes: no crash, no hang, nothing read or written outside, no line taken that ``parse`` refuses."""

from __future__ import annotations

from conftest import PACKAGER, python, ran_well

from .test_same_verdict import CASES


def test_mutated_lines_neither_break_out_of_their_memory_nor_get_in_unread() -> None:
    ran = ran_well(python("-m", "columns.fast.guarded", "0", str(CASES or 60), cwd=PACKAGER / "tests"))
    read, taken = map(int, ran.out.split())
    assert 0.1 * read < taken < 0.7 * read
