"""A schema that somebody has already: it takes the place of the inferred one, and its own words count in proposals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.files import regular_bytes
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, format_path
from dataset_packager.columns.explain_schema import explanations
from dataset_packager.columns.kinds import column_types
from dataset_packager.columns.kinds.class_label import ClassLabel
from dataset_packager.columns.table_columns import table_plan, types_spelled
from dataset_packager.scaffold.schema_inference import Items, Members, Range, strategies
from dataset_packager.scaffold.type_proposals import TypeProposal, proposed_types
from dataset_packager.schemas import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genson.schema.node import SchemaNode

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.scaffold.schema_inference import TableSchema
    from dataset_packager.schemas import Schema


def brought(path: Path, table: TableSchema) -> tuple[dict[str, Any], list[TypeProposal]]:
    """Return the schema in a file, and the column types that it or a table's records suggest and all values fit.

    Raises:
        SetupError: it can't be read, isn't valid, describes no objects, or refers to other files.
    """
    schema = load_schema(path.parent, path.name)
    if len(schema.sources) > 1:
        others = ", ".join(sorted(schema.sources.keys() - {schema.path}))
        raise SetupError(f"{path}: refers to {others}: --schema takes one file; put what it refers to into its $defs")
    document = json.loads(regular_bytes(path))
    if not isinstance(document, dict):
        raise SetupError(f"{path}: describes no objects: --schema takes the schema of a record")
    stated = {each.path for each in explanations(table_plan(schema, provenance=False)) if each.typed}
    return document, [each for each in _proposals(schema, table) if format_path(each.path) not in stated]


def _proposals(schema: Schema, table: TableSchema) -> Iterator[TypeProposal]:
    seen = {each.path: each for each in proposed_types(table) if not each.words}
    yield from seen.values()
    for path, name in types_spelled(schema).items():
        if path in seen:
            continue
        if name == ClassLabel.name:
            yield TypeProposal(path, name, "the words of its enum: readers get ClassLabel, the report counts each")
        elif _are_held(name, _node(table, path)):
            yield TypeProposal(path, name, f"the schema's format: {column_types()[name].noun}")


def _are_held(name: str, node: SchemaNode | None) -> bool:
    """Say whether a type of integers holds the least and the greatest of those that were seen."""
    known = strategies(node) if node is not None else []
    if len(known) != 1 or not isinstance(known[0], Range) or known[0].has_fractions:
        return False
    kind = column_types()[name]
    try:
        least_and_most = pa.array(map(int, known[0].ends), kind().plain_type)
    except (pa.ArrowException, OverflowError, TypeError):  # beyond any of its kind; or a type that has options
        return False
    return kind().held(least_and_most)[1] is None


def _node(table: TableSchema, path: ColumnPath) -> SchemaNode | None:
    """Return what is known of the values at a path; None where there is no such place."""
    node = table.members.get(path[0] or "")
    steps = iter(path[1:])
    for step in steps:
        found = strategies(node) if node is not None else []
        if len(found) != 1:
            return None
        known = found[0]
        if step is LIST and isinstance(known, Items):
            node = known.items
        elif step is LIST and isinstance(known, Members) and known.values is not None:
            node = known.values
            next(steps, None)  # the entries of a map are keys and values
        else:
            node = known.named.get(step or "") if isinstance(known, Members) else None
    return node
