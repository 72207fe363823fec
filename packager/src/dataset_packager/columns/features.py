"""Columns as ``datasets`` writes them, as JSON in a Parquet footer and as YAML in a card, without its slow import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.kinds.interface import dtype

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import ArrowField


def features_footer(schema: pa.Schema) -> bytes:
    """Return what ``datasets`` puts into a footer, so that it reads the features back from there."""
    features = {field.name: _in_footer(field) for field in schema}
    return json.dumps({"info": {"features": features}}).encode("utf-8")


def card_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """Return what ``datasets`` puts into a card under ``dataset_info``, as plain values for YAML."""
    return _members(list(schema))


def _in_footer(field: ArrowField) -> dict[str, Any]:
    if column_type := type_of(field):
        return column_type.feature
    kind = field.type
    if pa.types.is_struct(kind):
        return {member.name: _in_footer(member) for member in kind}
    if pa.types.is_list(kind):
        return {"feature": _in_footer(kind.value_field), "_type": "List"}
    return {"dtype": dtype(kind), "_type": "Value"}


def _members(fields: list[ArrowField]) -> list[dict[str, Any]]:
    return [{"name": field.name, **_in_card(field)} for field in fields]


def _in_card(field: ArrowField) -> dict[str, Any]:
    if column_type := type_of(field):
        return column_type.card_feature
    kind = field.type
    if pa.types.is_struct(kind):
        return {"struct": _members(list(kind))}
    if not pa.types.is_list(kind):
        return {"dtype": dtype(kind)}
    item = _in_card(kind.value_field)
    return {"list": item if "list" in item else next(iter(item.values()))}
