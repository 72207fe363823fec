"""What a comparison of two passes found: measures, as a table for people too, and the differences to be settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captures.rows import Row

Measures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two passes differ: the rows (None where a pass has none), the column, and what each pass says."""

    comparison: str
    first: Row | None
    second: Row | None
    column: str = ""
    values: tuple[Any, Any] = (None, None)

    def text(self) -> str:
        """Return the difference in one line: where each pass has the row, and what it says there."""
        places = [f"{row.file}:{row.line}" if row else "no such row" for row in (self.first, self.second)]
        if self.column:
            places = [f"{place} {value!r}" for place, value in zip(places, self.values, strict=True)]
        return f"{self.comparison}: {self.column or 'row'}: {' | '.join(places)}"


@dataclass(frozen=True, slots=True)
class AgreementResult:
    """All measures as they are published, and every difference that has to be settled."""

    measures: Measures
    differences: tuple[Difference, ...]

    def rows(self) -> Iterator[list[str]]:
        """Yield a table for people: its header, then a row for each measure."""
        yield ["what", "measure", "value", "over"]
        yield from measure_rows(self.measures)
        for name, measures in self.measures.get("again", {}).items():
            for what, *rest in measure_rows(measures):
                yield [f"{name}: {what}", *rest]


def measure_rows(measures: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield a row for each measure of one comparison: what is compared, the measure, its value, over how much."""
    if labels := measures.get("partition"):
        yield ["segments", "alpha of labels", _shown(labels["alpha"]), f"{labels['characters']:,} code points"]
    for name, spans in (measures.get("spans", {}) | measures.get("joins", {})).items():
        over = f"{spans['first']:,} and {spans['second']:,} rows"
        yield [name, "F1 of rows", _shown(spans["f1"]), over]
        if "pooled" in spans:
            yield [name, "F1 of rows, pooled", _shown(spans["pooled"]["f1"]), over]
        for column, label in spans["labels"].items():
            yield [name, f"alpha of {column}", _shown(label["alpha"]), f"{label['pairs']:,} pairs"]
        for column, value in spans.get("values", {}).items():
            yield [name, f"same {column}", _shown(value["same"]), f"{value['pairs']:,} pairs"]


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
