"""The dataset card: README.md of the release, with the YAML that the Hub and ``datasets`` read, then prose."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from dataset_packager.columns.features import card_features
from dataset_packager.documents.citation import bibtex, table_documentation
from dataset_packager.documents.markdown import code, escape, fenced, json_block, table
from dataset_packager.documents.slots import LONGEST, column_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A picture that the card shows: its path in the release, its title, and what it shows in words."""

    path: str
    title: str
    text: str


SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip
INTRODUCTION = "about"
# What readers of YAML 1.2 take for a number, the Hub's among them; the dumper knows the numbers of YAML 1.1 only.
_NUMBER = re.compile(
    r"[-+]?(?:0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?|\.[0-9_]+(?:[eE][-+]?[0-9_]+)?)"
)
LOADING = """import duckdb
import pandas
import polars
from datasets import load_dataset

rows = load_dataset({named})
stream = load_dataset({named}, streaming=True)
table = pandas.read_parquet({first})
frame = polars.read_parquet({shards})
relation = duckdb.read_parquet({shards})
"""


def card(
    config: Config,
    contents: Contents,
    examples: Mapping[str, Any],
    schemas: Mapping[str, Any],
    passages: Mapping[str, str],
    pictures: Sequence[CardPicture] = (),
) -> str:
    """Return the text of the card.

    Args:
        config: the configuration.
        contents: what the release holds.
        examples: one row of each config that has rows.
        schemas: the JSON Schema of each config, for its documentation.
        passages: prose by name, in the order in which it is to stand; the one named ``about`` comes first.
        pictures: pictures of the release, which stand behind the introduction.
    """
    head = front_matter(config, contents)
    metadata = yaml.dump(head, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31)
    body = "\n".join(_body(config, contents, examples, schemas, passages, pictures))
    return f"---\n{metadata}---\n\n{body}\n"


class _Dumper(yaml.SafeDumper):
    """It writes no text over several lines: a line of it could end the card's metadata."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    if _NUMBER.fullmatch(text):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def front_matter(config: Config, contents: Contents) -> dict[str, Any]:
    """Return the card's metadata, in the order in which it is written."""
    head = {
        "pretty_name": " ".join(config.pretty_name.split()),
        **_license(config.license),
        "language": list(dict.fromkeys(language.split("-")[0].lower() for language in config.languages)),
        "task_categories": list(config.task_categories),
        "tags": list(config.tags),
        "size_categories": [size_category(sum(part.rows for part in contents.configs if not part.is_view))],
    }
    return {name: value for name, value in head.items() if value} | {
        "configs": [_config(part, part.name == config.default_config) for part in contents.configs],
        "dataset_info": [dataset_info(part) for part in contents.configs],
    }


def _license(expression: str | None) -> dict[str, Any]:
    """Return a licence (SPDX) as the Hub names it; one that the Hub doesn't list is ``other``, with its name."""
    if not expression:
        return {}
    text = resources.files("dataset_packager").joinpath("contracts/hub-licenses.json").read_text("utf-8")
    known: dict[str, str] = json.loads(text)
    names = [known.get(name.lower()) for name in re.split(r"\s+(?:OR|AND)\s+", expression.strip("() "))]
    if all(names):
        return {"license": names[0] if len(names) == 1 else names}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.-]+", "-", expression.lower()).strip("-")}


def size_category(rows: int) -> str:
    """Return the Hub's size category for a number of rows."""
    return next((name for bound, name in SIZES if rows < bound), "n>1B")


def _config(part: ReleasedConfig, is_default: bool) -> dict[str, Any]:
    files = [{"split": split.name, "path": f"data/{part.name}/{split.name}-*.parquet"} for split in part.splits]
    return {"config_name": part.name, "data_files": files} | ({"default": True} if is_default else {})


def dataset_info(part: ReleasedConfig) -> dict[str, Any]:
    """Return what ``datasets`` is told of a config; the digest in it makes its cache follow the content."""
    return {
        "config_name": part.name,
        "description": f"Files: sha256:{part.files_digest}",
        "features": card_features(part.arrow_schema),
        "splits": [
            {"name": split.name, "num_bytes": split.memory, "num_examples": split.rows} for split in part.splits
        ],
        "download_size": sum(shard.size for shard in part.shards),
        "dataset_size": sum(split.memory for split in part.splits),
    }


def _body(
    config: Config,
    contents: Contents,
    examples: Mapping[str, Any],
    schemas: Mapping[str, Any],
    passages: Mapping[str, str],
    pictures: Sequence[CardPicture],
) -> Iterator[str]:
    yield from _section(f"# {escape(config.pretty_name)}", [escape(config.description, longest=2_000)])
    if INTRODUCTION in passages:
        yield from (passages[INTRODUCTION], "")
    licence = f", under {escape(config.license)}" if config.license else ""
    yield from (f"Version {escape(config.version)}, released {escape(config.released)}{licence}.", "")
    if pictures:
        yield from _section("## At a glance", _pictures(pictures))
    yield from _section(
        "## Configs", table(("config", "split", "rows", "what it holds"), _sizes(config, contents, schemas))
    )
    yield from _section("## Loading", _loading(config, contents))
    yield from _section("## Columns", _columns(contents, examples))
    for name, text in passages.items():
        if name != INTRODUCTION:
            yield from _section(f"## {escape(name.replace('-', ' ').capitalize())}", [text])
    yield from _section("## Citation", fenced("bibtex", bibtex(config)))


def _pictures(pictures: Sequence[CardPicture]) -> Iterator[str]:
    """Yield each picture with its title and alternative text, and where to read on."""
    for picture in pictures:
        yield f"**{escape(picture.title)}**"
        yield ""
        yield f"![{escape(picture.text, longest=LONGEST)}]({picture.path})"
        yield ""
    yield "`report.html` shows these and more: save it and open it in a browser; it needs nothing else."


def _section(heading: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield from (heading, "", *lines, "")


def _sizes(config: Config, contents: Contents, schemas: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for part in contents.configs:
        name = code(part.name) + (" (default)" if part.name == config.default_config else "")
        told = escape(table_documentation(schemas.get(part.name)), longest=LONGEST)
        for split in part.splits:
            yield name, code(split.name), f"{split.rows:,}", told


def _loading(config: Config, contents: Contents) -> Iterator[str]:
    part = next(part for part in contents.configs if part.name == config.default_config)
    split = part.splits[0].name
    named = f"{_quoted(config.name)}, {_quoted(part.name)}, split={_quoted(split)}"
    first = _quoted(f"{config.name}/{part.splits[0].shards[0].path}")
    shards = _quoted(f"{config.name}/data/{part.name}/{split}-*.parquet")
    yield f"Here {code(config.name)} is the folder of the release. On the Hub, give `load_dataset` the repository's"
    yield "name, and put `hf://datasets/` and that name in place of the folder for the others."
    yield ""
    yield from fenced("python", LOADING.format(named=named, first=first, shards=shards))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _columns(contents: Contents, examples: Mapping[str, Any]) -> Iterator[str]:
    for part in contents.configs:
        yield from _section(
            f"### {escape(part.name)}", table(("column", "type", "what it holds"), column_rows(part.arrow_schema))
        )
        if part.name in examples:
            yield from _section("A row, with long values cut:", list(json_block(examples[part.name])))
