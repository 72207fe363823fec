"""What holds between tables: keys, references, and the views that come of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.check_result import unsound
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.findings import PackagerError
from dataset_packager.base.text import cause
from dataset_packager.release.shipped_schemas import released_plan
from dataset_packager.release.view_job import view_job
from dataset_packager.schemas import load_schema
from dataset_packager.shards.key_columns import are_distinct, key_schema, wanted_keys
from dataset_packager.shards.keys import KeyFiles, check_keys
from dataset_packager.verify.keys_later import later_key
from dataset_packager.verify.rows import lay_down_keys, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.project.config import View
    from dataset_packager.release.release_files import Release


def check_relations(release: Release) -> Iterator[Told]:
    """Check that keys are unique and never null, and that references lead to a row; counts rows per relation."""
    rows, files, schemas, splits, distinct = read_rows(release), {}, {}, {}, set()
    for name, wanted in wanted_keys(release.config.tables).items():
        part = release.parts[name]
        schema = released_plan(release.folder, part.schema, part.row_provenance, part.choices).arrow_schema
        read = [(split, rows[path]) for split in part.splits for path in release.shards(part, split)]
        shards = [shard for _, shard in read]
        key, spans = release.config.table[name].key, [span for shard in shards for span in shard.spans]
        if spans and are_distinct(spans):
            distinct.add((name, key))
        elif later_key(release.config.tables, release.config.table[name]):
            lay_down_keys(release, name)
        for paths in wanted:
            files[name, paths] = [shard.keys[paths] for shard in shards if paths in shard.keys]
            splits[name, paths] = [split for split, shard in read if paths in shard.keys]
            schemas[name, paths] = key_schema(schema, paths, name)
    wrong, keys = 0, KeyFiles(files, schemas, distinct, splits)
    for finding in check_keys(release.config.tables, keys, release.temporary, threads=release.workers):
        wrong += 1
        yield finding
    yield max(_related(release) - wrong, 0)


def _related(release: Release) -> int:
    """Return how many rows are held against a key or a reference."""
    rows = {table.name: 0 for table in release.config.tables}
    for path, shard in read_rows(release).items():
        name = path.split("/")[1]
        if name in rows:
            rows[name] += shard.rows
    return sum(
        rows[table.name] * (len(table.keys) + len(table.references) + len(table.disjoint))
        for table in release.config.tables
    )


def check_views(release: Release) -> Iterator[Told]:
    """Make every view again from the shipped query and tables, and compare the content of its shards.

    The query runs as in a build: it can read nothing but the tables.
    """
    if not release.config.views:
        return
    from dataset_packager.release.views import make_view  # with a whole database: most datasets have no view

    tables = [part for part in release.contents.configs if not part.is_view]
    columns = {part.name: part.arrow_schema for part in tables}
    for view in release.config.views:
        try:
            schema = load_schema(release.config.project, view.schema)
            job = view_job(release.config, view, schema, columns)
            shards, findings = make_view(job, tables, release.plain_folder, release.temporary)
        except PackagerError as error:
            if failure := failure_of_surroundings(error):
                raise failure from error
            yield unsound(view.query, f"can't be run again: {cause(error)}")
            continue
        yield from findings
        yield from _compare(release, view, [shard.content for shard in shards])


def _compare(release: Release, view: View, made: list[str]) -> Iterator[Told]:
    rows, part = read_rows(release), release.parts[view.name]
    paths = [path for split in part.splits for path in release.shards(part, split)]
    if [rows[path].content for path in paths if path in rows] == made:
        yield sum(rows[path].rows for path in paths)
    else:
        yield unsound(f"data/{view.name}", f"its rows are not those that {view.query} selects from the tables")
