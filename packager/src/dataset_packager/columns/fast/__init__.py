"""JSON lines straight into columns, compiled; exact or not at all, the same values as the slower way gives.

``kernel`` reads lines into cells: ``layout`` says what stands where, ``memory`` reaches it, ``compiled`` makes machine
code of it. ``program`` tells it what a table is, ``fill`` makes Arrow arrays of the cells, ``rules`` holds
columns against the schema, ``reader`` does all of it for a block of lines; ``held`` does it for rows
that are read back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_packager.columns.fast.line_reader import LineReader
    from dataset_packager.columns.table_plan import TablePlan
    from dataset_packager.schemas import Schema
    from dataset_packager.validation.gate import Gate


def line_reader(
    schema: Schema, plan: TablePlan, gate: Gate, most_depth: int, *, assert_formats: bool
) -> LineReader | None:
    """Return what reads the lines of a table straight into columns, or None where there is no such way.

    The compiler that it takes is loaded here: it takes a second, and small inputs never need it.
    """
    from dataset_packager.columns.fast.line_reader import make_reader

    return make_reader(schema, plan, gate, most_depth, assert_formats=assert_formats)


def is_compiled() -> bool:
    """Say whether the machine code for that is at hand."""
    from dataset_packager.columns.fast.native import is_kept

    return is_kept()


def compile_now() -> None:
    """Make the machine code, once on each machine, so that no two workers do it at the same time."""
    from dataset_packager.columns.fast.native import reader

    reader()
