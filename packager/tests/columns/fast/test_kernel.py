"""The kernel on any bytes: no crash, no hang, nothing read or written outside, no line taken that ``parse`` refuses."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import PACKAGER, python, ran_well
from fuzz import kernel

from dataset_packager.columns import fast as columnar

from .test_same_verdict import CASES

if TYPE_CHECKING:
    from pathlib import Path

compiled = pytest.mark.skipif(kernel.compiler() is None, reason="no C compiler with sanitizers is at hand")


@pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
def test_mutated_lines_neither_break_out_of_their_memory_nor_get_in_unread() -> None:
    ran = ran_well(python("-m", "columns.fast.guarded", "0", str(CASES or 60), cwd=PACKAGER / "tests"))
    read, taken = map(int, ran.out.split())
    assert 0.1 * read < taken < 0.7 * read


@compiled
def test_random_tables_and_damaged_lines_pass_under_sanitizers() -> None:
    with kernel.program() as program:
        ran = subprocess.run([program, "0", str(CASES or 3000), "600"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    inputs, lines, plain, held = map(int, ran.stdout.split())
    assert inputs == (CASES or 3000)
    assert 0.1 * inputs < held < 0.9 * inputs
    assert 0.3 * lines < plain < 0.9 * lines


FAULTS = {
    "a cell too many": ("return node->count >= node->room;", "return node->count > node->room;"),
    "text without room": ("if (value > node->text_room - node->filled - 8)", "if (value > node->text_room + 8)"),
    "a string without room": ("while (room - to >= 16)", "while (room - to >= 0)"),
    "a look behind the last line": ("if (buffer[at] == '\\n') return BROKEN;\n            }", "}"),
    "a row too many": ("&& row < control->most_rows", ""),
    "a trace of a line that isn't plain": (
        "            restore(&all, rows_before);\n            reached",
        "reached",
    ),
    "half of a character": ("= (one >= 0xC0) | (two", "= (two"),
    "what begins at an odd place isn't found": ("start = at - needle->offset - 1;", "start = at - needle->offset;"),
    "a member twice": ("if (node->seen == frame->object) return BROKEN;", ""),
}


@compiled
@pytest.mark.parametrize("fault", FAULTS)
def test_the_sanitizers_and_what_is_checked_beside_them_find(fault: str, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    source = kernel.KERNEL.read_text("utf-8")
    assert source.count(right) == 1
    (tmp_path / "kernel.c").write_text(source.replace(right, wrong), "utf-8")
    with kernel.program(tmp_path / "kernel.c") as program:
        ran = subprocess.run([program, "0", "20000", "60"], capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "not so" in ran.stderr or "Sanitizer" in ran.stderr or "runtime error" in ran.stderr
