"""Columns as ``datasets`` writes them, as JSON in a Parquet footer and as YAML in a card, without its slow import."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

_NAMES = {"double": "float64"}


def features_footer(schema: pa.Schema) -> bytes:
    """Return what ``datasets`` puts into a footer, so that it reads the features back from there."""
    features = {field.name: _in_footer(field.type) for field in schema}
    return json.dumps({"info": {"features": features}}).encode("utf-8")


def card_features(schema: pa.Schema) -> list[dict[str, Any]]:
    """Return what ``datasets`` puts into a card under ``dataset_info``, as plain values for YAML."""
    return _members(list(schema))


def _in_footer(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {field.name: _in_footer(field.type) for field in kind}
    if pa.types.is_list(kind):
        return {"feature": _in_footer(kind.value_type), "_type": "List"}
    return {"dtype": _NAMES.get(str(kind), str(kind)), "_type": "Value"}


def _members(fields: list[pa.Field]) -> list[dict[str, Any]]:
    return [{"name": field.name, **_in_card(field.type)} for field in fields]


def _in_card(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"struct": _members(list(kind))}
    if not pa.types.is_list(kind):
        return {"dtype": _NAMES.get(str(kind), str(kind))}
    item = _in_card(kind.value_type)
    return {"list": item if "list" in item else next(iter(item.values()))}
