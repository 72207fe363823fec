"""Which limits of the Hub a release would break: told while it is built, and before it is published.

A release is sound with or without them, so they are warnings; each says the number and what to do.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from dataset_packager.base.findings import Finding
from dataset_packager.base.hub_lists import hub_lists
from dataset_packager.columns.file_values import holds_files, without_bytes
from dataset_packager.documents.front_matter import stated_metadata
from dataset_packager.documents.safe_yaml import LOADER
from dataset_packager.release.names import CARD, CONFIGURATION, LICENSE
from dataset_packager.shards.large_rows import open_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.release.release_files import Release

CODE = "limit"
LARGE_ROWS = 16 * 2**10  # bytes of a mean row, from which a build looks at each row of a row group
BATCH_ROWS = 1024
_CONFUSED = re.compile(r"0o[0-7]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?[0-9.]+[eE][0-9]+")
"""Plain words that readers of YAML 1.1 and 1.2 take for different things; none has ``y`` and ``n`` for booleans."""


def hub_limits(release: Release, *, closely: bool) -> Iterator[Finding]:
    """Yield each limit of the Hub that a release breaks.

    ``closely`` reads every row for its size; otherwise only row groups whose rows are large on average.
    """
    most = hub_lists()["limits"]
    yield from _files(release, most)
    yield from _columns(release, most)
    yield from _metadata(release)
    yield from _card(release)
    yield from _rows(release, most, closely=closely)


def limit(file: str, message: str, hint: str, path: str = "$") -> Finding:
    """Return the finding that something is beyond what the Hub takes."""
    return Finding(file, None, path, CODE, message, hint=hint)


def _files(release: Release, most: Mapping[str, int]) -> Iterator[Finding]:
    many, mend = len(release.files), "set a larger shard_input_bytes, so that there are fewer shards"
    if many > most["files"]:
        yield limit(".", f"{many:,} files, where the Hub takes {most['files']:,} in a repository", mend)
    for folder, count in Counter(name.rpartition("/")[0] for name in release.files).items():
        if count > most["files_in_folder"]:
            told = f"{count:,} files in one folder, where the Hub takes {most['files_in_folder']:,}"
            yield limit(folder or ".", told, mend)


def _columns(release: Release, most: Mapping[str, int]) -> Iterator[Finding]:
    for part in release.parts.values():
        names = release.footer(release.shards(part, part.splits[0])[0]).schema.names
        if len(names) > most["columns"]:
            told = f"{len(names):,} columns, where the Hub's viewer takes {most['columns']:,}"
            yield limit(part.schema, told, "put members that belong together into an object, or make a view")
        for name in names:
            if len(name) > most["column_name"]:
                told = f"a column's name has {len(name):,} characters, where the Hub takes {most['column_name']:,}"
                yield limit(part.schema, told, "give the member a shorter name", f"$.{name[:60]}…")
        if len(part.splits) > most["splits"]:
            told = f"{part.name} has {len(part.splits)} splits, where the Hub's viewer takes {most['splits']}"
            yield limit(CONFIGURATION, told, "join some of them, or make them tables")


def _metadata(release: Release) -> Iterator[Finding]:
    """Tell of ids in the configuration that aren't in the Hub's lists."""
    lists, config = hub_lists(), release.config
    found, tasks = stated_metadata(config, linked=LICENSE in release.files), lists["tasks"]["ids_by_category"]
    since = f"in the Hub's list of {lists['tasks']['as_of']}"
    if found.get("license") == "other" and not found.get("license_link"):
        told = f"the licence {config.license!r} is none of the Hub's, and the card has no link to its text"
        yield limit(
            "pyproject.toml",
            told,
            "put its text into LICENSE-DATA or LICENSE, or set license_link in [tool.dataset-packager.card]",
            "$.license",
        )
    for category in config.task_categories:
        if category not in tasks:
            told = f"the task category {category!r} isn't {since}"
            yield limit("pyproject.toml", told, "take one of huggingface.co/tasks", "$.task_categories")
    known = {task for ids in tasks.values() for task in ids}
    for task in found.get("task_ids", ()):
        if task not in known:
            yield limit(
                "pyproject.toml", f"the task id {task!r} isn't {since}", "take one of its ids", "$.card.task_ids"
            )
    for tag in config.tags:
        kind = tag.partition(":")[0]
        if ":" in tag and kind in lists["card"]["made_by_the_hub"]:
            mend = f"say it where {kind} is said in the configuration, or leave it out"
            yield limit("pyproject.toml", f"the Hub makes tags {kind}:… itself, and drops {tag!r}", mend, "$.tags")


def _card(release: Release) -> Iterator[Finding]:
    """Tell of plain words of the card's YAML that the Hub's reader takes for something else."""
    text = release.text(CARD)
    node = yaml.compose(text[4 : text.find("\n---\n", 3) + 1], Loader=LOADER)
    for scalar in _scalars(node):
        if not scalar.style and _CONFUSED.fullmatch(scalar.value):
            told = f"{scalar.value!r} is a text to one reader of YAML and something else to the other"
            yield Finding(CARD, scalar.start_mark.line + 2, "$", CODE, told, hint="put it in quotes")


def _scalars(node: Any) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for each in pair:
                yield from _scalars(each)


def _rows(release: Release, most: Mapping[str, int], *, closely: bool) -> Iterator[Finding]:
    for path in (
        path for part in release.parts.values() for split in part.splits for path in release.shards(part, split)
    ):
        groups = enumerate(release.footer(path).groups)
        numbers = [number for number, (rows, size) in groups if closely or size > LARGE_ROWS * rows]
        if not numbers:
            continue
        with open_shard(release.folder / path) as file:
            for number in numbers:
                yield from _group(path, file, number, most)


def _group(path: str, file: pq.ParquetFile, number: int, most: Mapping[str, int]) -> Iterator[Finding]:
    whole = over = over_without = largest = 0
    has_files = any(map(holds_files, file.schema_arrow))
    for batch in file.iter_batches(BATCH_ROWS, row_groups=[number]):
        sizes = _sizes(batch)
        bare = _sizes(without_bytes(batch, file.schema_arrow)) if has_files else sizes
        whole, over = whole + int(sizes.sum()), over + int((sizes > most["row_bytes"]).sum())
        over_without += int((bare > most["row_bytes"]).sum())
        largest = max(largest, int(sizes.max(initial=0)))
    of_texts = ["split long texts into rows of their own"] if over_without else []
    of_files = ["name smaller files, or fewer in a record"] if over > over_without else []
    mend = "; ".join(of_texts + of_files)
    if over:
        told = f"{over:,} rows of row group {number} are over {most['row_bytes']:,} bytes (the largest has {largest:,})"
        yield limit(path, f"{told}: the Hub's viewer cuts or leaves them out", mend)
    if whole > most["group_bytes"]:
        told = (
            f"row group {number} takes {whole:,} bytes of memory, where the Hub's viewer takes {most['group_bytes']:,}"
        )
        is_one_row = file.metadata.row_group(number).num_rows == 1  # no smaller group could be cut
        yield limit(path, told, mend if is_one_row and mend else "set a smaller shard_input_bytes")


def _sizes(batch: pa.RecordBatch) -> Any:
    """Return how many bytes each row takes in memory."""
    return sum((row_bytes(column) for column in batch.columns), np.zeros(len(batch), np.int64))


def row_bytes(array: pa.Array) -> Any:
    """Return how many bytes each value of an array takes in memory, without offsets and validity."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return row_bytes(array.storage)
    if pa.types.is_fixed_size_list(kind):
        return np.full(len(array), kind.list_size * max(1, kind.value_type.bit_width // 8), np.int64)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        offsets = array.offsets.to_numpy()
        inner = array.values.slice(offsets[0], offsets[-1] - offsets[0])
        before = np.concatenate(([0], np.cumsum(row_bytes(inner))))
        sizes = before[offsets[1:] - offsets[0]] - before[offsets[:-1] - offsets[0]]
        return np.where(array.is_null().to_numpy(zero_copy_only=False), 0, sizes)
    if pa.types.is_struct(kind):
        children = (row_bytes(child) for child in array.flatten())
        return sum(children, np.zeros(len(array), np.int64))
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
        return np.diff(offsets).astype(np.int64)
    if pa.types.is_dictionary(kind):
        return row_bytes(array.dictionary_decode())
    width = 1 if pa.types.is_null(kind) else max(1, kind.bit_width // 8)
    return np.full(len(array), width, np.int64)
