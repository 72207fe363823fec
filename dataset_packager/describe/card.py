"""The dataset card: README.md of the release, with the YAML that the Hub and ``datasets`` read, then prose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml
from datasets import Features

from dataset_packager.describe.markdown import code, escape, fenced, json_block, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.config import Config
    from dataset_packager.contents import Contents, ReleasedConfig

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip


def card(config: Config, contents: Contents, examples: dict[str, Any]) -> str:
    """Return the text of the card; ``examples`` has one row of each config."""
    metadata = yaml.safe_dump(front_matter(config, contents), sort_keys=False, allow_unicode=True, width=10_000)
    body = "\n".join(_body(config, contents, examples))
    return f"---\n{metadata}---\n\n{body}\n"


def front_matter(config: Config, contents: Contents) -> dict[str, Any]:
    """Return the card's metadata, in the order in which it is written."""
    head = {
        "pretty_name": config.pretty_name,
        "license": config.license.lower() if config.license else None,
        "language": list(config.languages),
        "task_categories": list(config.task_categories),
        "tags": list(config.tags),
        "size_categories": [size_category(sum(part.rows for part in contents.configs if not part.is_view))],
    }
    return {name: value for name, value in head.items() if value} | {
        "configs": [_config(part, part.name == config.default_config) for part in contents.configs],
        "dataset_info": [dataset_info(part) for part in contents.configs],
    }


def size_category(rows: int) -> str:
    """Return the Hub's size category for a number of rows."""
    return next((name for bound, name in SIZES if rows < bound), "n>1B")


def _config(part: ReleasedConfig, is_default: bool) -> dict[str, Any]:
    files = [{"split": split.name, "path": f"data/{part.name}/{split.name}-*.parquet"} for split in part.splits]
    return {"config_name": part.name, "data_files": files} | ({"default": True} if is_default else {})


def dataset_info(part: ReleasedConfig) -> dict[str, Any]:
    """Return what ``datasets`` is told of a config; the digest in it makes its cache follow the content."""
    return {
        "config_name": part.name,
        "description": f"Files: sha256:{part.files_digest}",
        "features": Features.from_arrow_schema(part.arrow_schema.remove_metadata())._to_yaml_list(),
        "splits": [
            {"name": split.name, "num_bytes": split.memory, "num_examples": split.rows} for split in part.splits
        ],
        "download_size": sum(shard.size for shard in part.shards),
        "dataset_size": sum(split.memory for split in part.splits),
    }


def _body(config: Config, contents: Contents, examples: dict[str, Any]) -> Iterator[str]:
    yield f"# {escape(config.pretty_name)}"
    yield ""
    yield escape(config.description, longest=2_000)
    yield ""
    yield f"Version {config.version}, released {config.released}."
    yield ""
    yield "## Loading"
    yield ""
    yield from fenced("python", _loading(config))
    yield ""
    yield from table(("config", "split", "rows"), _sizes(config, contents))
    for part in contents.configs:
        yield ""
        yield f"## {escape(part.name)}"
        yield ""
        yield from table(("column", "type", "what it holds"), _columns(part.arrow_schema))
        if part.name in examples:
            yield ""
            yield from json_block(examples[part.name])


def _loading(config: Config) -> str:
    return (
        "from datasets import load_dataset\n\n"
        f'rows = load_dataset("{config.name}", "{config.default_config}", split="train")'
    )


def _sizes(config: Config, contents: Contents) -> Iterator[tuple[str, str, str]]:
    for part in contents.configs:
        name = code(part.name) + (" (default)" if part.name == config.default_config else "")
        for split in part.splits:
            yield name, code(split.name), f"{split.rows:,}"


def _columns(schema: pa.Schema) -> Iterator[tuple[str, str, str]]:
    for path, field in leaves(schema):
        yield code(path), code(type_name(field.type)), escape(documentation(field), longest=500)


def leaves(schema: pa.Schema) -> Iterator[tuple[str, pa.Field]]:
    """Yield every column and every member inside, with its path."""
    for field in schema:
        yield from _leaves(field, field.name)


def _leaves(field: pa.Field, path: str) -> Iterator[tuple[str, pa.Field]]:
    yield path, field
    inner, path = field.type, path
    while pa.types.is_list(inner):
        inner, path = inner.value_type, path + "[]"
    if pa.types.is_struct(inner):
        for child in inner:
            yield from _leaves(child, f"{path}.{child.name}")


def type_name(kind: pa.DataType) -> str:
    """Return a short name of an Arrow type."""
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def documentation(field: pa.Field) -> str:
    """Return what a column's metadata says of it."""
    metadata = field.metadata or {}
    return bytes(metadata.get(b"description", metadata.get(b"title", b""))).decode("utf-8")
