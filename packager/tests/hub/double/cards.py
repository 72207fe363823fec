"""What the Hub's documentation says of a dataset card's metadata, as far as a program can check it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = frozenset({
    "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B", "10B<n<100B",
    "100B<n<1T", "n>1T",
})  # fmt: skip
LICENSES = frozenset({
    "apache-2.0", "mit", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
    "odbl", "odc-by", "pddl", "gpl-3.0", "bsd-3-clause", "cdla-permissive-2.0", "other", "unknown",
})  # fmt: skip
TASKS = frozenset({
    "text-classification", "token-classification", "table-question-answering", "question-answering", "summarization",
    "zero-shot-classification", "translation", "feature-extraction", "text-generation", "fill-mask", "text-retrieval",
    "sentence-similarity", "tabular-classification", "tabular-regression", "text-ranking", "other",
})  # fmt: skip
TEXTS = ("pretty_name", "license_name", "license_link")
LISTS = ("tags", "task_categories", "task_ids", "size_categories", "source_datasets", "annotations_creators")


def metadata(text: str) -> Any:
    """Return the metadata of a card's text, or None where it has none.

    Raises:
        ValueError: it isn't YAML.
    """
    found = re.match(r"---\s*\n(.*?)\n---\s*(\n|$)", text, re.DOTALL)
    if not found:
        return None
    try:
        return yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ValueError(f"YAML Metadata Error: {error}") from error


def judge(text: str) -> tuple[list[str], list[str]]:
    """Return the errors of a card, with which no commit passes, and what is only warned of."""
    try:
        found = metadata(text)
    except ValueError as error:
        return [str(error)], []
    if not found:
        return [], ["empty or missing yaml metadata in repo card"]
    if not isinstance(found, dict):
        return ["YAML metadata must be an object"], []
    return list(_errors(found)), list(_warnings(found))


def _errors(found: dict[str, Any]) -> Iterator[str]:
    for name in TEXTS:
        if not isinstance(found.get(name, ""), str):
            yield f'"{name}" must be a string'
    for name in LISTS:
        if not isinstance(found.get(name, []), list) or not all(isinstance(one, str) for one in found.get(name, [])):
            yield f'"{name}" must be an array of strings'
    licenses = found.get("license", [])
    for one in licenses if isinstance(licenses, list) else [licenses]:
        if one not in LICENSES:
            yield f'"license" must be one of {sorted(LICENSES)}'
    if licenses == "other" and "license_name" not in found:
        yield '"license_name" is required with "license: other"'
    yield from _configs(found.get("configs", []))
    info = found.get("dataset_info", [])
    for one in info if isinstance(info, list) else [info]:
        yield from _info(one)


def _configs(configs: Any) -> Iterator[str]:
    if not isinstance(configs, list) or not all(isinstance(one, dict) for one in configs):
        yield '"configs" must be an array of objects'
        return
    names = [one.get("config_name") for one in configs]
    if len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        yield '"configs" must have distinct strings as "config_name"'
    if sum(bool(one.get("default")) for one in configs) > 1:
        yield 'only one of "configs" can be the default'
    for one in configs:
        files = one.get("data_files", [])
        for part in files if isinstance(files, list) else [files]:
            if isinstance(part, dict) and not {"split", "path"} >= part.keys():
                yield f'"data_files" of {one.get("config_name")} takes "split" and "path"'


def _info(info: Any) -> Iterator[str]:
    if not isinstance(info, dict):
        yield '"dataset_info" must be an object or an array of objects'
        return
    if not isinstance(info.get("features", []), list):
        yield '"dataset_info.features" must be an array'
    for split in info.get("splits", []):
        numbers = [split.get("num_bytes"), split.get("num_examples")] if isinstance(split, dict) else [None]
        if not all(isinstance(number, int) for number in numbers):
            yield '"dataset_info.splits" must have "num_bytes" and "num_examples"'


def _warnings(found: dict[str, Any]) -> Iterator[str]:
    for one in found.get("size_categories", []):
        if one not in SIZES:
            yield f'The size category "{one}" is not in the official list'
    for one in found.get("task_categories", []):
        if one not in TASKS:
            yield f'The task_categories "{one}" is not in the official list'
    languages = found.get("language", [])
    for one in languages if isinstance(languages, list) else [languages]:
        if not re.fullmatch(r"[a-z]{2,3}|code|multilingual", str(one)):
            yield f'The language "{one}" is not an ISO 639 code'
