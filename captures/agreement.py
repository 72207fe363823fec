"""Agreement of two passes of annotation that were made blind to each other.

Labels: Krippendorff's alpha, nominal (Krippendorff, Content Analysis, 2004, ch. 11); those of the partition for every
code point, those of other tables for rows that correspond. Rows: precision, recall and F1 of the second pass with the
first as reference. Measures that nothing can be said of are null.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from captures.agreement_result import AgreementResult, Difference
from captures.load_rows import captures_config, read_lines
from captures.pass_alignment import Marked, found, mark, pair
from captures.quality import write_quality
from captures.rows import Row, Tables, chosen, values
from dataset_packager.base.files import file_sha256
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path, inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from captures.agreement_result import Measures
    from captures.columns import Agreement, Identifiers, JoinComparison, SpanComparison
    from captures.config import CapturesConfig
    from dataset_packager.project.config import Config

AGREEMENT = "data/quality/agreement.json"
DIGITS = 4  # of a published measure

Said = list[tuple[Any, Any]]  # what each pass says, for every pair of rows


def run(config: Config, *, write: bool = False) -> AgreementResult:
    """Compare the passes that the project keeps, two by two; with ``write``, keep the measures in the project.

    Raises:
        SetupError: the configuration names no passes, or a file of theirs is missing or isn't JSON Lines.
    """
    known = captures_config(config)
    if known.agreement is None:
        raise SetupError(
            "pyproject.toml: no [tool.dataset-packager.captures.agreement]: name the folders of two passes"
        )
    files: dict[str, str] = {}
    result = _compare_kept(config, known, known.agreement, files)
    for agreement in known.agreement.again:
        found = _compare_kept(config, known, agreement, files)
        again = result.measures.get("again", {}) | {agreement.name: found.measures}
        result = AgreementResult(result.measures | {"again": again}, result.differences + found.differences)
    if write:
        write_quality(config.project, AGREEMENT, dict(sorted(files.items())), result.measures)
    return result


def _compare_kept(
    config: Config, known: CapturesConfig, agreement: Agreement, files: dict[str, str]
) -> AgreementResult:
    """Compare two passes that the project keeps, and add the SHA-256 of each file of theirs to ``files``."""
    names = sorted(_tables(known, agreement))
    passes: list[Tables] = []
    for folder in (agreement.first, agreement.second):
        inside(config.project, folder, "captures.agreement")
        passes.append({name: read_lines(config.project, f"{folder}/{name}.jsonl") for name in names})
        files |= {f"{folder}/{name}.jsonl": file_sha256(config.project / folder / f"{name}.jsonl") for name in names}
    return compare(passes[0], passes[1], replace(known, agreement=agreement))


def _tables(config: CapturesConfig, agreement: Agreement) -> Iterator[str]:
    if agreement.partition:
        yield config.partition.table
    yield from (joins.table for joins in agreement.joins)
    for spans in agreement.spans:
        yield spans.table
        for identifiers in spans.identifiers:
            yield identifiers.refers.table
            if identifiers.through:
                yield identifiers.through.table


def compare(first: Tables, second: Tables, config: CapturesConfig) -> AgreementResult:
    """Return the agreement of two passes, given as their tables."""
    measures: Measures = {}
    differences: list[Difference] = []
    if config.agreement and config.agreement.partition:
        measures["partition"] = compare_partition(first, second, config)
    measures["spans"] = {}
    comparisons: dict[str, _Comparison] = {}
    for spans in config.agreement.spans if config.agreement else ():
        comparison = comparisons[spans.name] = _Comparison(first, second, spans)
        measures["spans"][spans.name] = comparison.measures()
        differences += comparison.differences()
    for joins in config.agreement.joins if config.agreement else ():
        joined = _Joins(first, second, joins, comparisons[joins.rows].pairs if joins.rows else None)
        measures.setdefault("joins", {})[joins.name] = joined.measures()
        differences += joined.differences()
    return AgreementResult(measures, tuple(differences))


def compare_partition(first: Tables, second: Tables, config: CapturesConfig) -> Measures:
    """Return how far two partitions give each code point the same label, over all documents and for each."""
    columns = config.partition
    labels: list[dict[str, list[str]]] = []
    for tables in (first, second):
        marked: dict[str, list[str]] = {}
        rows = sorted(tables[columns.table], key=lambda row: (row.get(columns.document), row.record["start"]))
        for row in rows:
            letters = marked.setdefault(row.get(columns.document), [])
            letters += [row.get(columns.label)] * (row.record["end"] - row.record["start"])
        labels.append(marked)
    common = sorted(set(labels[0]) & set(labels[1]))
    every = [[label for name in common for label in side[name]] for side in labels]
    return {
        "alpha": alpha(*every),
        "same": _share(sum(map(str.__eq__, *every)), len(every[0])),
        "characters": len(every[0]),
        "documents": {name: alpha(labels[0][name], labels[1][name]) for name in common},
    }


def alpha(first: Sequence[Any], second: Sequence[Any]) -> float | None:
    """Return Krippendorff's alpha (nominal) of two annotators' labels of the same units; None without any variation.

    A null counts as a label of its own: both annotators looked, and found that none applies.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} labels against {len(second)}: both annotators label the same units")
    codes: dict[Any, int] = {}
    coded = [[codes.setdefault(label, len(codes)) for label in side] for side in (first, second)]
    if len(codes) < 2:
        return None
    import krippendorff  # it brings numpy, which few commands need

    return round(float(krippendorff.alpha(reliability_data=coded, level_of_measurement="nominal")), DIGITS)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


