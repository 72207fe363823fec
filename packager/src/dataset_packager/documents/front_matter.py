"""The card's metadata: the YAML that the Hub and ``datasets`` read, and whether a card has what the shards give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from dataset_packager.base.check_result import unsound
from dataset_packager.base.hub_lists import hub_lists
from dataset_packager.base.json_diff import ABSENT, member_changes
from dataset_packager.base.text import one_line, visible, within
from dataset_packager.columns.features import card_features
from dataset_packager.documents.citation import first_sentence, table_documentation
from dataset_packager.documents.safe_yaml import LOADER, safe_yaml
from dataset_packager.release.names import CARD, LICENSE, shards_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import ReleasedConfig

# What readers of YAML 1.2 take for a number, the Hub's among them; the dumper knows the numbers of YAML 1.1 only.
_NUMBER = re.compile(
    r"[-+]?(?:0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?|\.[0-9_]+(?:[eE][-+]?[0-9_]+)?)"
)
_TRUTH = frozenset("yYnN")  # to some readers
LONGEST = 300  # characters of what is said of a config
SPARE = 16 * 2**10  # characters of metadata that people may add on the Hub
OF_SHARDS = ("configs", "dataset_info", "size_categories")
OF_THE_CARD = (
    "task_ids", "source_datasets", "annotations_creators", "language_creators", "multilinguality", "paperswithcode_id",
    "viewer", "extra_gated_heading", "extra_gated_description", "extra_gated_prompt", "extra_gated_fields",
    "extra_gated_button_content",
)  # fmt: skip
"""Members that the section ``card`` of the configuration gives as they are, in the order in which they are written."""
OF_CONFIGURATION = (
    "pretty_name",
    "license",
    "license_name",
    "license_link",
    "license_details",
    "language",
    "description",
    *OF_THE_CARD,
)


def as_yaml(metadata: dict[str, Any]) -> str:
    """Return the metadata as YAML, none of whose lines can end it."""
    return yaml.dump(metadata, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31)


class _Dumper(yaml.SafeDumper):
    """It writes no text over several lines: a line of it could end the card's metadata."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    if _NUMBER.fullmatch(text) or text in _TRUTH:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def front_matter(facts: Facts) -> dict[str, Any]:
    """Return the card's metadata, in the order in which it is written."""
    config, contents = facts.config, facts.contents
    rows = sum(part.rows for part in contents.configs if not part.is_view)
    return stated_metadata(config, linked=(facts.release / LICENSE).is_file()) | {
        "size_categories": [size_category(rows)],
        "configs": [_config(part, part.name == config.default_config) for part in contents.configs],
        "dataset_info": [dataset_info(part, _told(facts, part)) for part in contents.configs],
    }


def stated_metadata(config: Config, *, linked: bool) -> dict[str, Any]:
    """Return those metadata that the configuration gives; ``linked`` where the release has the licence's text."""
    head = {
        "pretty_name": " ".join(config.pretty_name.split()),
        **_license(config.license, linked=linked),
        "language": list(dict.fromkeys(language.split("-")[0].lower() for language in config.languages)),
        "task_categories": list(config.task_categories),
        "tags": list(config.tags),
    }
    stated = {name: config.card[name] for name in ("license_name", "license_link", *OF_THE_CARD) if name in config.card}
    return {name: value for name, value in (head | stated).items() if value not in (None, "", [], {})}


def _license(expression: str | None, *, linked: bool) -> dict[str, Any]:
    """Return a licence (SPDX) as the Hub names it; one that it doesn't list is ``other``, with its name and text."""
    if not expression:
        return {}
    known: dict[str, str] = hub_lists()["licenses"]["by_spdx"]
    names = [known.get(name.lower()) for name in re.split(" (?:OR|AND) ", " ".join(expression.strip("() ").split()))]
    if all(names):
        return {"license": names[0] if len(names) == 1 else names}
    named = {"license": "other", "license_name": re.sub(r"[^a-z0-9.-]+", "-", expression.lower()).strip("-")}
    return named | ({"license_link": LICENSE} if linked else {})


def size_category(rows: int) -> str:
    """Return the Hub's size category for a number of rows: each but the last is for ten times as many as the former."""
    names: list[str] = hub_lists()["card"]["size_categories"]
    return next((name for power, name in enumerate(names[:-1]) if rows < 1_000 * 10**power), names[-1])


def _config(part: ReleasedConfig, is_default: bool) -> dict[str, Any]:
    patterns = {split.name: shards_pattern(part.name, split.name, folders=part.in_folders) for split in part.splits}
    files = [{"split": split, "path": pattern} for split, pattern in patterns.items()]
    return {"config_name": part.name, "data_files": files} | ({"default": True} if is_default else {})


def _told(facts: Facts, part: ReleasedConfig) -> str:
    told = first_sentence(one_line(table_documentation(facts.schemas.get(part.name))))
    return visible(within(told or f"{part.name} of {one_line(facts.config.pretty_name)}.", LONGEST))


def dataset_info(part: ReleasedConfig, told: str) -> dict[str, Any]:
    """Return what ``datasets`` is told of a config: a sentence, and a digest by which its cache follows rows."""
    return {
        "config_name": part.name,
        "description": f"{told} Files: sha256:{part.files_digest}",
        "features": card_features(part.arrow_schema),
        "splits": [
            {"name": split.name, "num_bytes": split.memory, "num_examples": split.rows} for split in part.splits
        ],
        "download_size": sum(shard.size for shard in part.shards),
        "dataset_size": sum(split.memory for split in part.splits),
    }


def parts_of(text: str, facts: Facts) -> tuple[dict[str, Any], str]:
    """Return the metadata of a card that a stranger may have written, and the text behind them.

    Raises:
        ValueError: there are none, they are much longer than the shards need, or are no plain mapping in YAML.
    """
    most = 2 * len(_plain_yaml(front_matter(facts))) + SPARE
    end = text.find("\n---\n", 3)
    if not text.startswith("---\n") or end < 0:
        raise ValueError("has no metadata between two lines of ---")
    if end > most:
        raise ValueError(f"its metadata have {end:,} characters, where {most:,} are more than enough for its shards")
    found = safe_yaml(text[4 : end + 1])
    if isinstance(found, dict):
        return found, text[end + 5 :]
    raise ValueError("its metadata are no mapping")


def _plain_yaml(metadata: dict[str, Any]) -> str:
    return yaml.dump(metadata, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def check_metadata(found: dict[str, Any], facts: Facts) -> Iterator[Told]:
    """Compare the metadata of a card with what the shards and the configuration give, member by member."""
    expected = yaml.load(_plain_yaml(front_matter(facts)), Loader=LOADER)  # noqa: S506 - as YAML brings them back
    for member in OF_CONFIGURATION:
        right, told = expected.get(member), found.get(member)
        same = right == told
        given = f"where the configuration gives {right or 'nothing'!r}"
        yield 1 if same else unsound(CARD, f"{member} is {told!r}, {given}")
    for member in OF_SHARDS:
        if member not in expected:
            continue
        ours, theirs = expected[member], found.get(member)
        changes = list(member_changes(_by_name(ours), _by_name(theirs), member))
        yield len(ours) if not changes else 0
        for path, right, told in changes:
            wanted = "nothing" if right is ABSENT else repr(right)
            yield unsound(CARD, f"{path} is {told!r}, where the shards have {wanted}")


def _by_name(value: Any) -> Any:
    """Return a list of configs by their names, so that a difference is told by name."""
    if isinstance(value, list) and all(isinstance(item, dict) and "config_name" in item for item in value):
        return {item["config_name"]: item for item in value}
    return value
