"""Evidence: every row of a dataset against the captures that it was drawn from.

Each part returns findings and none stops another: captures' hashes, the partition, locators, damage, inclusion, bases,
places, statements, pairs, trees, figures, coverage, own words. What can't be told without a capture whose hash is right
isn't told of that document.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from captures.copied_words import CapturedWords, Run, Text, check_copied, packed_texts, project_texts
from captures.corpus import Document, read_corpus
from captures.damage_marks import check_damage
from captures.figures import check_figures, check_si
from captures.gazetteer import check_places, read_gazetteer
from captures.load_rows import captures_config, read_tables
from captures.locator_checks import check_locators, check_partition, count_locators
from captures.page_coverage import SORTS, Tally, check_coverage, read_exceptions
from captures.pair_readings import check_pairs, count_pairs, read_pairs
from captures.parent_trees import check_trees
from captures.quality import bound_files, write_quality
from captures.rows import Row, Tables, values
from captures.span_inclusion import check_inclusion
from captures.statement_readings import check_statements, count_statements, read_readings
from captures.value_bases import check_bases
from dataset_packager.base.paths import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from captures.config import CapturesConfig
    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Config

EVIDENCE = "data/quality/evidence.json"


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """What was proven of one document; ``shared_words`` is the longest run that its own-words columns share with it."""

    document: str
    capture_sha256: str
    characters: int
    segments: int
    locators: int
    locators_resolved: int
    figures: int
    figures_agreeing: int
    coverage: Mapping[str, Tally]
    shared_words: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was proven of all documents, the longest run of words of any text of the project, and what is wrong.

    ``statements`` counts, by verdict, how statements were read and settled; ``pairs`` which rows share something.
    """

    documents: tuple[DocumentEvidence, ...]
    statements: Mapping[str, Mapping[str, int]]
    pairs: Mapping[str, int]
    longest: Run
    findings: tuple[Finding, ...]

    def rows(self) -> Iterator[list[str]]:
        """Yield a table for people: its header, then a row for each document."""
        yield ["document", "locators", "figures", *SORTS, "shared words"]
        for item in self.documents:
            covered = (item.coverage.get(sort) for sort in SORTS)
            yield [
                item.document,
                f"{item.locators_resolved}/{item.locators}",
                f"{item.figures_agreeing}/{item.figures}",
                *("-" if tally is None else _share(tally) for tally in covered),
                str(item.shared_words),
            ]

    def as_json(self) -> dict[str, Any]:
        """Return the measures as they are published."""
        codes = Counter(finding.code for finding in self.findings)
        return {
            "documents": [asdict(item) for item in self.documents],
            "longest_shared_run": self.longest.length,
            "statements": {verdict: dict(count) for verdict, count in self.statements.items()},
            "pairs": dict(self.pairs),
            "findings": dict(sorted(codes.items())),
        }


def _share(tally: Tally) -> str:
    listed = f" ({tally.excepted} listed)" if tally.excepted else ""
    return f"{tally.touched + tally.excepted}/{tally.total}{listed}"


def run(config: Config, captures: Path, *, write: bool = False) -> Evidence:
    """Check the whole project against the folder of captures; with ``write``, keep the measures in the project.

    Raises:
        DataFindings: records break their schemas, so nothing can be compared.
        SetupError: the configuration says nothing of captures, or ``captures`` is no folder.
    """
    known = captures_config(config)
    tables = read_tables(config, known.tables)
    exceptions = read_exceptions(config.project, known.coverage.exceptions)
    gazetteer = read_gazetteer(config.project, known)
    readings = read_readings(config.project, known)
    pairs = read_pairs(config.project, known)
    texts = chain(project_texts(config.project), packed_texts(tables))
    evidence = check_evidence(tables, captures, known, texts, exceptions, gazetteer, readings, pairs)
    if write:
        files = bound_files(config, tables, [row.file for row in (*exceptions, *gazetteer, *readings, *pairs)])
        write_quality(config.project, EVIDENCE, files, evidence.as_json())
    return evidence


def check_evidence(
    tables: Tables,
    captures: Path,
    config: CapturesConfig,
    texts: Iterable[Text] = (),
    exceptions: Sequence[Row] = (),
    gazetteer: Sequence[Row] = (),
    readings: Sequence[Row] = (),
    pairs: Sequence[Row] = (),
) -> Evidence:
    """Check rows that their schemas accept, and the project's texts, against the captures.

    Args:
        tables: the rows of every table that the configuration names.
        captures: the folder that holds the captured files.
        config: what the tables' columns mean.
        texts: the project's own texts, which may share no long run of words with a capture.
        exceptions: places that nothing has to touch.
        gazetteer: entries of the gazetteer that the configuration names.
        readings: what readers found of statements.
        pairs: rows that were read side by side.

    Raises:
        SetupError: ``captures`` is no folder.
    """
    corpus, findings = read_corpus(tables, captures, config)
    findings += check_partition(tables, corpus, config)
    findings += check_locators(tables, corpus, config)
    findings += check_damage(tables, corpus, config)
    findings += check_inclusion(tables, config)
    findings += check_bases(tables, corpus, config)
    findings += check_places(tables, config, gazetteer)
    findings += check_statements(tables, config, readings)
    findings += check_pairs(tables, config, pairs)
    findings += check_trees(tables, config)
    wrong_figures = [*check_figures(tables, corpus, config), *check_si(tables, config)]
    coverage, uncovered = check_coverage(tables, corpus, config, exceptions)
    words = CapturedWords({document.file_name: document.text for document in corpus.values()})
    longest, copied = check_copied(words, texts)
    wrong = Counter((finding.file, finding.line) for finding in wrong_figures)
    documents = tuple(
        _measured(tables, document, config, coverage[document.id], words, wrong) for document in corpus.values()
    )
    statements = count_statements(tables, config, readings)
    counted = count_pairs(tables, config)
    return Evidence(documents, statements, counted, longest, (*findings, *wrong_figures, *uncovered, *copied))


def _measured(
    tables: Tables,
    document: Document,
    config: CapturesConfig,
    coverage: Mapping[str, Tally],
    words: CapturedWords,
    wrong: Mapping[tuple[str, int | None], int],
) -> DocumentEvidence:
    locators, resolved = count_locators(tables, document, config)
    figures = _figures(tables, document, config)
    return DocumentEvidence(
        document=document.id,
        capture_sha256=document.row.get(config.documents.sha256),
        characters=len(document.text),
        segments=len(document.segments),
        locators=locators,
        locators_resolved=resolved,
        figures=len(figures),
        figures_agreeing=sum((row.file, row.line) not in wrong for row in figures),
        coverage=coverage,
        shared_words=_shared_words(tables, document, config, words),
    )


def _figures(tables: Tables, document: Document, config: CapturesConfig) -> list[Row]:
    columns = config.figures
    if columns is None:
        return []
    return [row for row in tables[columns.table] if row.get(columns.document) == document.id]


def _shared_words(tables: Tables, document: Document, config: CapturesConfig, words: CapturedWords) -> int:
    """Return the longest run that the document's own-words columns share with its capture."""
    owners = {columns.table: columns.document for columns in config.locators if LIST not in columns.document}
    owners[config.documents.table] = config.documents.id
    longest = 0
    for column in config.own_words:
        for row in tables[column.table]:
            owner = owners.get(column.table)
            if owner is None or row.get(owner) == document.id:
                for _, text in values(row.record, column.path):
                    longest = max(longest, words.longest(text, [document.file_name]).length)
    return longest
