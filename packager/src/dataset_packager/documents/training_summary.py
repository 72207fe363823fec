"""TRAINING-CONTENT.md: a page for those who train a model on the dataset and have to publish what it was trained on.

Its headings are those of the European Commission's template for the public summary of training content (Regulation (EU)
2024/1689, Article 53(1)(d)), published on 24 July 2025 and adopted as C(2025) 8311 on 5 December 2025. What the release
knows stands below them, out of the configuration and the datasheet's answers; what nobody has said is marked, and what
only the model's provider knows is left to that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.findings import Finding
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.metadata import leaves
from dataset_packager.documents import datasheet
from dataset_packager.documents.document import Document, made_again
from dataset_packager.documents.licences import licence_counts
from dataset_packager.documents.markdown import escape
from dataset_packager.release.names import TRAINING_SUMMARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release

OPEN = "**To be answered**"
PROVIDER = "To be filled in by whoever provides the model."
MEDIA = ("image", "audio", "video")
TOKENS = 10**9  # the template's first range; a token of text is a byte or more

# heading; what the build knows of it; the datasheet's questions whose answers belong there
Part = tuple[str, tuple[str, ...], tuple[str, ...]]
PARTS: tuple[Part, ...] = (
    ("## 1. General information", (), ()),
    ("### 1.1 Provider identification", ("provider",), ()),
    ("### 1.2 Model identification", ("provider", "dataset"), ()),
    ("### 1.3 Modalities, overall training data size and other characteristics",
     ("modalities", "size", "languages", "latest"), ("composition-instances", "collection-time")),
    ("## 2. List of data sources", (), ("collection-acquired", "composition-external")),
    ("### 2.1 Publicly available datasets", ("public", "origin"), ()),
    ("### 2.2 Private non-publicly available datasets obtained from third parties", (), ()),
    ("#### 2.2.1 Datasets commercially licensed by rightsholders or their representatives",
     (), ("distribution-restrictions",)),
    ("#### 2.2.2 Private datasets obtained from other third parties", (), ("composition-confidential",)),
    ("### 2.3 Data crawled and scraped from online sources", (), ("collection-mechanisms",)),
    ("### 2.4 User data", (), ("collection-source", "collection-consent")),
    ("### 2.5 Synthetic data", ("synthetic",), ()),
    ("### 2.6 Other sources of data", (), ("collection-other",)),
    ("## 3. Data processing aspects", (), ("preprocessing-done",)),
    ("### 3.1 Respect of reservation of rights from text and data mining exception or limitation",
     ("licence", "withdrawn"), ("collection-revoked",)),
    ("### 3.2 Removal of illegal content", (), ("composition-offensive",)),
    ("### 3.3 Other information (optional)", (), ("composition-individuals", "composition-sensitive")),
)  # fmt: skip


def training_summary(facts: Facts) -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    config = facts.config
    yield f"# Training content: {escape(config.pretty_name)} {config.version}"
    yield ""
    yield "What a summary of training content (Regulation (EU) 2024/1689, Article 53(1)(d)) has to say of this dataset,"
    yield "under the headings of the European Commission's template. It is no legal advice."
    if config.released:
        yield ""
        yield f"Version of the summary: {escape(config.version)}. Last update: {config.released}."
    answers = datasheet.answers(facts.datasheet) if config.datasheet else {}
    asked = {question.id: question.asks for question in datasheet.questions()}
    for heading, known, questions in PARTS:
        yield ""
        yield heading
        for name in known:
            yield ""
            yield from KNOWN[name](facts)
        for question in questions:
            yield ""
            yield f"*{asked[question]}*" + ("" if question in answers else f" {OPEN}.")
            if question in answers:
                yield ""
                yield answers[question]


def _size(facts: Facts) -> Iterator[str]:
    tables = [part for part in facts.contents.configs if not part.is_view]
    rows, memory = sum(part.rows for part in tables), sum(shard.memory for part in tables for shard in part.shards)
    few = ": fewer than a billion tokens" if memory < TOKENS else ""
    yield f"{rows:,} rows in {len(tables):,} tables, {memory:,} bytes before compression{few}."


def _modalities(facts: Facts) -> Iterator[str]:
    found = set()
    for part in facts.contents.configs:
        for _, column in leaves(part.arrow_schema):
            kind = type_of(column)
            found.add(kind.name if kind is not None and kind.name in MEDIA else "text")
    yield f"Modalities: {', '.join(sorted(found))}."


def _languages(facts: Facts) -> Iterator[str]:
    told = ", ".join(facts.config.languages)
    yield f"Languages: {told}." if told else f"Languages: {OPEN}: `languages` in the configuration."


def _public(facts: Facts) -> Iterator[str]:
    config = facts.config
    where = next(iter(config.urls.values()), None)
    yield f"This dataset: {escape(config.description or config.pretty_name)}" + (f" ({where})" if where else "")


def _origin(facts: Facts) -> Iterator[str]:
    stated = facts.config.croissant.get("derived_from")
    if stated is None:
        yield f"Made from: {OPEN}: `derived_from` in `[tool.dataset-packager.croissant]`."
    else:
        yield f"Made from: {', '.join(map(escape, stated)) or 'no other dataset'}."


def _synthetic(facts: Facts) -> Iterator[str]:
    stated = facts.config.croissant.get("synthetic")
    if stated is None:
        yield f"{OPEN}: `synthetic` in `[tool.dataset-packager.croissant]`."
    else:
        yield "Some of the data was generated." if stated else "None of the data was generated."


def _licence(facts: Facts) -> Iterator[str]:
    of_rows = dict.fromkeys(name for counts in licence_counts(facts).values() for name in counts)
    told = ", ".join(escape(name) for name in (facts.config.license, *of_rows) if name)
    yield f"Licences: {told}." if told else f"Licences: {OPEN}: `license` in `[project]`."


def _withdrawn(facts: Facts) -> Iterator[str]:
    if facts.config.withdrawn:
        yield "Records that were taken back are listed in `withdrawn.jsonl`, and kept out of every version since."
    else:
        yield "No list of records that were taken back is kept."


KNOWN = {
    "provider": lambda _: iter([PROVIDER]),
    "dataset": lambda facts: iter([f"Dataset: {escape(facts.config.name)} {facts.config.version}."]),
    "modalities": _modalities,
    "size": _size,
    "languages": _languages,
    "latest": lambda facts: iter([f"Version of {facts.config.released}; nothing in it is later."]),
    "public": _public,
    "origin": _origin,
    "synthetic": _synthetic,
    "licence": _licence,
    "withdrawn": _withdrawn,
}


def missing_for_summary(config: Config) -> Iterator[Finding]:
    """Yield what the page marks as to be answered.

    Raises:
        SetupError: the datasheet can't be read.
    """
    file = config.datasheet or "DATASHEET.md"
    answers = datasheet.answers(datasheet.read(config.project, file)) if config.datasheet else {}
    asked = {question.id: question.asks for question in datasheet.questions()}
    for heading, _, questions in PARTS:
        for question in questions:
            if question not in answers:
                hint = f"answer it below the heading with <!-- question:{question} -->"
                yield Finding(file, None, "$", "stale", f"{heading.lstrip('# ')}: {asked[question]}", hint=hint)
    stated = {
        "languages": config.languages, "license": config.license,
        "croissant.synthetic": "synthetic" in config.croissant,
        "croissant.derived_from": "derived_from" in config.croissant,
    }  # fmt: skip
    for name, value in stated.items():
        if not value:
            yield Finding("pyproject.toml", None, "$", "stale", f"{name} isn't stated", hint="add it")


def _write(facts: Facts) -> dict[str, str]:
    return {TRAINING_SUMMARY: training_summary(facts)} if facts.config.training_summary else {}


def _check(release: Release) -> Iterator[Told]:
    if release.config.training_summary:
        yield from made_again(release, _write)


DOCUMENT = Document("training summary", (TRAINING_SUMMARY,), _write, _check, follows=("datasheet",))
