"""JSON lines straight into columns, compiled; exact or not at all, the same values as the slower way gives.

``kernel.c`` reads lines into cells, and searches and counts bytes. ``kernel_abi`` says what stands where;
``kernel_loader`` loads the machine code, which ``compile_kernel`` makes and ``shipped_kernels`` has the hashes of.
``kernel_program`` tells it what a table is, ``filling`` gives it room, ``blocks`` makes Arrow arrays of the cells,
``line_reader`` does all of it for a block of lines and holds the columns against the schema; ``table_rules`` does that
for rows that are read back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_packager.columns.fast.line_reader import LineReader
    from dataset_packager.columns.table_columns import TablePlan
    from dataset_packager.schemas import Schema
    from dataset_packager.validation.gate import Gate


def reader_for(
    schema: Schema, plan: TablePlan, gate: Gate, most_depth: int, *, assert_formats: bool
) -> LineReader | None:
    """Return what reads the lines of a table straight into columns, or None where there is no such way."""
    from dataset_packager.columns.fast.line_reader import make_reader

    return make_reader(schema, plan, gate, most_depth, assert_formats=assert_formats)


def why_exact() -> str | None:
    """Say why no table has that way on this machine; None where its lines can be read so."""
    from dataset_packager.columns.fast.kernel_loader import why_not

    return why_not()
