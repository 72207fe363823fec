"""From shards in staging to the folder of a release: names, documents, manifests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import (
    bytes_sha256,
    durable,
    failures,
    file_sha256,
    link_file,
    make_folder,
    regular_bytes,
    write_text,
)
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.documents import datasheet
from dataset_packager.documents.card import CardPicture, card
from dataset_packager.documents.croissant import croissant
from dataset_packager.documents.provenance import dataset_configuration, statement
from dataset_packager.documents.report import make_report
from dataset_packager.documents.slots import Facts
from dataset_packager.release import bag
from dataset_packager.release.contents import Contents, ReleasedConfig, ReleasedShard, Split
from dataset_packager.release.folder import release_files
from dataset_packager.release.names import (
    ASSETS,
    CARD,
    CONFIGURATION,
    CROISSANT,
    DATASHEET,
    DECLARATION,
    INFO,
    MANIFEST,
    PROVENANCE,
    REPORT,
    TAG_MANIFEST,
)
from dataset_packager.release.views import SPLIT, make_view
from dataset_packager.schemas import load_schema
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.results import shards_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Config
    from dataset_packager.records.plan import Plan
    from dataset_packager.shards.results import ChunkResult, InputRange, WrittenShard

LONGEST_EXAMPLE = 300


def place_tables(config: Config, results: Sequence[ChunkResult], release: Path) -> list[ReleasedConfig]:
    """Give the shards of all tables their names in the release, and return what it holds so far."""
    placed = []
    for table in config.tables:
        shards = shards_of(results, table.name)
        splits = [
            (name, [(folder, shard.written, shard.inputs) for folder, shard in shards if shard.split == name])
            for name in table.splits.names
        ]
        schema = table_tools(config.project, table, config.row_provenance).plan.arrow_schema
        placed.append(_place(table.name, False, table.schema, schema, splits, release))
    return placed


def place_views(
    config: Config, tables: Sequence[ReleasedConfig], staging: Path, release: Path
) -> tuple[list[ReleasedConfig], list[Finding]]:
    """Make all views from the placed tables, give their shards names, and return them with what is wrong with them."""
    placed, findings = [], []
    for view in config.views:
        schema, written, wrong = make_view(config, view, tables, release, staging)
        splits = [(SPLIT, [(staging, shard, ()) for shard in written])]
        placed.append(_place(view.name, True, view.schema, schema, splits, release))
        findings.extend(wrong)
    return placed, findings


def _place(
    name: str,
    is_view: bool,
    schema_path: str,
    schema: pa.Schema,
    splits: Iterable[tuple[str, Sequence[tuple[Path, WrittenShard, tuple[InputRange, ...]]]]],
    release: Path,
) -> ReleasedConfig:
    folder = release / "data" / name
    make_folder(folder)
    made = []
    for split, shards in splits:
        released = []
        for number, (source, written, inputs) in enumerate(shards):
            path = folder / f"{split}-{number:05}-of-{len(shards):05}.parquet"
            link_file(source / written.name, path)
            released.append(_released(written, path.relative_to(release).as_posix(), path, inputs))
        made.append(Split(split, tuple(released)))
    return ReleasedConfig(name, is_view, released_path(schema_path), schema, tuple(made))


def _released(written: WrittenShard, name: str, path: Path, inputs: tuple[InputRange, ...]) -> ReleasedShard:
    footer = pq.read_metadata(path)
    memory = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    return ReleasedShard(
        name, written.sha256, written.size, written.rows, written.content, memory, inputs, written.tallies
    )


def released_path(path: str) -> str:
    """Return where a schema or query of the project stands in the release: always in ``schema/``."""
    return path if path.startswith("schema/") else f"schema/{path}"


def check_released_names(config: Config) -> None:
    """See that every schema and query can have a file of its own in the release.

    Raises:
        SetupError: two of them, or one and a file of the release, would be the same; or a bag can't have the name.
    """
    standing = {CONFIGURATION: "the release's own configuration"}
    wanted = {view.query for view in config.views}
    for view in config.views:
        wanted |= load_schema(config.project, view.schema).sources.keys()
    for table in config.tables:
        wanted |= table_tools(config.project, table, config.row_provenance).schema.sources.keys()
    for name in sorted(wanted):
        path = released_path(name)
        bag.check_name(path)
        other = standing.setdefault(path.casefold(), name)
        if other != name:
            raise SetupError(f"{name} and {other} would both be {path} in the release: rename {name}")
    files = {released_path(name): name for name in wanted}
    for path, name in files.items():
        for parent in PurePosixPath(path).parents:
            if str(parent) in files:
                file = files[str(parent)]
                raise SetupError(f"{name} and {file}: {parent} would be a folder and a file: rename {file}")


def released_configuration(config: Config) -> dict[str, Any]:
    """Return the dataset's part of the configuration, with paths as they are in the release."""
    document = dataset_configuration(config)
    tool = document["tool"]["dataset-packager"]
    for part in (*tool["tables"].values(), *tool.get("views", {}).values()):
        for member in ("schema", "query"):
            if member in part:
                part[member] = released_path(part[member])
    return document


