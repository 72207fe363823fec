"""What stands in the files of a new project."""

from __future__ import annotations

import glob
import hashlib
import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from dataset_packager.base.paths import format_path
from dataset_packager.documents import datasheet
from dataset_packager.documents.open_questions import UNRELEASED
from dataset_packager.records.formats import ending_of
from dataset_packager.scaffold.author_splits import author_splits
from dataset_packager.scaffold.type_proposals import with_words
from dataset_packager.scaffold.wheel import FILE, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.scaffold.record_sources import Learned
    from dataset_packager.scaffold.references import Reference

_TEMPLATES = {
    "build_dataset.py": "build_dataset.py.txt",
    "tests/test_dataset.py": "test_dataset.py.txt",
    "Makefile": "Makefile.txt",
    ".ci/run": "ci-run.txt",
    ".gitignore": "gitignore.txt",
    "README.md": "README.md.txt",
    "LICENSE-HINTS.md": "LICENSE-HINTS.md.txt",
}
WORKFLOWS = {"github": (".github/workflows/publish.yml", "publish-github.yml.txt")}
"""What publishes from a CI, by the CI's name: its file in the project, and its template."""
EXECUTABLE = frozenset({".ci/run"})
_HERE = "dataset_packager.scaffold"


def project_files(
    name: str, tables: Sequence[Learned], *, typed: bool = False, workflow: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of a new project but the records; the same tables give the same bytes.

    ``typed`` takes the column types that are comments else; ``workflow`` names the CI that is to publish.
    """
    build = wheel()
    yield "pyproject.toml", _configuration(name, tables, typed=typed).encode()
    for table in tables:
        listed = with_words(table.schema, [each for each in table.types if typed or each.taken])
        schema = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
        yield f"schema/{table.source.table}.schema.json", schema.encode()
    yield "DATASHEET.md", _datasheet(name).encode()
    wanted = dict([WORKFLOWS[workflow]]) if workflow else {}
    for path, template in (_TEMPLATES | wanted).items():
        yield path, example(template).decode().replace("{{name}}", name).encode()
    yield f"vendor/{FILE}", build
    lock = resources.files(_HERE).joinpath("requirements.txt").read_text("utf-8")
    yield (
        "requirements.txt",
        f"./vendor/{FILE} \\\n    --hash=sha256:{hashlib.sha256(build).hexdigest()}\n{lock}".encode(),
    )


def example(name: str) -> bytes:
    """Return a file of the templates."""
    return resources.files(_HERE).joinpath("templates", name).read_bytes()


def project_name(text: str) -> str:
    """Return ``text`` as the name of a dataset: letters, digits and what may stand between them."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:96].rstrip("-._") or "dataset"


def _configuration(name: str, tables: Sequence[Learned], *, typed: bool) -> str:
    lines = [
        "# Open: take the # away and write what is so. SPDX names licences; LICENSE-HINTS.md says how to choose one.",
        "[project]",
        f"name = {_toml(name)}",
        'version = "0.1.0"    # patch: the same rows anew; minor: rows or columns added; major: changed or removed',
        '# description = "What the records are, in one sentence"',
        '# license = "CC-BY-4.0"',
        '# authors = [{ name = "Who made it" }]',
        "",
        "[tool.dataset-packager]",
        f"released = {_toml(UNRELEASED)}    # open: the day of this version, the only date that is published",
    ]
    if any(table.has_provenance for table in tables):
        lines.append("row_provenance = false    # the records have a member called provenance")
    elif sum(len(table.source.files) for table in tables) == 1:
        lines.append("row_provenance = false    # true: a column that says which line of which file each row was")
    for table in tables:
        lines += ["", *_table(table), *_types(table, typed=typed)]
    lines += ["", "[tool.pytest.ini_options]    # so that no folder above has a say", 'testpaths = ["tests"]']
    return "\n".join(lines) + "\n"


def _table(table: Learned) -> Iterator[str]:
    name = table.source.table
    names = [table.source.name_of(path) for path in table.source.files]
    below = "**/" if any("/" in name for name in names) else ""
    endings = sorted({_ending(name) for name in names})
    yield f"[tool.dataset-packager.tables.{name}]"
    yield f'schema = "schema/{name}.schema.json"'
    splits = author_splits(table.source)
    if splits is None:
        yield f"records = [{', '.join(_toml(f'data/{name}/{below}*{ending}') for ending in endings)}]"
    for key, options in table.options.items():
        yield f"{key} = {_inline(options)}    # as the files are written"
    identifiers, others = table.keys.identifiers(), table.keys.others()
    if identifiers:
        yield f"key = [{_path(identifiers[0])}]    # every record has one, and no two have the same"
    for other in [*identifiers[1:], *others]:
        yield f"# key = [{_path(other)}]    # would do as well"
    if not identifiers and not others:
        yield '# key = ["COLUMN", "COLUMN"]    # no single column tells the records apart: name several'
    if table.split_column and splits is None:
        column, names_of_splits = table.split_column
        path = format_path((column,))
        yield f"splits = {_inline({'column': path, 'names': names_of_splits})}    # as that column names them"
    yield from _references(table)
    if splits is not None:
        yield ""
        yield f"[tool.dataset-packager.tables.{name}.splits]    # as the files are called"
        for split, files in splits.items():
            yield f"{split} = [{', '.join(_toml(glob.escape(f'data/{name}/{file}')) for file in files)}]"


def _types(table: Learned, *, typed: bool) -> Iterator[str]:
    """Yield the column types that every value fits, as proposals unless they are taken."""
    if not table.types:
        return
    proposed = [each for each in table.types if not (typed or each.taken)]
    told = "every value fits these types: take the # away (new --typed)" if proposed else "types that every value fits"
    yield ""
    yield f"[tool.dataset-packager.tables.{table.source.table}.columns]    # {told}"
    for each in table.types:
        path = format_path(each.path)
        name = path if re.fullmatch(r"[A-Za-z0-9_-]+", path) else _toml(path)
        needed = 'needs "enum" in the schema, which proposes it: ' if each in proposed and each.words else ""
        yield f"{'# ' if each in proposed else ''}{name} = {_inline(each.choice)}    # {needed}{each.gives}"


def _references(table: Learned) -> Iterator[str]:
    """Yield the references that hold: those that are called so, and the others as proposals."""
    likely = [each for each in table.references if each.likely]
    taken = {each.column for each in likely}
    if likely:
        yield "references = [    # every value stands in that table's key"
        for column in dict.fromkeys(each.column for each in likely):
            yield f"    {_reference(next(each for each in likely if each.column == column))},"
        yield "]"
    for each in table.references:
        if each.column not in taken:
            yield f"# references = [{_reference(each)}]    # every value stands there, which may be chance"
    if not table.references:
        yield '# references = [{ columns = ["COLUMN"], table = "OTHER", key = ["COLUMN"] }]'


def _reference(reference: Reference) -> str:
    column = reference.column.removesuffix("[]")
    path = _toml(format_path((column,)) + ("[]" if column != reference.column else ""))
    return f"{{ columns = [{path}], table = {_toml(reference.table)}, key = [{_path(reference.key)}] }}"


def _ending(name: str) -> str:
    return name[-len("".join(ending_of(name))) :]


def _path(member: str) -> str:
    return _toml(format_path((member,)))


def _inline(value: Any) -> str:
    """Return a TOML value: a string, an integer, a list of strings, or a table of such."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_inline(each)}' for key, each in value.items())} }}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else _toml(value)


def _toml(text: str) -> str:
    """Return a TOML string (1.0, basic strings); DEL is the one character that JSON leaves and TOML doesn't."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _datasheet(name: str) -> str:
    computed = datasheet.COMPUTED.partition("\n## ")[2]
    return "\n".join(_datasheet_lines(name)) + f"\n## {computed}"


def _datasheet_lines(name: str) -> Iterator[str]:
    yield f"# Datasheet of {name}"
    yield ""
    yield "It asks the questions of *Datasheets for Datasets* (Gebru et al., 2021). Replace each TODO by the answer,"
    yield "or by `None.` where there is nothing to say. `make check` lists the questions that are open. The sections"
    yield "behind the questions are filled by the build: `make documents`."
    yield ""
    yield "These have to be answered before the dataset is published; the others can wait:"
    yield ""
    for question in datasheet.questions():
        if question.needed:
            yield f"- {question.asks}"
    section = ""
    for question in datasheet.questions():
        heading = question.id.partition("-")[0].capitalize()
        if heading != section:
            section = heading
            yield ""
            yield f"## {section}"
        yield ""
        yield f"### {question.asks} <!-- question:{question.id} -->"
        yield ""
        yield "TODO"
    yield ""