class _Comparison:
    """Two passes' rows of one table that have spans, paired by them."""

    def __init__(self, first: Tables, second: Tables, spans: SpanComparison) -> None:
        self._tables, self._spans = (first, second), spans
        self.rows = [
            [row for row in chosen(tables[spans.table], spans.where) if any(values(row.record, spans.at))]
            for tables in self._tables
        ]
        self._marked = [[_marked(row, spans) for row in side] for side in self.rows]
        self.pairs = [(self.rows[0][i], self.rows[1][j]) for i, j in pair(*self._marked)]

    def measures(self) -> Measures:
        """Return precision, recall and F1 of rows, and the agreement of their columns where rows correspond."""
        first, second = self._marked
        return {
            "first": len(first),
            "second": len(second),
            "paired": len(self.pairs),
            **_scores(len(self.pairs), len(second), len(self.pairs), len(first)),
            "pooled": _scores(found(second, first), len(second), found(first, second), len(first)),
            "labels": {column: _agreement_of_labels(said) for column, said in self._labels()},
            "values": {column: _agreement_of_values(said) for column, said in self._others()},
        }

    def _said(self, path: ColumnPath) -> Said:
        return [(first.get(path), second.get(path)) for first, second in self.pairs]

    def _labels(self) -> Iterator[tuple[str, Said]]:
        for path in self._spans.labels:
            yield format_path(path), self._said(path)

    def _others(self) -> Iterator[tuple[str, Said]]:
        for path in self._spans.same:
            yield format_path(path), self._said(path)
        for identifiers in self._spans.identifiers:
            yield identifiers.name, _matched(self.pairs, self._tables, identifiers)

    def differences(self) -> Iterator[Difference]:
        """Yield every row that only one pass has, and every column in which corresponding rows differ."""
        columns = (*self._labels(), *self._others())
        yield from _differences(self._spans.name, self.rows, self.pairs, columns)


class _Joins:
    """Two passes' rows of a table that joins rows of another, paired where both of their ends are the same rows."""

    def __init__(
        self, first: Tables, second: Tables, joins: JoinComparison, joined: Sequence[tuple[Row, Row]] | None
    ) -> None:
        self._joins = joins
        self.rows = [list(tables[joins.table]) for tables in (first, second)]
        same = None if joined is None else {other.get(joins.key): one.get(joins.key) for one, other in joined}
        ends = [[self._ends(row) for row in self.rows[0]], [self._ends(row, same) for row in self.rows[1]]]
        self.pairs = [(self.rows[0][i], self.rows[1][j]) for i, j in self._pair(*ends)]

    def _ends(self, row: Row, same: Mapping[Any, Any] | None = None) -> frozenset[Any]:
        """Return what the row joins; with ``same``, by the first pass's keys, or by its own where there is none."""
        found = [row.get(path) for path in self._joins.ends]
        return frozenset(end if same is None else same.get(end, ("unpaired", end)) for end in found)

    def _pair(self, first: Sequence[frozenset[Any]], second: Sequence[frozenset[Any]]) -> list[tuple[int, int]]:
        """Return the pairs of rows with the same ends, those first that have the same labels, too."""
        pairs: list[tuple[int, int]] = []
        for alike in (True, False):
            taken = [{pair[side] for pair in pairs} for side in (0, 1)]
            for i, ends in enumerate(first):
                free = (j for j, other in enumerate(second) if other == ends and j not in taken[1])
                j = next((j for j in free if not alike or self._labels_at(0, i) == self._labels_at(1, j)), None)
                if i not in taken[0] and j is not None:
                    pairs.append((i, j))
                    taken[1].add(j)
        return sorted(pairs)

    def _labels_at(self, side: int, position: int) -> list[Any]:
        return [self.rows[side][position].get(path) for path in self._joins.labels]

    def _labels(self) -> Iterator[tuple[str, Said]]:
        for path in self._joins.labels:
            yield format_path(path), [(one.get(path), other.get(path)) for one, other in self.pairs]

    def measures(self) -> Measures:
        """Return precision, recall and F1 of rows, and the agreement of their labels where rows correspond."""
        first, second = map(len, self.rows)
        return {
            "first": first,
            "second": second,
            "paired": len(self.pairs),
            **_scores(len(self.pairs), second, len(self.pairs), first),
            "labels": {column: _agreement_of_labels(said) for column, said in self._labels()},
        }

    def differences(self) -> Iterator[Difference]:
        """Yield every row that only one pass has, and every label in which corresponding rows differ."""
        yield from _differences(self._joins.name, self.rows, self.pairs, self._labels())


