"""What is known of a view before its query runs: read and checked once, before any record is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.base.files import regular_bytes, unreadable
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import inside
from dataset_packager.columns.file_values import holds_files
from dataset_packager.columns.table_columns import TablePlan, table_plan
from dataset_packager.shards.key_columns import key_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from dataset_packager.project.config import Config, View, ViewLimits
    from dataset_packager.schemas import Schema


@dataclass(frozen=True, slots=True)
class ViewJob:
    """A view that can be made.

    Attributes:
        dataset: the name of the dataset.
        view: what the configuration says of it.
        schema, plan: its JSON Schema, and the columns that follow from it.
        keys: the names of the columns that order its rows.
        query: what is to be run: the file's SELECT without its own order.
        query_sha256: that of the file.
        limits: what it may take.
    """

    dataset: str
    view: View
    schema: Schema
    plan: TablePlan
    keys: tuple[str, ...]
    query: str
    query_sha256: str
    limits: ViewLimits


def view_jobs(config: Config, schemas: Mapping[str, Schema], tables: Mapping[str, pa.Schema]) -> tuple[ViewJob, ...]:
    """Read and check all views of a project, by their ``schemas`` and the columns of the tables.

    Raises:
        SetupError: a query is no single SELECT that gives the same rows everywhere, or a key names no columns.
    """
    return tuple(view_job(config, view, schemas[view.name], tables) for view in config.views)


def view_job(config: Config, view: View, schema: Schema, tables: Mapping[str, pa.Schema]) -> ViewJob:
    """Read and check one view.

    Raises:
        SetupError: see :func:`view_jobs`.
        EnvironmentFailure: its query can't be read.
    """
    query, sha256 = _query(config.project, view, tables)
    plan = table_plan(schema, provenance=False)
    if files := [field.name for field in plan.arrow_schema if holds_files(field)]:
        raise SetupError(f"{view.schema}: {files[0]}: a view has the paths of files, not the files: leave its type out")
    keys = _key_columns(view, plan)
    return ViewJob(config.name, view, schema, plan, keys, query, sha256, config.view_limits)


def _query(project: Path, view: View, tables: Mapping[str, pa.Schema]) -> tuple[str, str]:
    """Return what is to be run, and the SHA-256 of the file that says so."""
    from dataset_packager.release.view_query import checked_query  # with a whole database: most have no view

    path = inside(project, view.query, f"view {view.name}")
    try:
        data = regular_bytes(path)
        query = data.decode("utf-8")
    except OSError as error:
        raise unreadable(error, view.query, "the query") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{view.query}: {error}") from error
    columns = {name for table in tables.values() for name in table.names}
    return checked_query(view.query, query, columns, list(tables)), hashlib.sha256(data).hexdigest()


def _key_columns(view: View, plan: TablePlan) -> tuple[str, ...]:
    names = [str(path[0]) for path in view.key]
    if any(len(path) > 1 for path in view.key) or not set(names) <= set(plan.arrow_schema.names):
        raise SetupError(
            f"view {view.name}: key: name columns of the view, out of {', '.join(plan.arrow_schema.names)}"
        )
    key_schema(plan.arrow_schema, view.key, f"view {view.name}: key")
    return tuple(names)
