"""croissant.json: the release for whoever reads Croissant 1.1, with PROV terms for its origin and RAI terms.

What the reference reader (mlcroissant 1.1) does decides the form. It reads a column of Parquet, and one JSONPath into
the objects of a column; two transforms in a row have no order, since JSON-LD arrays are sets. So objects in a list
that is itself a member of an object are left out, and a description says so. A reference from a list makes it fail,
and so do tables that refer to each other's fields: references stand at single values, and name the other file's column.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.check_result import unsound
from dataset_packager.base.paths import LIST, format_path
from dataset_packager.columns.kinds import text_encoding, type_of
from dataset_packager.columns.kinds.files import FileType
from dataset_packager.columns.metadata import documentation, has_members
from dataset_packager.documents import datasheet
from dataset_packager.documents.citation import bibtex, license_url, table_documentation
from dataset_packager.documents.croissant_enumerations import enumerations, identifier, number_of
from dataset_packager.documents.croissant_people import check_creators, creators, declared
from dataset_packager.documents.croissant_statistics import column_statistics
from dataset_packager.documents.document import Document, made_again
from dataset_packager.documents.licences import licence_counts
from dataset_packager.release.names import CROISSANT, PROVENANCE, number_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig, ReleasedShard
    from dataset_packager.release.release_files import Release

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
PARQUET = "application/x-parquet"  # mlcroissant doesn't know the registered application/vnd.apache.parquet
_CONTEXT = resources.files("dataset_packager").joinpath("contracts/croissant-context.json")
FEW_FILES = 100
LEFT_OUT = "Its objects stand in the Parquet column alone: Croissant's reader can't reach a list of objects inside one."
NAMELESS = "A column whose name is empty stands in the Parquet file alone: Croissant has no way to name it."

WHOLE_COLUMN = 2  # the steps of a place that is one: the config and the column
Members = tuple[str, ...]


def croissant(
    config: Config,
    contents: Contents,
    schemas: Mapping[str, Any],
    responsible: Mapping[str, str],
    licences: Iterable[str] = (),
    more: Mapping[str, Any] | None = None,
) -> str:
    """Return the release's description as Croissant 1.1, as JSON text.

    Args:
        config: the configuration.
        contents: what the release holds.
        schemas: the JSON Schema of each config, for its documentation.
        responsible: plain text by term of Croissant's RAI vocabulary 1.0, without prefix.
        licences: those of rows.
        more: further members, in their order.
    """
    document = {
        "@context": json.loads(_CONTEXT.read_text("utf-8")),
        "@type": "sc:Dataset",
        "@id": f"{config.name}-{config.version}",
        "conformsTo": list(CONFORMS_TO),
        "name": config.name,
        "alternateName": config.pretty_name,
        "description": config.description,
        "version": config.version,
        "datePublished": config.released,
        "license": _licences(config.license, licences),
        "url": next(iter(config.urls.values()), "README.md"),
        "creator": creators(config),
        "keywords": list(dict.fromkeys((*config.keywords, *config.tags))),
        "inLanguage": list(config.languages),
        "citeAs": bibtex(config),
        "prov:wasGeneratedBy": _activity(),
        **(more or {}),
        **{f"rai:{term}": text for term, text in sorted(responsible.items())},
        "distribution": [entry for part in contents.configs for entry in _distribution(part)],
        "recordSet": [
            *(_record_set(config, contents, part, schemas.get(part.name)) for part in contents.configs),
            *(record_set for part in contents.configs for record_set in enumerations(part)),
        ],
    }
    kept = {name: value for name, value in document.items() if value not in (None, "", [])}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def _licences(whole: str | None, of_rows: Iterable[str]) -> str | list[str | None] | None:
    every = list(dict.fromkeys(license_url(each) for each in (whole, *of_rows) if each))
    return every if len(every) > 1 else next(iter(every), None)


def _activity() -> dict[str, Any]:
    return {
        "@type": "prov:Activity",
        "@id": f"{PROVENANCE}#build",
        "description": "A build by dataset-packager: the provenance has its inputs, settings and versions.",
        "prov:used": {"@id": PROVENANCE, "@type": "prov:Entity", "contentUrl": PROVENANCE},
    }


def _distribution(part: ReleasedConfig) -> Iterator[dict[str, Any]]:
    for split in part.splits:
        for shard in split.shards:
            yield _file_object(shard, f"{shard.rows} rows of {part.name}, split {split.name}")
    if len(part.shards) > 1:
        yield {
            "@type": "cr:FileSet",
            "@id": _files(part),
            "name": f"{part.name} shards",
            "description": f"All {len(part.shards)} shards of {part.name}",
            "encodingFormat": PARQUET,
            "includes": f"data/{part.name}/{'*/' if part.in_folders else ''}*.parquet",
        }


def _file_object(shard: ReleasedShard, description: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard.path,
        "name": shard.path.rsplit("/", 1)[1],
        "description": description,
        "contentUrl": shard.path,
        "contentSize": f"{shard.size} B",
        "encodingFormat": PARQUET,
        "sha256": shard.sha256,
    }


def _files(part: ReleasedConfig) -> str:
    """Return the identifier of what a config's fields are read from: its one file, or the set of its files."""
    return part.shards[0].path if len(part.shards) == 1 else f"data/{part.name}/"


