"""The shards' footers: what they say of themselves is what the schemas and the provenance say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.check_result import unsound
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.findings import PackagerError
from dataset_packager.base.text import cause
from dataset_packager.columns.features import features_footer
from dataset_packager.release.names import PROVENANCE
from dataset_packager.release.shipped_schemas import column_differences, released_plan
from dataset_packager.shards.chunk_results import InputRange, summed_up
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, FOOTER_PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.release.release_files import Part, Release

KNOWN = frozenset({b"ARROW:schema", FOOTER_FEATURES, FOOTER_PROVENANCE})


def check_footers(release: Release) -> Iterator[Told]:
    """Check rows, digests, inputs, columns and features that each shard's footer states."""
    for part in release.parts.values():
        for split in part.splits:
            for path in release.shards(part, split):
                yield from _check_shard(release, part, split, path)


def _check_shard(release: Release, part: Part, split: str, path: str) -> Iterator[Told]:
    try:
        release.footer(path)
    except PackagerError as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        yield unsound(path, str(error).removeprefix(f"{path}: "))
        return
    yield from _check_statement(release, part, split, path)
    yield from _check_columns(release, part, path)


def _check_statement(release: Release, part: Part, split: str, path: str) -> Iterator[Told]:
    footer, told = release.footer(path), release.told_shards.get(path)
    if told is None:
        yield unsound(path, f"{PROVENANCE} does not speak of it")
        return
    expected: dict[str, Any] = {
        "dataset": release.config.name,
        "table": part.name,
        "split": split,
        "schema_sha256": release.sha256(part.schema),
        "rows": told["rows"],
        "content_digest": told["content_digest"],
        "inputs": _inputs(release, part, told),
    }
    if part.is_view:
        (query,) = (view.query for view in release.config.views if view.name == part.name)
        expected["query_sha256"] = release.sha256(query)
    for name, value in expected.items():
        found = footer.provenance.get(name)
        yield 1 if found == value else unsound(path, f"the footer's {name} is {found!r}, not {value!r}")
    for name in sorted(footer.provenance.keys() - expected.keys()):
        yield unsound(path, f"the footer's provenance has a member {name!r} that nobody knows")
    for key in sorted(footer.keys - KNOWN):
        named = repr(key.decode("utf-8", "replace"))
        yield unsound(path, f"the footer has a key {named}, by which readers may change its rows")
    yield unsound(path, "the footer calls its rows sorted, which no build says") if footer.is_ordered else 1
    yield 1 if footer.rows == told["rows"] else unsound(path, f"has {footer.rows} rows, not {told['rows']}")


def _inputs(release: Release, part: Part, told: dict[str, Any]) -> Any:
    if part.is_view:
        tables = [table for table in release.told_tables if not release.parts[table["name"]].is_view]
        return [{"table": table["name"], "content_digest": table["content_digest"]} for table in tables]
    return summed_up([InputRange(**range_) for range_ in told["inputs"]])


def _check_columns(release: Release, part: Part, path: str) -> Iterator[Told]:
    schema = release.footer(path).schema
    try:
        expected = released_plan(release.folder, part.schema, part.row_provenance, part.choices).arrow_schema
    except PackagerError as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        yield unsound(part.schema, cause(error))
        return
    differences = list(column_differences(expected, schema))
    yield from (unsound(path, difference) for difference in differences)
    yield len(expected) if not differences else 0
    metadata = schema.metadata or {}
    same = metadata.get(FOOTER_FEATURES) == features_footer(expected)
    yield 1 if same else unsound(path, f"the footer's features are not those of {part.schema}")
