"""The contract of the configuration: a JSON Schema, and messages that name the nearest known key."""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.project.config import SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def configuration_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``[tool.dataset-packager]``, with the options of formats among those of tables."""
    text = resources.files("dataset_packager").joinpath("contracts/configuration.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    schema["$defs"]["table"]["properties"] |= format_sections()
    return schema


@cache
def format_sections() -> dict[str, Any]:
    """Return the JSON Schema of what formats of records have among the options of a table, by key."""
    ending = ".format.schema.json"
    files = resources.files("dataset_packager").joinpath("contracts").iterdir()
    found = {file.name.removesuffix(ending): file for file in files if file.name.endswith(ending)}
    return {key: json.loads(found[key].read_text("utf-8")) for key in sorted(found)}


def check_contract(tool: Mapping[str, Any]) -> None:
    """Hold ``[tool.dataset-packager]`` against the contract.

    Raises:
        SetupError: it isn't as the contract has it; the message names each key and the nearest known one.
    """
    import jsonschema_rs  # here: `--help` does not need it

    instance = json.loads(json.dumps(tool, default=str))
    validator = jsonschema_rs.Draft202012Validator(configuration_schema(), validate_formats=True, offline=True)
    problems = [_coach(error) for error in validator.iter_errors(instance)]
    if problems:
        raise SetupError("\n".join(f"pyproject.toml: {problem}" for problem in problems))


def _coach(error: Any) -> str:
    where = f"[{'.'.join([SECTION, *map(str, error.instance_path)])}]"
    unexpected = getattr(error.kind, "unexpected", None)
    if error.kind.name == "additionalProperties" and unexpected:
        known = list(_known_names(configuration_schema(), list(error.schema_path)[:-1]))
        return "; ".join(f"{where} {unknown_name(name, known)}" for name in unexpected)
    return f"{where} {error.message}"


def _known_names(schema: Mapping[str, Any], path: list[str | int]) -> Iterator[str]:
    node: Any = schema
    for step in path:
        node = node[step] if step in node else schema["$defs"][node["$ref"].rsplit("/", 1)[1]][step]
        if "$ref" in node and "properties" not in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] | {"$ref": node["$ref"]}
    yield from node.get("properties", {})


def unknown_name(name: str, known: list[str]) -> str:
    """Return a message about a name that isn't known, with the nearest known one."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    mend = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown name {name!r}: {mend}"
