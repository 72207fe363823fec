"""datapackage.json: the release as a Data Package (version 2 of the standard), for Frictionless and its kin.

Its resources are the release's CSV files where it has such, else its Parquet files. What the standard has no word for,
a reference from or to what lies inside objects and lists, a resource's description says.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.files import file_sha256, write_text
from dataset_packager.base.paths import format_path
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.metadata import ENCODING, JSON_MEMBERS, MAP, controlled_words, documentation, said
from dataset_packager.documents.citation import license_url, table_documentation
from dataset_packager.documents.croissant_people import ORCID
from dataset_packager.documents.exports import csv_files
from dataset_packager.documents.exports.interface import Export
from dataset_packager.documents.exports.plain_rows import holds_json, is_plain, plain_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.documents.exports.interface import Writer
    from dataset_packager.documents.exports.plain_rows import PlainRows
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Reference

NAME = "datapackage.json"
PROFILE, TABLE_PROFILE = (
    f"https://datapackage.org/profiles/2.0/{name}.json" for name in ("datapackage", "tableschema")
)
_LICENCE_NAME = re.compile(r"[-A-Za-z0-9._]+")  # as the standard has names of licences
FORMATS = {
    "date": {"type": "date"}, "timestamp": {"type": "datetime"}, "uuid": {"type": "string", "format": "uuid"},
}  # fmt: skip


def data_package(facts: Facts, folder: Path, csv_at: str | None) -> str:
    """Return the description of a release as JSON text.

    Args:
        facts: the release.
        folder: the folder that paths are relative to.
        csv_at: where the CSV files stand in it; None to describe the Parquet files.
    """
    config = facts.config
    document = {
        "$schema": PROFILE,
        "name": config.name.lower(),
        "title": config.pretty_name,
        "description": config.description,
        "version": config.version,
        "homepage": next(iter(config.urls.values()), None),
        "keywords": list(dict.fromkeys((*config.keywords, *config.tags))),
        "licenses": _licences(config.license, config.card.get("license_link")),
        "contributors": [_contributor(each) for each in config.croissant.get("creators", config.authors)],
        "resources": [_resource(facts, rows, folder, csv_at) for rows in plain_rows(facts).values()],
    }
    kept = {name: value for name, value in document.items() if value not in (None, "", [])}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def _licences(expression: str | None, link: str | None) -> list[dict[str, str]]:
    """Return each licence of an expression by name or path, as the standard asks; ``link`` leads to a text."""
    names = dict.fromkeys(re.findall(r"[^\s()]+", re.sub(r"(?i)\bWITH\s+[^\s()]+", "", expression or "")))
    listed = []
    for name in (each for each in names if each.upper() not in ("AND", "OR")):
        url = license_url(name)
        path = url if url and "://" in url else link if link and "://" in link else None
        made = {} if path and not _LICENCE_NAME.fullmatch(name) else {"name": re.sub(r"[^-\w.]", "-", name)}
        more = {"path": path, "title": expression if expression != made.get("name") else None}
        listed.append(made | {key: value for key, value in more.items() if value})
    return listed


def _contributor(person: Any) -> dict[str, Any]:
    """Return who made the dataset: one of the creators that Croissant names, too, or an author of ``[project]``."""
    orcid = ORCID + person["orcid"] if "orcid" in person else None
    made = {
        "title": person.get("name", person.get("email", "")),
        "path": orcid or person.get("url"),
        "email": person.get("email"),
        "organization": person.get("affiliation"),
        "roles": ["creator"],
    }
    return {name: value for name, value in made.items() if value}


def _resource(facts: Facts, rows: PlainRows, folder: Path, csv_at: str | None) -> dict[str, Any]:
    name = rows.part.name
    told = [table_documentation(facts.schemas.get(name)), *_not_linked(rows)]
    made: dict[str, Any] = {"name": name, "type": "table"}
    if told := [sentence for sentence in told if sentence]:
        made["description"] = " ".join(told)
    if csv_at is None:
        paths = [shard.path for shard in rows.part.shards]
        made |= {"path": paths if len(paths) > 1 else paths[0], "format": "parquet"}
        made |= {"mediatype": "application/vnd.apache.parquet"}
        return made | {"schema": _schema(rows, None)}
    path = f"{csv_at}{name}.csv"
    made |= {"path": path, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
    made |= {"bytes": (folder / path).stat().st_size, "hash": f"sha256:{file_sha256(folder / path)}"}
    return made | {"schema": _schema(rows, csv_files.null_word(rows))}


def _schema(rows: PlainRows, null: str | None) -> dict[str, Any]:
    stored = {field.name: field for field in rows.part.arrow_schema}
    plain = list(rows.schema)[1:] if null is None and rows.split_column else list(rows.schema)
    single = {str(paths[0][0]) for paths in (rows.key, *rows.unique) if len(paths) == 1 and is_plain(paths)}
    fields = [_field(field, stored.get(field.name), unique=field.name in single) for field in plain]
    made = {
        "$schema": TABLE_PROFILE,
        "fields": fields,
        "missingValues": None if null is None else [null],
        "primaryKey": _columns(rows.key),
        "uniqueKeys": [_columns(paths) for paths in rows.unique if is_plain(paths)],
        "foreignKeys": list(_links(rows)),
    }
    return {name: value for name, value in made.items() if value}


def _field(field: pa.Field, stored: pa.Field | None, *, unique: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": field.name, **_typed(field, stored)}
    if told := documentation(field):
        made["description"] = told
    words = [word for word in controlled_words(field) if word is not None]
    if words and made["type"] == "string" and all(isinstance(word, str) for word in words):
        made["categories"] = words
    return made | ({"constraints": {"unique": True}} if unique else {})


def _typed(field: pa.Field, stored: pa.Field | None) -> dict[str, str]:
    """Return type and format of a column in Table Schema."""
    kind = field.type
    column_type = type_of(stored) if stored is not None else None
    if column_type is not None and column_type.name in FORMATS:
        return FORMATS[column_type.name]
    if encoding := said(field, ENCODING):
        return {"type": "object" if encoding in (MAP, JSON_MEMBERS) else "any"}
    if pa.types.is_struct(kind):
        return {"type": "object"}
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return {"type": "array"}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_floating(kind):
        return {"type": "number"}
    return {"type": "integer"} if pa.types.is_integer(kind) or pa.types.is_decimal(kind) else {"type": "string"}


def _columns(paths: tuple[ColumnPath, ...]) -> list[str]:
    return [str(path[0]) for path in paths] if is_plain(paths) else []


def _is_link(rows: PlainRows, reference: Reference) -> bool:
    """Say whether a reference is a foreign key: to Frictionless several columns, of which one is null, refer, too."""
    if not (is_plain(reference.columns) and is_plain(reference.key)):
        return False
    names = _columns(reference.columns)
    if any(holds_json(rows.schema.field(name)) for name in names):
        return False  # the text of any JSON is compared as text, null too
    return len(names) == 1 or not any(
        table.column(rows.schema.get_field_index(name)).null_count for table in rows.batches() for name in names
    )


def _links(rows: PlainRows) -> Iterator[dict[str, Any]]:
    for reference in rows.references:
        if _is_link(rows, reference):
            resource = "" if reference.table == rows.part.name else reference.table
            there = {"resource": resource, "fields": _columns(reference.key)}
            yield {"fields": _columns(reference.columns), "reference": there}


def _not_linked(rows: PlainRows) -> Iterator[str]:
    for reference in rows.references:
        if not _is_link(rows, reference):
            here, there = (", ".join(map(format_path, paths)) for paths in (reference.columns, reference.key))
            yield f"{here} refers to {there} of {reference.table}."


def _write(facts: Facts, csv_at: str | None, path: Path) -> None:
    write_text(path, data_package(facts, path.parent, csv_at))


def _in_release(facts: Facts) -> dict[str, Writer]:
    wanted = facts.config.exports
    return {NAME: partial(_write, facts, csv_files.FOLDER if csv_files.EXPORT.name in wanted else None)}


def _beside(facts: Facts, folder: Path) -> None:
    for name, rows in plain_rows(facts).items():
        csv_files.write_csv(rows, folder / f"csv/{name}.csv")
    _write(facts, "csv/", folder / NAME)


EXPORT = Export("datapackage", "a Data Package: a folder with datapackage.json and CSV files", (NAME,), _in_release,
                _beside, is_folder=True)  # fmt: skip