def _source_member(part: ReleasedConfig) -> str:
    return "fileObject" if len(part.shards) == 1 else "fileSet"


def _record_set(config: Config, contents: Contents, part: ReleasedConfig, schema: Any) -> dict[str, Any]:
    columns = [_column(config, contents, part, field) for field in part.arrow_schema]
    without = [field.name for field, made in zip(part.arrow_schema, columns, strict=True) if not made]
    record_set = {
        "@type": "cr:RecordSet",
        "@id": identifier(part.name),
        "name": part.name,
        "description": _sentences(table_documentation(schema), _left_out(without)),
        "key": [{"@id": identifier(part.name, *path)} for path in _key(config, part)],
        **_origin(contents, part),
        "field": [*_split_field(part), *filter(None, columns)],
    }
    return {name: value for name, value in record_set.items() if value}


def _key(config: Config, part: ReleasedConfig) -> list[list[str]]:
    """Return the columns of the key; where one is in a list or has no name, Croissant has no word for the key."""
    keys = {table.name: table.key for table in config.tables} | {view.name: view.key for view in config.views}
    key = keys[part.name]
    plain = [[step for step in path if step is not LIST] for path in key]
    return plain if all(LIST not in path and "" not in path for path in key) else []


def _origin(contents: Contents, part: ReleasedConfig) -> dict[str, Any]:
    """Return where a config's rows come from: record files, or for a view the tables; many files stand elsewhere."""
    if part.is_view:
        tables = [{"@id": identifier(table.name)} for table in contents.configs if not table.is_view]
        return {"prov:wasDerivedFrom": tables, "prov:wasGeneratedBy": {"@id": f"{PROVENANCE}#build"}}
    files = list(dict.fromkeys(range_.file for shard in part.shards for range_ in shard.inputs))
    named = [{"@type": "prov:Entity", "@id": f"{PROVENANCE}#{identifier(*file.split('/'))}", "prov:label": file}
             for file in (files if len(files) <= FEW_FILES else [])]  # fmt: skip
    return {
        "prov:wasDerivedFrom": named or [{"@id": PROVENANCE}],
        "prov:wasGeneratedBy": {"@id": f"{PROVENANCE}#build"},
    }


def _split_field(part: ReleasedConfig) -> Iterator[dict[str, Any]]:
    if len(part.splits) > 1:
        widths = sorted({number_digits(count) for count in part.counts.values()})
        digits = ",".join(map(str, dict.fromkeys((widths[0], widths[-1]))))
        yield {
            "@type": "cr:Field",
            "@id": f"{identifier(part.name)}/~split",
            "name": "split",
            "description": "The split that the row is in, out of its file's name",
            "dataType": ["sc:Text", "cr:Split"],
            "source": {
                "fileSet": {"@id": _files(part)},
                "extract": {"fileProperty": "filename"},
                "transform": {"regex": rf"^(.+)-\d{{{digits}}}-of-\d{{{digits}}}\.parquet$"},
            },
        }


def _column(config: Config, contents: Contents, part: ReleasedConfig, field: pa.Field) -> dict[str, Any]:
    source = {_source_member(part): {"@id": _files(part)}, "extract": {"column": field.name}}
    return _field(field, (part.name, field.name), source, _references(config, contents, part))


def _field(
    field: pa.Field, place: tuple[str, ...], source: dict[str, Any], references: Mapping[Members, list[Target]]
) -> dict[str, Any]:
    """Return a field, or nothing where it can't be read; ``place`` has the config, the column, and the way to here."""
    if not field.name:
        return {}
    column, shape = field, list[str]()
    while pa.types.is_list(column.type):
        column, shape = column.type.value_field, [*shape, "-1"]
    if length := _length(column):
        shape.append(length)
    inner, depth = column.type, len(shape)
    targets = references.get(place[1:], [])
    told = _sentences(_described(field), *(target.told for target in targets))
    made = {"@type": "cr:Field", "@id": identifier(*place), "name": field.name, "description": told}
    if depth:
        made |= {"isArray": True, "arrayShape": ",".join(shape)}
    if not has_members(column):
        kind = type_of(column)
        steps = (*place[2:], kind.member) if isinstance(kind, FileType) else place[2:]
        path = {"transform": {"jsonPath": json_path(steps)}} if steps else {}
        linked = next((target.source for target in targets if target.source), None) or _classes(column, place)
        made |= {"dataType": _data_type(column), "source": source | path, "references": None if depth else linked}
        return {name: value for name, value in made.items() if value}
    if depth > 1 or (depth and len(place) > 2):
        return {}
    return _struct(inner, made, [_field(child, (*place, child.name), source, references) for child in inner])


def _classes(column: pa.Field, place: tuple[str, ...]) -> dict[str, Any] | None:
    """Return where the classes of a column's numbers stand; the reader can only follow a whole column there."""
    column_type = type_of(column)
    return number_of(place) if column_type and column_type.classes and len(place) == WHOLE_COLUMN else None