def describe_release(
    config: Config, contents: Contents, plan: Plan, release: Path, *, update_docs: bool = False
) -> None:
    """Write everything beside the data: schemas, datasheet, Croissant, card, provenance, and the bag's manifests.

    With ``update_docs`` the project's own datasheet has its slots filled, too.
    """
    inputs = {file.path: file.sha256 for files in plan.files.values() for file in files}
    inputs |= _place_schemas(config, release)
    facts = _facts(config, contents, release)
    sheet, read = _place_datasheet(config, facts, release, update_docs=update_docs)
    inputs |= read
    text = json.dumps(
        released_configuration(config), indent=1, ensure_ascii=False
    )  # tables and splits keep their order
    write_text(release / CONFIGURATION, text + "\n")
    told = datasheet.responsible(sheet) if config.datasheet else {}
    write_text(release / CROISSANT, croissant(config, contents, facts.schemas, told))
    pictures = _place_report(facts)
    written = {shard.path: shard.sha256 for shard in contents.shards}  # verifying hashes them as they lie there
    hashes = {name: written.get(name) or file_sha256(release / name) for name in release_files(release)}
    write_text(release / PROVENANCE, statement(config, contents, inputs, hashes))
    examples = {part.name: example(release, part) for part in contents.configs if part.rows}
    passages = datasheet.passages(sheet, "card")
    write_text(release / CARD, card(config, contents, examples, facts.schemas, passages, pictures))
    _close_bag(config, release, {name: sha256 for name, sha256 in hashes.items() if bag.is_payload(name)})


def _facts(config: Config, contents: Contents, release: Path) -> Facts:
    schemas = {part.name: json.loads((release / part.schema).read_text("utf-8")) for part in contents.configs}
    extra = {name: slot.lines(config) for each in config.extensions for name, slot in each.slots.items()}
    return Facts(config, contents, release, schemas, extra)


def _place_schemas(config: Config, release: Path) -> dict[str, str]:
    """Copy every schema with all that it refers to, and every query; return their SHA-256s by path in the project."""
    wanted = {view.query: file_sha256(config.project / view.query) for view in config.views}
    for view in config.views:
        wanted |= load_schema(config.project, view.schema).sources
    for table in config.tables:  # as they were when the records were judged by them
        wanted |= table_tools(config.project, table, config.row_provenance).schema.sources
    for name, sha256 in sorted(wanted.items()):
        _copy(config.project / name, release / released_path(name), sha256)
    return wanted


def _place_datasheet(config: Config, facts: Facts, release: Path, *, update_docs: bool) -> tuple[str, dict[str, str]]:
    """Write the filled datasheet; return its text, and the SHA-256 of the project's own by its path."""
    if config.datasheet is None:
        text = datasheet.fill(datasheet.COMPUTED, facts.slot)
        write_text(release / DATASHEET, text)
        return text, {}
    source = config.project / config.datasheet
    committed = datasheet.read(config.project, config.datasheet)
    text = datasheet.fill(committed, facts.slot)
    if update_docs and text != committed:
        write_text(source, text)
    write_text(release / DATASHEET, text)
    return text, {config.datasheet: file_sha256(source)}


def _place_report(facts: Facts) -> list[CardPicture]:
    """Write the report and its pictures, unless the configuration switches it off; return the pictures for the card."""
    report = make_report(facts.config, facts.contents, facts.schemas, facts.release)
    if report is None:
        return []
    write_text(facts.release / REPORT, report.html)
    if report.pictures:
        make_folder(facts.release / ASSETS)
    for picture in report.pictures:
        write_text(facts.release / f"{ASSETS}{picture.name}.svg", picture.svg)
    return [CardPicture(f"{ASSETS}{one.name}.svg", one.title, one.text) for one in report.pictures]


def stale_documents(config: Config, release: Path) -> list[Finding]:
    """Return what is stale in the project's datasheet, which the build has filled for ``release``.

    Raises:
        SetupError: a committed file of measures can't be read.
    """
    if config.datasheet is None:
        return []
    committed = datasheet.read(config.project, config.datasheet)
    right = datasheet.held((release / DATASHEET).read_bytes().decode("utf-8"))
    slots = {name: slot for each in config.extensions for name, slot in each.slots.items()}
    shown = [slots[name] for name in slots if name in datasheet.slot_names(committed)]
    old = [finding for slot in shown for finding in slot.stale(config)]
    return [*old, *datasheet.check(config.datasheet, committed, right)]


def _copy(source: Path, target: Path, sha256: str) -> None:
    make_folder(target.parent)
    with failures(source):
        data = regular_bytes(source)
    if bytes_sha256(data) != sha256:
        raise EnvironmentFailure(f"{source.name}: changed during the build: let it rest and run the command again")
    with durable(target) as file:
        file.write(data)


def example(release: Path, part: ReleasedConfig) -> dict[str, Any]:
    """Return the first row of a config, with long values cut, as the card shows it."""
    with pq.ParquetFile(release / part.shards[0].path) as file:
        row: dict[str, Any] = next(file.iter_batches(1)).to_pylist()[0]
    shown = _cut(row)
    return shown if isinstance(shown, dict) else {}


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _cut(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value[:3]] + (["…"] if len(value) > 3 else [])
    if isinstance(value, str) and len(value) > LONGEST_EXAMPLE:
        return value[: LONGEST_EXAMPLE - 1] + "…"
    return value if isinstance(value, int | float | bool | str | None) else str(value)


def _close_bag(config: Config, release: Path, payload: dict[str, str]) -> None:
    """Write the bag's own files; the tag manifest comes last and covers all tag files but the card and itself."""
    sizes = {name: (release / name).stat().st_size for name in payload}
    identifier = f"{config.name}-{config.version}"
    write_text(release / DECLARATION, bag.declaration())
    write_text(release / INFO, bag.info(identifier, config.description, config.released, sizes))
    write_text(release / MANIFEST, bag.manifest(payload))
    write_text(release / TAG_MANIFEST, bag.manifest(dict(_tags(release))))


def _tags(release: Path) -> Iterator[tuple[str, str]]:
    for name in release_files(release):
        if not bag.is_payload(name) and name not in (CARD, TAG_MANIFEST):
            yield name, file_sha256(release / name)
