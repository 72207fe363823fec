"""The kernel on any bytes: no crash, no hang, nothing read or written outside, no line taken that ``parse`` refuses."""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest
from conftest import PACKAGER, python, ran_well
from fuzz import kernel

from dataset_packager.columns import fast as columnar

from .test_same_verdict import CASES
from .two_ways import Both, job_of

if TYPE_CHECKING:
    from pathlib import Path

compiled = pytest.mark.skipif(kernel.compiler() is None, reason="no C compiler with sanitizers is at hand")


@pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
def test_mutated_lines_neither_break_out_of_their_memory_nor_get_in_unread() -> None:
    ran = ran_well(python("-m", "columns.fast.guarded", "0", str(CASES or 60), cwd=PACKAGER / "tests"))
    read, taken = map(int, ran.out.split())
    assert 0.1 * read < taken < 0.7 * read


EDGES = [
    "0.0", "-0.0", "0e5", "-0e-999", "5e-324", "2e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e309",
    "9007199254740992.0", "9007199254740993.0", "9007199254740993e0", "0.1", "1e22", "1e23", "1e-22", "1e-23",
    "123456789012345", "1234567890123456", "0.12345678901234567890", "12345678901234567.89", "1E+2", "1e00002",
    "1e-00002", "1e99999", "1e-99999", "1.", ".5", "01.5", "-", "1e", "1e+", "-.5", "1.5.5", "0x1", "00", "-0",
]  # fmt: skip


def test_doubles_are_those_that_are_nearest_to_what_was_written(tmp_path: Path) -> None:
    random, texts = Random(0), list(EDGES)  # noqa: S311 - no secret
    for _ in range(6000):
        digits = str(random.getrandbits(random.randint(1, 70)))
        text = f"{digits}.{random.getrandbits(random.randint(1, 60))}" if random.random() < 0.8 else f"{digits}e1"
        power = f"e{random.randint(-30, 30)}" if random.random() < 0.3 else ""
        texts.append(random.choice(["", "-"]) + text.replace("e1", power or "e1") + ("" if "e" in text else power))
    both = Both.of(job_of(tmp_path, {"properties": {"n": {"type": "number"}}, "additionalProperties": False}))
    judged = both.judge([f'{{"n":{text}}}'.encode() for text in texts])
    sound = [text for text, accepted in zip(texts, judged.accepted, strict=True) if accepted]
    assert list(map(repr, judged.table["n"].to_pylist())) == [repr(float(json.loads(text))) for text in sound]
    assert len(EDGES) > sum(text in EDGES for text in sound) > len(EDGES) / 2
    assert len(sound) > 0.9 * len(texts)


@compiled
@pytest.mark.parametrize(("options", "count"), [([], 2000), ([kernel.PORTABLE], 1000)], ids=["as here", "portable"])
def test_random_tables_and_damaged_lines_pass_under_sanitizers(options: list[str], count: int) -> None:
    with kernel.program(kernel.KERNEL, kernel.COMPILED_SOON, *options) as program:
        ran = subprocess.run([program, "0", str(CASES or count), "600"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    inputs, lines, plain, held = map(int, ran.stdout.split())
    assert inputs == (CASES or count)
    assert 0.1 * inputs < held < 0.9 * inputs
    assert 0.3 * lines < plain < 0.9 * lines


FAULTS = {
    "a cell too many": ("return node->count >= node->room;", "return node->count > node->room;"),
    "text without room": ("if (size > node->text_room - node->filled - 8)", "if (size > node->text_room + 8)"),
    "a string without room": ("while (room - to >= 16)", "while (room - to >= 0)"),
    "a look behind the last line": ("if (buffer[at] == '\\n') return BROKEN;\n            }", "}"),
    "a row too many": ("&& row < control->most_rows", ""),
    "a trace of a line that isn't plain": (
        "            restore(&all, rows_before);\n            reached",
        "reached",
    ),
    "half of a character": ("= (one >= 0xC0) | (two", "= (two"),
    "what begins at an odd place isn't found": ("start = at - needle->offset - 1;", "start = at - needle->offset;"),
    "more of a text than there is room for": (" && room - put >= 16", ""),
    "a look behind the last string": ("if (places[count] - places[row + 1] < 16)", "if (false)"),
    "what lies behind a text counts": ("if (end - at < 8) eight &=", "if (false) eight &="),
    "a place that isn't held against its own ranges": ("range++, bound += 32)", "range++)"),
    "a member twice": ("if (node->seen == frame->object) return BROKEN;", ""),
}


@compiled
@pytest.mark.parametrize("fault", FAULTS)
def test_the_sanitizers_and_what_is_checked_beside_them_find(fault: str, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    source = kernel.KERNEL.read_text("utf-8")
    assert source.count(right) == 1
    (tmp_path / "kernel.c").write_text(source.replace(right, wrong), "utf-8")
    with kernel.program(tmp_path / "kernel.c", kernel.COMPILED_SOON) as program:
        ran = subprocess.run([program, "0", "20000", "60"], capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "not so" in ran.stderr or "Sanitizer" in ran.stderr or "runtime error" in ran.stderr