def _struct(kind: pa.StructType, made: dict[str, Any], members: list[dict[str, Any]]) -> dict[str, Any]:
    left_out = [child.name for child, member in zip(kind, members, strict=True) if not member]
    made |= {"description": _sentences(made["description"], _left_out(left_out)), "subField": [*filter(None, members)]}
    return {name: value for name, value in made.items() if value} if made["subField"] else {}


def _left_out(names: Sequence[str]) -> str:
    named = [name for name in names if name]
    told = [f"Not here: {', '.join(named)}. {LEFT_OUT}"] if named else []
    return " ".join([*told, *([NAMELESS] if "" in names else [])])


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith((".", "!", "?")) or len(parts) == 1 else part + "." for part in parts if part)


def _described(field: pa.Field) -> str:
    told, encoding = documentation(field), text_encoding(field)
    return _sentences(told, f"Written as {encoding} text.") if encoding else told


@dataclass(frozen=True, slots=True)
class Target:
    """What a column refers to: in words, and as a source where the column alone refers to a table's whole key."""

    told: str
    source: dict[str, Any] | None


def _references(config: Config, contents: Contents, part: ReleasedConfig) -> dict[Members, list[Target]]:
    found: dict[Members, list[Target]] = {}
    for reference in () if part.is_view else config.table[part.name].references:
        for column, key in zip(reference.columns, reference.key, strict=True):
            others = [format_path(other) for other in reference.columns if other != column]
            beside = f", together with {' and '.join(others)}" if others else ""
            told = f"Refers to {format_path(key)} in {reference.table}{beside}."
            alone = config.table[reference.table].key == (key,) and len(key) == 1 and bool(key[0])
            source = _reference(contents, reference.table, str(key[0])) if alone else None
            found.setdefault(tuple(step for step in column if step is not LIST), []).append(Target(told, source))
    return found


def _reference(contents: Contents, table: str, column: str) -> dict[str, Any]:
    """Return a reference to a file's column: through fields, tables that refer to each other can't be read."""
    part = next(part for part in contents.configs if part.name == table)
    return {_source_member(part): {"@id": _files(part)}, "extract": {"column": column}}


def _length(column: pa.Field) -> str:
    """Return the length of a column's vectors, nothing for other columns."""
    return str(column.type.list_size) if pa.types.is_fixed_size_list(column.type) else ""


def _data_type(column: pa.Field) -> str:
    column_type = type_of(column)
    return data_type(column.type) if column_type is None else column_type.croissant


def data_type(kind: pa.DataType) -> str:
    """Return the name of a scalar Arrow type among Croissant's data types."""
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and not kind.scale):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) or pa.types.is_decimal(kind) else "sc:Text"


def json_path(members: Sequence[str]) -> str:
    """Return the JSONPath of a member; names that its grammar wouldn't take as they are stand in quotes."""
    return ".".join(_step(name) for name in members)


def _step(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name != "where":
        return name
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _write(facts: Facts) -> dict[str, str]:
    told = datasheet.responsible(facts.datasheet) if facts.config.datasheet else {}
    licences = dict.fromkeys(name for counts in licence_counts(facts).values() for name in counts)
    more = declared(facts) | _statistics(facts)
    return {CROISSANT: croissant(facts.config, facts.contents, facts.schemas, told, licences, more)}


def _statistics(facts: Facts) -> dict[str, Any]:
    wanted = facts.config.croissant.get("statistics", False)
    return {"variableMeasured": column_statistics(facts)} if wanted else {}


def _check(release: Release) -> Iterator[Told]:
    """Check that Croissant names every shard with its SHA-256 and its size in bytes, and no other file."""
    if CROISSANT not in release.files:
        return
    objects = list(_file_objects(release.json(CROISSANT)))
    for found in objects:
        yield from _check_object(release, found)
    named = {found.get("contentUrl") for found in objects}
    for path in release.told_shards:
        yield 1 if path in named else unsound(CROISSANT, f"does not name {path}")
    yield from made_again(release, _write)


def _file_objects(document: Any) -> Iterator[dict[str, Any]]:
    distribution = document.get("distribution", ()) if isinstance(document, dict) else ()
    for item in distribution:
        if isinstance(item, dict) and "sha256" in item and "://" not in str(item.get("contentUrl")):
            yield item


def _check_object(release: Release, found: dict[str, Any]) -> Iterator[Told]:
    path = str(found.get("contentUrl"))
    if path not in release.files:
        yield unsound(path, f"missing, but {CROISSANT} names it")
        return
    yield 1 if found["sha256"] == release.sha256(path) else unsound(path, f"its SHA-256 is not that of {CROISSANT}")
    size = (release.folder / path).stat().st_size
    told = str(found.get("contentSize", f"{size} B")).split()[0]
    yield 1 if told == str(size) else unsound(CROISSANT, f"contentSize of {path} is {told}, not {size}")


DOCUMENT = Document("croissant", (CROISSANT,), _write, _check, prepare=check_creators, follows=("datasheet",))
