"""Read the configuration from ``pyproject.toml`` and check what its contract can't say."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import regular_bytes, unreadable
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import ColumnPath, inside, parse_path
from dataset_packager.base.text import has_credentials, visible, without_credentials
from dataset_packager.project.column_choices import column_choice
from dataset_packager.project.config import SECTION, Config, Limits, Reference, Splits, Table, View, ViewLimits
from dataset_packager.project.contract import check_contract, configuration_schema, format_sections, unknown_name
from dataset_packager.stores.objects import check_url, is_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_packager.project.extension import Extension


def load_config(project: Path, extensions: Sequence[Extension[Config]] = ()) -> Config:
    """Return the configuration of the dataset project in the folder ``project``.

    Raises:
        SetupError: there is no ``pyproject.toml``, it isn't TOML, or it breaks the configuration's contract.
    """
    file = project / "pyproject.toml"
    if file.exists() and not file.is_file():
        raise SetupError("pyproject.toml: no regular file: put one there")
    try:
        document = tomllib.loads(regular_bytes(file).decode("utf-8").replace("\r\n", "\n"))
    except FileNotFoundError:
        raise SetupError(f"{project}: no pyproject.toml: name a dataset project with --project DIR") from None
    except OSError as error:
        raise unreadable(error, "pyproject.toml") from error
    except ValueError as error:  # not TOML, not UTF-8, or a number of thousands of digits
        raise SetupError(f"pyproject.toml: not TOML: {error}") from error
    except RecursionError:
        raise SetupError("pyproject.toml: nested too deeply") from None
    return build_config(project, document, extensions)


def _check_texts(document: Mapping[str, Any]) -> None:
    """Refuse what no text of a configuration may have: it names files, and is published.

    Raises:
        SetupError: there is a NUL, or a URL with a password or a token.
    """
    tool = document.get("tool")
    ours = tool.get("dataset-packager") if isinstance(tool, dict) else None
    todo: list[tuple[str, Any]] = [("project", document.get("project")), (SECTION, ours)]
    while todo:
        where, value = todo.pop()
        if isinstance(value, dict):
            todo += [each for name in value for each in ((where, name), (f"{where}.{name}", value[name]))]
        elif isinstance(value, list):
            todo += [(where, item) for item in value]
        elif isinstance(value, str) and "\0" in value:
            raise SetupError(f"pyproject.toml: {visible(where)}: a text with a NUL: leave it out")
        elif isinstance(value, str) and has_credentials(value):
            message = "a URL with a password or a token, which would be published: leave that out"
            raise SetupError(f"pyproject.toml: {visible(where)}: {without_credentials(value)}: {message}")


def build_config(
    project: Path, document: Mapping[str, Any], extensions: Sequence[Extension[Config]] = (), *, published: bool = False
) -> Config:
    """Return the configuration that a parsed ``pyproject.toml`` states.

    Args:
        project: its folder.
        document: what was parsed.
        extensions: what the project's own code adds.
        published: the configuration is a release's; sections of extensions, which nobody knows there, are left alone.

    Raises:
        SetupError: it breaks the configuration's contract; the message names the key and how to mend it.
    """
    _check_texts(document)
    head = _project_table(document)
    tools = document.get("tool")
    tool = tools.get("dataset-packager") if isinstance(tools, dict) else None
    if not isinstance(tool, dict):
        raise SetupError(f"pyproject.toml: no [{SECTION}]: {_section_meant(document)}")
    sections = _sections(tool, extensions, published=published)
    check_contract({name: value for name, value in tool.items() if name not in sections})
    config = Config(
        project=project.resolve(),
        document={"project": head, "tool": {"dataset-packager": tool}},
        **_project_members(head),
        **_tool_members(project, head, tool),
        tables=tuple(_table(name, part) for name, part in tool["tables"].items()),
        views=tuple(_view(name, part) for name, part in tool.get("views", {}).items()),
        sections=sections,
        extensions=tuple(extensions),
    )
    _check_names(config)
    return config


def _section_meant(document: Mapping[str, Any]) -> str:
    """Say under which other name the configuration seems to stand, or what to add."""
    tools = document.get("tool")
    called = {f"tool.{name}": name for name in (tools if isinstance(tools, dict) else ())}
    called |= {name: name for name in document if name not in ("project", "tool", "build-system")}
    plain = {name: re.sub(r"[-_. ]", "", word).lower() for name, word in called.items()}
    near = difflib.get_close_matches(SECTION.replace("tool.", "").replace("-", ""), plain.values(), 1, 0.7)
    meant = [name for name in plain if near and plain[name] == near[0]]
    return f"[{meant[0]}] stands there: call it so" if meant else "add it, with 'released' and at least one table"


def _sections(
    tool: Mapping[str, Any], extensions: Sequence[Extension[Config]], *, published: bool
) -> dict[str, Mapping[str, Any]]:
    """Return the sections of the configuration that belong to extensions, each checked by its own."""
    if published:
        known = configuration_schema()["properties"]
        return {name: part for name, part in tool.items() if name not in known and isinstance(part, dict)}
    sections: dict[str, Mapping[str, Any]] = {}
    for extension in extensions:
        if extension.name in tool:
            if not isinstance(tool[extension.name], dict):
                raise SetupError(f"pyproject.toml: [{SECTION}.{extension.name}]: must be a table")
            sections[extension.name] = tool[extension.name]
            extension.check_section(tool[extension.name])
    return sections


def _project_table(document: Mapping[str, Any]) -> dict[str, Any]:
    head = document.get("project")
    if not isinstance(head, dict):
        raise SetupError("pyproject.toml: no [project]: add it, with 'name', 'version' and 'description'")
    for key in ("name", "version"):
        if not isinstance(head.get(key), str) or not head[key]:
            raise SetupError(f"pyproject.toml: [project] {key}: missing: the dataset's {key} stands there")
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,94}[A-Za-z0-9])?", head["name"]):
        raise SetupError(f"pyproject.toml: [project] name: {head['name']!r} must be letters, digits, '-', '_' and '.'")
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}", head["version"]):
        raise SetupError(f"pyproject.toml: [project] version: {head['version'][:60]!r} must be MAJOR.MINOR.PATCH")
    for key, (fits, words) in _HEAD.items():
        if key in head and not fits(head[key]):
            raise SetupError(f"pyproject.toml: [project] {key}: must be {words}")
    return head


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


LICENSE_FILES = ("LICENSE-DATA", "LICENSE")  # where the dataset's licence is looked for, in this order
_HEAD = {
    "description": (_is_text, "a string"),
    "license": (lambda value: _is_text(value) or _is_table(value), "a string: an SPDX licence expression"),
    "keywords": (lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of strings"),
    "authors": (lambda value: isinstance(value, list) and all(map(_is_table, value)), "a list of tables of strings"),
    "urls": (_is_table, "a table of strings"),
}


def _project_members(head: Mapping[str, Any]) -> dict[str, Any]:
    licence = head.get("license")
    if isinstance(licence, dict):
        licence = licence.get("text")
    return {
        "name": head["name"],
        "version": head["version"],
        "description": head.get("description", ""),
        "license": licence,
        "authors": tuple(head.get("authors", ())),
        "keywords": tuple(head.get("keywords", ())),
        "urls": dict(head.get("urls", {})),
    }


def _stands(path: Path) -> bool:
    """Say whether something stands at a path that a file is expected at; a pipe or a link to nowhere is told of."""
    return (path.exists() or path.is_symlink()) and not path.is_dir()


def _tool_members(project: Path, head: Mapping[str, Any], tool: Mapping[str, Any]) -> dict[str, Any]:
    datasheet = tool.get("datasheet")
    if datasheet is None and _stands(project / "DATASHEET.md"):
        datasheet = "DATASHEET.md"
    if datasheet is not None:
        inside(project, datasheet, f"[{SECTION}] datasheet")
    if "withdrawn" in tool:
        inside(project, tool["withdrawn"], f"[{SECTION}] withdrawn")
    license_file = tool.get("license_file")
    if license_file is None:
        license_file = next((name for name in LICENSE_FILES if _stands(project / name)), None)
    else:
        inside(project, license_file, f"[{SECTION}] license_file")
    return {
        "released": tool["released"],
        "pretty_name": tool.get("pretty_name", head["name"]),
        "languages": tuple(tool.get("languages", ())),
        "tags": tuple(tool.get("tags", ())),
        "task_categories": tuple(tool.get("task_categories", ())),
        "default_config": tool.get("default_config", next(iter(tool["tables"]))),
        "datasheet": datasheet,
        "license_file": license_file,
        "row_provenance": tool.get("row_provenance", True),
        "shard_input_bytes": tool.get("shard_input_bytes", 64 * 2**20),
        "limits": Limits(
            line_bytes=tool.get("max_line_bytes", 64 * 2**20),
            depth=tool.get("max_depth", 128),
            expansion=tool.get("max_expansion", 1000),
        ),
        "view_limits": ViewLimits(
            seconds=tool.get("view_seconds", 60),
            memory=tool.get("view_memory_bytes", 350_000_000),
            disk=tool.get("view_disk_bytes", 32_000_000_000),
        ),
        "max_rejected": tool.get("max_rejected"),
        "report": tool.get("report"),
        "card": tool.get("card", {}),
        "secrets": tool.get("secrets", "warn"),
        "kingfisher": tool.get("kingfisher", False),
        "personal_data": tool.get("personal_data", "off"),
        "withdrawn": tool.get("withdrawn"),
        "exports": tuple(tool.get("exports", ())),
        "croissant": tool.get("croissant", {}),
        "training_summary": tool.get("training_summary", False),
    }


def _paths(texts: list[str]) -> tuple[ColumnPath, ...]:
    return tuple(parse_path(text) for text in texts)


def _table(name: str, part: Mapping[str, Any]) -> Table:
    splits = _splits(name, part["splits"]) if "splits" in part else Splits()
    if splits.files and "records" in part:
        raise SetupError(f"[{SECTION}.tables.{name}] records: the splits name the files already: remove one of the two")
    if not splits.files and "records" not in part:
        raise SetupError(f'pyproject.toml: [{SECTION}.tables.{name}] "records" is a required property')
    records = tuple(pattern for _, patterns in splits.files for pattern in patterns) or tuple(part["records"])
    for pattern in records:
        if is_url(pattern):
            check_url(pattern)
        elif PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
            raise SetupError(
                f"[{SECTION}.tables.{name}] records: {pattern!r} leads out of the project: use a path in it"
            )
    return Table(
        name=name,
        schema=part["schema"],
        records=records,
        key=_paths(part.get("key", [])),
        references=tuple(
            Reference(_paths(reference["columns"]), reference["table"], _paths(reference["key"]))
            for reference in part.get("references", [])
        ),
        assert_formats=part.get("assert_formats", True),
        splits=splits,
        unique=tuple(map(_paths, part.get("unique", []))),
        license_column=parse_path(part["license_column"]) if "license_column" in part else (),
        disjoint=tuple(map(_paths, part.get("disjoint", []))),
        choices=tuple(
            (parse_path(path), column_choice(stated, f"[{SECTION}.tables.{name}.columns]"))
            for path, stated in part.get("columns", {}).items()
        ),
        format_options=json.dumps({key: part[key] for key in format_sections() if key in part}, sort_keys=True),
    )


_WORDS_OF_SPLITS = ("group_by", "seed", "column", "names")


def _splits(name: str, part: Mapping[str, Any]) -> Splits:
    where = f"[{SECTION}.tables.{name}] splits"
    own = {split: value for split, value in part.items() if split not in _WORDS_OF_SPLITS}
    by_files = any(isinstance(value, list) for value in own.values())
    way, takes = (
        ("by a column", {"column", "names"})
        if "column" in part
        else ("by files", set(own))
        if by_files
        else ("by shares", {*own, "group_by", "seed"})
    )
    for word in part:
        if word not in takes:
            raise SetupError(f"{where}: {word!r} has no meaning where splits are made {way}: remove it")
    if "column" in part:
        (column,) = _paths([part["column"]])
        check_split_names(name, part.get("names", []))
        return Splits((), column=column, named=tuple(part.get("names", ())))
    check_split_names(name, list(own))
    if by_files:
        for split, patterns in own.items():
            if not isinstance(patterns, list):
                raise SetupError(f"{where}: {split!r} is a share, and others are files: give all of them files")
        return Splits((), files=tuple((split, tuple(patterns)) for split, patterns in own.items()))
    if not own or "group_by" not in part:
        mend = "add 'group_by' and shares, or 'column', or lists of files by split"
        raise SetupError(f"{where}: nothing says which rows belong to a split: {mend}")
    shares = tuple((split, float(share)) for split, share in own.items())
    total = sum(share for _, share in shares)
    if abs(total - 1) > 1e-9:
        raise SetupError(f"{where}: the shares sum up to {total:g}: make it 1")
    return Splits(shares, _paths(part["group_by"]), part.get("seed", ""))


def check_split_names(name: str, splits: Sequence[str]) -> None:
    """Refuse names of splits that no loader, or not every file system, can tell from another."""
    where = f"[{SECTION}.tables.{name}] splits"
    lowered = [split.lower() for split in splits]
    for split in splits:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", split):
            raise SetupError(f"{where}: {split[:80]!r} is no name of a split: use letters, digits and '_'")
    for split in splits:
        if split.lower() == "all":
            raise SetupError(f"{where}: {split!r} is reserved: it means every split to `datasets`: choose another name")
        if lowered.count(split.lower()) > 1:
            same = " and ".join(repr(other) for other in splits if other.lower() == split.lower())
            raise SetupError(f"{where}: {same} differ only by case, or not at all, and so would files: rename one")


def _view(name: str, part: Mapping[str, Any]) -> View:
    return View(name, part["query"], part["schema"], _paths(part["key"]))


def _check_names(config: Config) -> None:
    """Check what a JSON Schema can't say: that names name something, and no name stands twice."""
    names = list(config.configs)
    folded = [name.lower() for name in names]
    for name in names:
        if folded.count(name.lower()) > 1:
            raise SetupError(f"[{SECTION}] the name {name!r} stands for two tables or views: rename one")
    if config.default_config not in names:
        raise SetupError(f"[{SECTION}] default_config: {unknown_name(config.default_config, names)}")
    for table in config.tables:
        for reference in table.references:
            where = f"[{SECTION}.tables.{table.name}] references"
            if reference.table not in config.table:
                raise SetupError(f"{where}: {unknown_name(reference.table, list(config.table))}")
            if len(reference.columns) != len(reference.key):
                raise SetupError(
                    f"{where}: {len(reference.columns)} columns for a key of {len(reference.key)}: pair them"
                )
