"""A release as it lies in its folder: its files, and what they say, each read once and within limits."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pyarrow.parquet as pq

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.files import failures, file_sha256, is_plain, open_regular
from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.base.package_versions import SHAPING_ONE, shaping_versions
from dataset_packager.base.paths import insist_on_text
from dataset_packager.base.text import cause
from dataset_packager.project.read_config import build_config
from dataset_packager.release.contents import Contents, ReleasedConfig, ReleasedShard, Split
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.names import (
    CONFIGURATION,
    CROISSANT,
    MANIFEST,
    PROVENANCE,
    SHARD,
    TAG_MANIFEST,
    VIEW_SPLIT,
)
from dataset_packager.release.parquet_memory import check_group_bytes
from dataset_packager.release.shipped_schemas import released_plan
from dataset_packager.schemas import load_schema
from dataset_packager.schemas.schema_folder import MOST_BYTES as MOST_SCHEMA_BYTES
from dataset_packager.shards.parquet_format import FOOTER_PROVENANCE

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    import pyarrow as pa

    from dataset_packager.project.column_choices import PathChoice
    from dataset_packager.project.config import Config
    from dataset_packager.schemas import Schema

DOCUMENT_BYTES = 8 * 2**20  # of one document that a release of any size has
DESCRIPTION_BYTES = 64 * 2**20  # of croissant.json, which describes every column
MOST_BYTES = 512 * 2**20  # of any document
INPUT_BYTES = 2**10  # of what the provenance tells of a file of records, of which each has given a row or more
NAME_BYTES = 16 * 2**10  # of a line of a manifest


@dataclass(frozen=True, slots=True)
class Part:
    """One config of a release: a table or a view, with its schema's path, its splits and its formats' meaning."""

    name: str
    is_view: bool
    schema: str
    splits: tuple[str, ...]
    assert_formats: bool
    row_provenance: bool
    choices: tuple[PathChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Footer:
    """What a shard's footer says of it: rows, uncompressed size in bytes, Arrow schema, and provenance.

    ``groups`` are the rows and the uncompressed bytes of each row group; ``keys`` are those of its metadata;
    ``is_ordered`` says whether it calls any of its row groups sorted.
    """

    rows: int
    groups: tuple[tuple[int, int], ...]
    schema: pa.Schema
    provenance: dict[str, Any]
    keys: frozenset[bytes]
    is_ordered: bool

    @property
    def memory(self) -> int:
        """The uncompressed size of all row groups in bytes."""
        return sum(size for _, size in self.groups)


@dataclass(frozen=True)
class Release:
    """A release in ``folder``; what doesn't fit into memory goes to the folder ``temporary``.

    ``rows`` has room for what whoever reads
    all rows learns of each shard, by its path; ``booked`` for the seconds of that reading, by the check they were for;
    ``processes`` for those that were started before the check that needs them. ``own`` is a release that this process
    has made: of its shards nobody asks how much memory they take.
    """

    folder: Path
    temporary: Path
    workers: int = 1
    rows: dict[str, Any] = field(default_factory=dict)
    booked: dict[str, float] = field(default_factory=dict)
    processes: dict[str, Any] = field(default_factory=dict)
    own: bool = False
    _hashes: dict[str, str] = field(default_factory=dict)
    _footers: dict[str, Footer] = field(default_factory=dict)

    def text(self, name: str, newline: str | None = None) -> str:
        """Return a file's text; with ``newline=""`` line ends stay as they are.

        Raises:
            ValueError: it is a link, has more bytes than a release like this one needs, or isn't UTF-8.
        """
        most = self._most(name)
        if (self.folder / name).is_symlink():
            raise ValueError(f"{name}: is a link: a release holds its files itself")
        with open_regular(self.folder / name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ValueError(f"{name}: longer than {most:,} bytes, which a release of this size doesn't need")
        try:
            text = data.decode("utf-8")
            return text if newline == "" else text.replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: not UTF-8: {error}") from error

    def json(self, name: str) -> Any:
        """Return the JSON value of a file.

        Raises:
            ValueError: it isn't JSON.
        """
        try:
            return json.loads(self.text(name))
        except json.JSONDecodeError as error:
            raise ValueError(f"{name}: not JSON: {error}") from error

    def _most(self, name: str) -> int:
        """Return how many bytes a document may have: it may be a stranger's, and is read into memory whole."""
        if name == PROVENANCE:
            return min(DOCUMENT_BYTES + self._rows * INPUT_BYTES, MOST_BYTES)
        if name in (MANIFEST, TAG_MANIFEST):
            return min(DOCUMENT_BYTES + len(self.files) * NAME_BYTES, MOST_BYTES)
        if name.startswith("schema/") and name != CONFIGURATION:
            return MOST_SCHEMA_BYTES
        return DESCRIPTION_BYTES if name == CROISSANT else DOCUMENT_BYTES

    @cached_property
    def _rows(self) -> int:
        """How many rows the shards' footers state; those that can't be read state none."""
        rows = 0
        for name in filter(SHARD.fullmatch, self.files):
            with suppress(DataFindings):
                rows += self.footer(name).rows
        return rows

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a file, in hexadecimal."""
        if name not in self._hashes:
            self._hashes[name] = file_sha256(self.folder / name)
        return self._hashes[name]

    @cached_property
    def files(self) -> list[str]:
        """All files that it holds itself, sorted: what a link leads to is somebody else's, and never read."""
        return [name for name in release_files(self.folder) if not (self.folder / name).is_symlink()]

    @cached_property
    def plain_folder(self) -> Path:
        """The folder, or a link to it, with a path that no program takes for a pattern."""
        if is_plain(self.folder.absolute()):
            return self.folder
        link = self.temporary / "release"
        link.symlink_to(self.folder.absolute())
        return link

    @cached_property
    def config(self) -> Config:
        """The dataset's part of the configuration."""
        document = self.json(CONFIGURATION)
        try:
            return build_config(self.folder, document if isinstance(document, dict) else {}, published=True)
        except SetupError as error:
            raise ValueError(f"{CONFIGURATION}: {str(error).replace('pyproject.toml: ', '')}") from error

    @cached_property
    def statement(self) -> dict[str, Any]:
        """The provenance statement, valid against its contract."""
        document: dict[str, Any] = self.json(PROVENANCE)
        contract = resources.files("dataset_packager").joinpath("contracts/provenance.schema.json")
        schema = json.loads(contract.read_text(encoding="utf-8"))
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
        for error in validator.iter_errors(document):
            raise ValueError(f"{PROVENANCE}: /{'/'.join(map(str, error.instance_path))}: {error.message[:300]}")
        return document

    @property
    def same_versions(self) -> bool:
        """Whether all that shapes bytes is here in the versions that the provenance tells of."""
        return not self.made_by

    @cached_property
    def made_by(self) -> dict[str, str]:
        """What shaped the release's bytes and is here in another version or not at all, with the version it had.

        What is here and wasn't there shapes nothing of it: a release without pictures doesn't follow from what draws.
        """
        here, shaped = shaping_versions(), self.told_versions.items()
        return {name: version for name, version in shaped if name not in SHAPING_ONE and here.get(name) != version}

    @property
    def told_versions(self) -> dict[str, str]:
        """The versions of what shaped the release's bytes, as the provenance says."""
        versions: dict[str, str] = self.statement["predicate"]["runDetails"]["builder"]["version"]
        return versions

    @property
    def told_tables(self) -> list[dict[str, Any]]:
        """What the provenance says of each config: rows, content digest, shards."""
        tables: list[dict[str, Any]] = self._parameters["tables"]
        return tables

    @cached_property
    def inputs(self) -> dict[str, str]:
        """The SHA-256 of all that was read, by path in the project, as the provenance says."""
        read = self.statement["predicate"]["buildDefinition"]["resolvedDependencies"]
        return {one["name"]: one["digest"]["sha256"] for one in read}

    @property
    def refused(self) -> dict[str, int]:
        """How many records were refused, by table, as the provenance says."""
        return {name: told["records"] for name, told in self._parameters.get("refused", {}).items()}

    @property
    def reasons(self) -> dict[str, dict[str, int]]:
        """How many findings these had, by table and code, as the provenance says."""
        return {name: told["findings"] for name, told in self._parameters.get("refused", {}).items()}

    @property
    def _parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.statement["predicate"]["buildDefinition"]["internalParameters"]
        return parameters

    @cached_property
    def told_shards(self) -> dict[str, dict[str, Any]]:
        """What the provenance says of each shard: rows, content digest, inputs."""
        return {shard["path"]: shard for table in self.told_tables for shard in table["shards"]}

    @cached_property
    def parts(self) -> dict[str, Part]:
        """The configs: tables, then views."""
        config = self.config
        tables = [
            Part(
                table.name,
                False,
                table.schema,
                table.splits.names,
                table.assert_formats,
                config.row_provenance,
                table.choices,
            )
            for table in config.tables
        ]
        views = [Part(view.name, True, view.schema, (VIEW_SPLIT,), True, False) for view in config.views]
        return {part.name: part for part in (*tables, *views)}

    def schema(self, part: Part) -> Schema:
        """Return the JSON Schema of a config."""
        return load_schema(self.folder, part.schema)

    def shards(self, part: Part, split: str) -> list[str]:
        """Return the paths of a split's shards, in order."""
        return self._shards.get((part.name, split), [])

    @cached_property
    def _shards(self) -> dict[tuple[str, str], list[str]]:
        shards: dict[tuple[str, str], list[str]] = {}
        matches = [match for match in map(SHARD.fullmatch, self.files) if match]
        for match in sorted(matches, key=lambda match: int(match["number"])):
            shards.setdefault((match["config"], match["split"]), []).append(match[0])
        return shards

    def footer(self, name: str) -> Footer:
        """Return what a shard's footer says.

        Raises:
            DataFindings: the file isn't readable as Parquet, or takes too much memory.
            EnvironmentFailure: the machine doesn't let it be read.
        """
        if name not in self._footers:
            try:
                self._footers[name] = _footer(self.folder / name, own=self.own)
            except SetupError:
                raise
            except Exception as error:
                if failure := failure_of_surroundings(error):
                    raise failure from error
                raise DataFindings(f"{name}: not readable as Parquet: {cause(error)}") from error
        return self._footers[name]

    @cached_property
    def contents(self) -> Contents:
        """What the shards' footers say that the release holds."""
        return Contents(tuple(self._contents(part) for part in self.parts.values()), {})

    def _contents(self, part: Part) -> ReleasedConfig:
        splits = tuple(
            Split(name, tuple(self._shard(path) for path in self.shards(part, name))) for name in part.splits
        )
        plan = released_plan(self.folder, part.schema, part.row_provenance, part.choices)
        return ReleasedConfig(part.name, part.is_view, part.schema, plan.arrow_schema, splits)

    def _shard(self, name: str) -> ReleasedShard:
        footer = self.footer(name)
        size = (self.folder / name).stat().st_size
        content = str(footer.provenance.get("content_digest"))
        return ReleasedShard(name, self.sha256(name), size, footer.rows, content, footer.memory)


def resolved(folder: Path) -> Path:
    """Return the folder of a release, with links followed: a build may point them to another release at any time.

    Raises:
        SetupError: there is no release, or its path is no text.
        EnvironmentFailure: the folder can't be read.
    """
    with failures(folder):
        place = folder.resolve()
        if not (place / CONFIGURATION).is_file():
            raise SetupError(f"{folder}: no release: {CONFIGURATION} is missing: name the folder of a release")
    insist_on_text(str(place))
    return place


def _footer(path: Path, *, own: bool) -> Footer:
    with pq.ParquetFile(path) as file:
        if not own:
            check_group_bytes(path, file)
        metadata = file.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        sizes = tuple((group.num_rows, group.total_byte_size) for group in groups)
        ordered = any(group.sorting_columns for group in groups)
        found = metadata.metadata or {}
        told = json.loads(found.get(FOOTER_PROVENANCE, b"{}"))
        provenance = told if isinstance(told, dict) else {}
        return Footer(metadata.num_rows, sizes, file.schema_arrow, provenance, frozenset(found), ordered)


def leads_out(path: PurePosixPath) -> bool:
    """Say whether a path that a stranger wrote leads out of the release."""
    return path.is_absolute() or ".." in path.parts