def _differences(
    name: str,
    rows: Sequence[Sequence[Row]],
    pairs: Sequence[tuple[Row, Row]],
    columns: Iterable[tuple[str, Said]],
) -> Iterator[Difference]:
    for side, side_rows in enumerate(rows):
        paired = {id(both[side]) for both in pairs}
        for row in side_rows:
            if id(row) not in paired:
                yield Difference(name, None if side else row, row if side else None)
    for column, sides in columns:
        for (first, second), said in zip(pairs, sides, strict=True):
            if said[0] != said[1]:
                yield Difference(name, first, second, column, said)


def _agreement_of_labels(said: Said) -> Measures:
    first, second = [one for one, _ in said], [other for _, other in said]
    return {"alpha": alpha(first, second), **_agreement_of_values(said)}


def _agreement_of_values(said: Said) -> Measures:
    return {"same": _share(sum(first == second for first, second in said), len(said)), "pairs": len(said)}


def _marked(row: Row, spans: SpanComparison) -> Marked:
    pieces = [(locator["start"], locator["end"]) for _, locator in values(row.record, spans.at)]
    return mark(row.get(spans.document), pieces)


def _scores(right: int, second: int, hit: int, first: int) -> Measures:
    precision, recall = (right / second if second else 0.0), (hit / first if first else 0.0)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    empty = not first and not second
    scores = {"precision": precision, "recall": recall, "f1": f1}
    return {name: None if empty else round(score, DIGITS) for name, score in scores.items()}


def _matched(pairs: Sequence[tuple[Row, Row]], tables: tuple[Tables, Tables], identifiers: Identifiers) -> Said:
    """Return what each pair refers to, with identifiers that only the second pass has in the first one's terms."""
    first = _referred([one for one, _ in pairs], tables[0], identifiers)
    second = _referred([other for _, other in pairs], tables[1], identifiers)
    refers = identifiers.refers
    known = [{row.get(refers.key) for row in side[refers.table]} | {None} for side in tables]
    both = list(zip(first, second, strict=True))
    met = Counter(
        (left, right)
        for lefts, rights in both
        for left in lefts
        for right in rights
        if left not in known[1] and right not in known[0]
    )
    terms: dict[Any, Any] = {}
    for left, right in sorted(met, key=lambda pair: (-met[pair], pair)):
        if right not in terms and left not in terms.values():
            terms[right] = left
    several = LIST in refers.column
    return [(_plain(left, several), _plain([terms.get(name, name) for name in right], several)) for left, right in both]


def _plain(names: Iterable[Any], several: bool) -> Any:
    """Return what a row refers to: a list where its column is one, else the one name or None."""
    return sorted(names) if several else next(iter(names), None)


def _referred(rows: Iterable[Row], tables: Tables, identifiers: Identifiers) -> list[list[Any]]:
    column, through = identifiers.refers.column, identifiers.through
    if through is None:
        return [_names(row, column) for row in rows]
    between = {row.get(through.key): _names(row, column) for row in tables[through.table]}
    return [between.get(row.get(through.column), []) for row in rows]


def _names(row: Row, column: ColumnPath) -> list[Any]:
    return [name for _, name in values(row.record, column)]
