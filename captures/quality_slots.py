"""Measures of quality and of agreement as tables; they stand in a datasheet only while they speak of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from captures.agreement import AGREEMENT
from captures.agreement_result import measure_rows
from captures.config import NAME as SECTION_NAME
from captures.evidence import EVIDENCE
from captures.load_rows import captures_config
from captures.quality import check_fresh, read_quality
from dataset_packager.base.findings import Finding
from dataset_packager.documents.markdown import code, escape, folded, long_table, table
from dataset_packager.records.files import record_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dataset_packager.project.config import Config

FILES = {
    "quality": (EVIDENCE, "evidence"),
    "statements": (EVIDENCE, "evidence"),
    "agreement": (AGREEMENT, "agreement"),
}
AGREEMENT_HEADER = ("what", "measure", "value", "over")
STALE = "The measures that are kept speak of other records, so they don't stand here."


def lines(config: Config, slot: str) -> list[str] | None:
    """Return the lines of a slot that committed measures fill, None where there are none.

    Raises:
        SetupError: a file of measures can't be read.
    """
    name, _ = FILES[slot]
    if not (config.project / name).is_file():
        return None
    stale = any(True for _ in stale_measures(config, slot))
    return [STALE] if stale else list(SHOWN[slot](read_quality(config.project, name)))


def reads(config: Config, slot: str) -> list[str]:
    """Return the files that the slot is filled from, and those that these are held against."""
    name, _ = FILES[slot]
    if config.sections.get(SECTION_NAME) is None or not (config.project / name).is_file():
        return [name]
    return [name, *read_quality(config.project, name)["files"], *(_record_files(config) if name == EVIDENCE else ())]


def stale_measures(config: Config, slot: str) -> Iterator[Finding]:
    """Yield why the measures that a slot shows don't speak of the records as they are.

    Raises:
        SetupError: the file of measures can't be read.
    """
    name, command = FILES[slot]
    again = f"python build_dataset.py {command} --write"
    if config.sections.get(SECTION_NAME) is None:
        return
    if not (config.project / name).is_file():
        yield Finding(name, None, "$", "stale", "there are no such measures", hint=f"run: {again}")
        return
    files = _record_files(config) if name == EVIDENCE else None
    yield from check_fresh(config.project, name, again, files)


def _record_files(config: Config) -> list[str]:
    captures = captures_config(config)
    found = [name for table in sorted(captures.tables) for name in record_files(config.project, config.table[table])]
    beside = (
        captures.coverage.exceptions,
        *(item.file for item in (captures.gazetteer, captures.statements, captures.pairs) if item),
    )
    return found + [name for name in beside if name]


def _quality(measures: dict[str, Any]) -> Iterator[str]:
    documents = measures["documents"]
    sorts = list(dict.fromkeys(sort for document in documents for sort in document["coverage"]))
    header = (
        "document",
        "segments",
        "locators that resolve",
        "figures that agree",
        *(f"{sort} covered" for sort in sorts),
    )
    rows = [_document_row(document, sorts) for document in documents]
    yield from folded("Document by document", table((*header, "longest shared run"), rows))
    yield ""
    yield f"The longest run of words that any text shares with a capture has {measures['longest_shared_run']} words."
    if pairs := measures.get("pairs"):
        unrelated = pairs["sharing"] - pairs["linked"]
        yield f"Of {pairs['sharing']:,} pairs of rows that share something, {pairs['linked']:,} are linked; the other "
        yield f"{unrelated:,} were read side by side and found unrelated."
    found = measures["findings"]
    listed = ", ".join(f"{code(name)} {count:,}" for name, count in found.items())
    yield f"Findings when this was measured: {listed or 'none'}."


def _document_row(document: dict[str, Any], sorts: list[str]) -> tuple[str, ...]:
    return (
        code(document["document"]),
        f"{document['segments']:,}",
        f"{document['locators_resolved']:,} of {document['locators']:,}",
        f"{document['figures_agreeing']:,} of {document['figures']:,}",
        *(_covered(document["coverage"].get(sort)) for sort in sorts),
        str(document["shared_words"]),
    )


def _covered(tally: dict[str, int] | None) -> str:
    if tally is None:
        return "-"
    listed = f" and {tally['excepted']:,} listed exceptions" if tally["excepted"] else ""
    return f"{tally['touched']:,}{listed} of {tally['total']:,}"


def _statements(measures: dict[str, Any]) -> Iterator[str]:
    counts = measures["statements"]
    columns = ("read", "kept", "mended", "gone")
    sums = [sum(count[column] for count in counts.values()) for column in columns]
    rows = [(verdict, *(f"{count[column]:,}" for column in columns)) for verdict, count in counts.items()]
    yield from table(("statement", *columns), [*rows, ("all", *(f"{number:,}" for number in sums))])


def _agreement(measures: dict[str, Any]) -> Iterator[str]:
    rows = _escaped(measure_rows(measures))
    yield from long_table(AGREEMENT_HEADER, rows, "measures of agreement")
    for name, further in measures.get("again", {}).items():
        rows = _escaped(measure_rows(further))
        yield ""
        yield from folded(f"{name}: {len(rows):,} measures of agreement", table(AGREEMENT_HEADER, rows))


def _escaped(rows: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(map(escape, row)) for row in rows]


SHOWN: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "quality": _quality,
    "statements": _statements,
    "agreement": _agreement,
}
