"""Chains of hands: the steps that a row went through, each with what it changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report import charts
from dataset_packager.documents.report.shown_values import at, first, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source
    from dataset_packager.documents.report.shown_values import Row

MOST_DRAWN = 24
Changes = dict[tuple[Any, Any], list[dict[str, Any]]]


def chain(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of the chains of a table's rows, with the picture of what was changed."""
    changes = _changes(source, drawn)
    documents = [_document(source, drawn, row, changes) for row in source.rows(drawn.table)]
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table), "documents": documents,
        "picture": _picture(drawn, documents),
    }  # fmt: skip


def _changes(source: Source, drawn: Drawn) -> Changes:
    found: Changes = defaultdict(list)
    if part := drawn.parts.get("changes"):
        for row in source.rows(part["table"]):
            found[first(row, part["of"]), first(row, part["step"])].append(_change(source, part, row))
    return found


def _change(source: Source, part: Mapping[str, Any], row: Row) -> dict[str, Any]:
    text = first(row, part.get("text"))
    return {
        "anchor": source.anchor(part["table"], row),
        "kind": shown(first(row, part["kind"]) or "?"),
        "text": "" if text is None else shown(text),
        "details": [shown(value) for path in part.get("details", ()) for value in at(row, path)],
    }


def _document(source: Source, drawn: Drawn, row: Row, changes: Changes) -> dict[str, Any]:
    key = source.key(drawn.table, row)
    return {
        "anchor": source.anchor(drawn.table, row),
        "label": source.labels.named(drawn.table, key[0]) if key else "",
        "key": shown(key[0]) if key else "",
        "details": [
            source.labels.of(drawn.table, path, value)
            for path in drawn.lists.get("details", ())
            for value in at(row, path)
        ],
        "steps": list(_steps(source, drawn, row, changes)),
    }


def _steps(source: Source, drawn: Drawn, row: Row, changes: Changes) -> Iterator[dict[str, Any]]:
    part = drawn.parts["step"]
    base = part["column"]
    key = next(iter(source.key(drawn.table, row)), None)
    for position, step in enumerate(at(row, base), 1):
        number = first(step, part["number"]) if "number" in part else position
        agent, kind = first(step, part["agent"]), first(step, part.get("kind"))
        made = changes.get((key, number), [])
        yield {
            "number": position,
            "agent": "unknown" if agent is None else source.labels.of(drawn.table, (*base, *part["agent"]), agent),
            "kind": "" if kind is None else shown(kind),
            "details": [
                f"{source.title(drawn.table, (*base, *path))}: {shown(value)}"
                for path in part.get("details", ())
                for value in at(step, path)
            ],
            "changes": made,
            "counts": sorted(Counter(change["kind"] for change in made).items(), key=lambda pair: (-pair[1], pair[0])),
        }


def _picture(drawn: Drawn, documents: list[dict[str, Any]]) -> charts.Picture | None:
    hands = list(islice(_hands(documents), MOST_DRAWN))
    if drawn.picture is None or not hands:
        return None
    names = [name for name, _ in hands]
    cells = [
        {"row": kind.replace("_", " "), "column": name, "count": count}
        for name, step in hands
        for kind, count in step["counts"]
    ]
    totals: Counter[str] = Counter()
    for cell in cells:
        totals[cell["row"]] += cell["count"]
    kinds = [kind for kind, _ in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))][:MOST_DRAWN]
    text = "Changes by kind and hand. " + " ".join(
        f"{name}: {len(step['changes'])}, most of them {step['counts'][0][0].replace('_', ' ')}."
        for name, step in hands
    )
    legend = "Changes found, by kind (left) and by whose hand (top)."
    drawing = charts.matrix(legend, [cell for cell in cells if cell["row"] in kinds], kinds, names)
    return charts.render(drawn.picture, drawn.title, text, drawing)


def _hands(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the steps that changed something, by the document's name, and the agent's where several did."""
    for document in documents:
        steps = [step for step in document["steps"] if step["changes"]]
        for step in steps:
            several = len(steps) > 1 and step["agent"] != document["label"]
            yield f"{document['label']}, by {step['agent']}" if several else document["label"], step
