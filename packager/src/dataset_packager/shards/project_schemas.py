"""The schemas of a project, loaded once when a build begins; what comes later takes them from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.schemas import load_schema
from dataset_packager.shards.judge import judge_of, table_tools, tools_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from dataset_packager.project.config import Config
    from dataset_packager.schemas import Schema
    from dataset_packager.shards.judge import Tools


@dataclass(frozen=True, slots=True)
class ProjectSchemas:
    """The schemas of tables and views as they were when they were loaded.

    Attributes:
        tables: what each table's records are judged and typed with, by the table's name.
        views: the schema of each view, by its name.
        queries: the paths of the views' queries, which are released beside the schemas.
    """

    tables: Mapping[str, Tools]
    views: Mapping[str, Schema]
    queries: tuple[str, ...]

    @property
    def columns(self) -> Mapping[str, pa.Schema]:
        """The Arrow schema of each table, by its name."""
        return {name: tools.plan.arrow_schema for name, tools in self.tables.items()}

    @property
    def files(self) -> dict[str, str]:
        """The SHA-256 of every file that they are made of, by its path in the project."""
        found: dict[str, str] = {}
        for schema in (*self.views.values(), *(tools.schema for tools in self.tables.values())):
            found |= schema.sources
        return found

    @property
    def released(self) -> tuple[str, ...]:
        """The paths of all schemas and queries, each of which has a file of its own in the release."""
        return tuple(dict.fromkeys([*self.queries, *self.files]))


def load_schemas(config: Config) -> ProjectSchemas:
    """Load the schemas of all tables and views anew: they may have changed since this process last built.

    Raises:
        SetupError: one of them can't be used; the message says why.
    """
    for kept in (tools_of, judge_of):
        kept.cache_clear()
    return ProjectSchemas(
        tables={table.name: table_tools(config.project, table, config.row_provenance) for table in config.tables},
        views={view.name: load_schema(config.project, view.schema) for view in config.views},
        queries=tuple(view.query for view in config.views),
    )
