"""The plan for ten terabytes in the documentation, and the simulation that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.scaling import PLAN, main, with_table

if TYPE_CHECKING:
    import pytest


def test_the_plan_has_the_table_that_the_simulation_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    text = PLAN.read_text("utf-8")
    assert with_table(text, capsys.readouterr().out.splitlines()) == text


def test_a_slower_disk_of_the_driver_costs_the_same_however_many_workers_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hours = []
    for disk in ("1GB", "500MB"):
        assert main(["--size", "1TB", "--disk", disk]) == 0
        hours.append([float(row.split(" | ")[3]) for row in capsys.readouterr().out.splitlines()[2:]])
    more = [slow - fast for fast, slow in zip(*hours, strict=True)]
    assert len(set(hours[0])) == 1
    assert all(abs(each - 3 * 0.25e12 / 1e9 / 3600) < 0.1 for each in more)
