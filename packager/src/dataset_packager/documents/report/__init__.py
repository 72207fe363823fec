"""The report: a page for people about a release, made from the release alone; and the pictures of its card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.check_result import unsound
from dataset_packager.columns.metadata import is_row_provenance, leaves
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.documents.citation import table_documentation
from dataset_packager.documents.document import Document, made_again
from dataset_packager.documents.report import charts
from dataset_packager.documents.report.comparisons import comparison
from dataset_packager.documents.report.counts import count
from dataset_packager.documents.report.declaration import check_declaration, declared
from dataset_packager.documents.report.key_diagram import diagram
from dataset_packager.documents.report.page import page, render
from dataset_packager.documents.report.profile import PROFILED_ROWS, profiles
from dataset_packager.documents.report.report_rows import Source
from dataset_packager.documents.report.row_browsers import browser
from dataset_packager.documents.report.row_sample import sample
from dataset_packager.documents.report.step_chains import chain
from dataset_packager.documents.report.threads import thread
from dataset_packager.documents.report.thumbnails import Thumbnails, check_thumbnails, other_thumbnails
from dataset_packager.documents.report.timelines import timeline
from dataset_packager.release.names import ASSETS, REPORT
from dataset_packager.schemas import load_schema
from dataset_packager.shards.judge import table_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.documents.report.charts import Picture
    from dataset_packager.documents.report.declaration import Declaration, Drawn
    from dataset_packager.documents.report.profile import Profile
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig
    from dataset_packager.release.release_files import Release

MOST_BYTES = 3_000_000
MOST_COLUMNS = 1_000  # of a table: each takes a millisecond or two to profile
KINDS: Mapping[str, Callable[[Source, Drawn], dict[str, Any]]] = {
    "timelines": timeline,
    "comparisons": comparison,
    "chains": chain,
    "counts": count,
    "browsers": browser,
    "threads": thread,
}


@dataclass(frozen=True, slots=True)
class Report:
    """The page as HTML, and its pictures."""

    html: str
    pictures: tuple[Picture, ...]


def check_report(config: Config) -> None:
    """Check what a configuration declares to be drawn, before there are rows to draw.

    Raises:
        SetupError: a table or column isn't there, a schema can't be used, or what makes thumbnails is missing.
    """
    check_thumbnails(config)
    if config.report:
        tables = {
            table.name: table_tools(config.project, table, config.row_provenance).plan.arrow_schema
            for table in config.tables
        }
        views = {
            view.name: table_plan(load_schema(config.project, view.schema), provenance=False).arrow_schema
            for view in config.views
        }
        check_declaration(config, tables | views)


def make_report(config: Config, contents: Contents, schemas: Mapping[str, Any], release: Path) -> Report | None:
    """Return the report of a release, or None where the configuration switches it off.

    A page of more than 3 MB is made again with fewer files, then with fewer rows, and says so.

    Args:
        config: the configuration.
        contents: what the release holds.
        schemas: the JSON Schema of each config, for its documentation.
        release: the folder that its shards are in.
    """
    declaration = declared(config)
    if not declaration.enabled:
        return None
    tables = list(_tables(config, contents, schemas, release))
    rows, columns = declaration.rows, max((len(table["columns"]) for table in tables), default=0)
    files = max((len(column.files) for table in tables for column in table["columns"]), default=0)
    while True:
        fewer = replace(declaration, rows=rows)
        views = _views(Source(config, contents, release, fewer), fewer)
        cut = [table | {"columns": _cut(table["columns"], columns, files)} for table in tables]
        players = any(file.element != "img" for table in cut for column in table["columns"] for file in column.files)
        html = render(
            config=config, contents=contents, tables=cut, diagram=diagram(config, contents), views=views,
            has_players=players,
        )  # fmt: skip
        too_large = len(html.encode("utf-8")) / MOST_BYTES
        if too_large <= 1 or (rows == columns == 1 and not files):
            break
        if files:
            files //= 2
        else:
            rows, columns = max(1, int(rows / too_large / 1.2)), max(1, int(columns / too_large / 1.1))
    pictures = [view["picture"] for kind in KINDS for view in views[kind] if view.get("picture")]
    return Report(html, tuple(pictures))


def pictures(facts: Facts) -> Iterator[Picture]:
    """Yield the pictures that stand beside the report in a release, in the order in which the page shows them."""
    for name in declared(facts.config).picture_names:
        path = facts.release / f"{ASSETS}{name}.svg"
        if path.is_file():
            yield charts.told(name, path.read_text("utf-8"))


def _load(config: Config) -> None:
    if declared(config).enabled:
        page()


def _write(facts: Facts) -> dict[str, str]:
    report = make_report(facts.config, facts.contents, facts.schemas, facts.release)
    if report is None:
        return {}
    return {REPORT: report.html} | {f"{ASSETS}{one.name}.svg": one.svg for one in report.pictures}


def _views(source: Source, declaration: Declaration) -> dict[str, list[dict[str, Any]]]:
    return {kind: [make(source, drawn) for drawn in getattr(declaration, kind)] for kind, make in KINDS.items()}


def _tables(config: Config, contents: Contents, schemas: Mapping[str, Any], release: Path) -> Iterator[dict[str, Any]]:
    thumbnail = Thumbnails().made if declared(config).thumbnails else None
    for part in contents.configs:
        found = sample(release, part, PROFILED_ROWS) if part.rows else None
        columns = list(islice(profiles(found.table, thumbnail), MOST_COLUMNS)) if found else []
        yield {
            "name": part.name, "is_view": part.is_view, "is_default": part.name == config.default_config,
            "documentation": table_documentation(schemas.get(part.name)),
            "splits": [(split.name, split.rows) for split in part.splits],
            "rows": part.rows, "shards": part.shards, "digest": part.content,
            "size": sum(shard.size for shard in part.shards),
            "refused": contents.rejected.get(part.name, 0),
            "reasons": sorted(contents.reasons.get(part.name, {}).items(), key=lambda item: (-item[1], item[0])),
            "profiled": found.table.num_rows if found else 0,
            "columns": columns, "column_count": _count(part),
        }  # fmt: skip


def _cut(columns: list[Profile], most: int, files: int) -> list[Profile]:
    return [replace(column, files=column.files[:files]) if column.files else column for column in columns[:most]]


def _count(part: ReleasedConfig) -> int:
    """Return how many columns and members a config has, without the build's own column."""
    return sum(1 for _ in leaves(pa.schema([column for column in part.arrow_schema if not is_row_provenance(column)])))


def _check(release: Release) -> Iterator[Told]:
    """Make the page and its pictures again; where the configuration wants none, none may be there."""
    wanted = declared(release.config)
    names = [name for name in release.files if name == REPORT or name.startswith(ASSETS)]
    pictures = {f"{ASSETS}{name}.svg" for name in wanted.picture_names}
    for name in names:
        if not wanted.enabled or not (name == REPORT or name in pictures):
            yield unsound(name, "is there, though the configuration wants none")
    others = list(other_thumbnails(release))
    yield from others or made_again(release, _write)


DOCUMENT = Document("report", (REPORT, f"{ASSETS}*.svg"), _write, _check, prepare=check_report, load=_load)
