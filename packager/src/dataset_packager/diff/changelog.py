"""What changed between two releases, as an entry of a changelog (Markdown) and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.base.json_diff import ABSENT, Change
from dataset_packager.base.paths import format_path
from dataset_packager.base.text import within
from dataset_packager.documents.markdown import code, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.diff import Changes, ConfigChanges

LONGEST = 80


def changelog(changes: Changes) -> Iterator[str]:
    """Yield the lines of an entry: what was added, changed and removed, and the bump that follows from it."""
    yield f"## {changes.new} - {changes.released}"
    yield ""
    yield _verdict(changes)
    sections = {
        "Added": [line for part in changes.configs for line in _added(part)],
        "Changed": [line for part in changes.configs for line in _changed(part)],
        "Removed": [line for part in changes.configs for line in _removed(part)],
    }
    sections["Changed"] += [f"- {code(name)}" for name in changes.documents]
    for title, lines in sections.items():
        if lines:
            yield from ("", f"### {title}", "", *lines)


def _verdict(changes: Changes) -> str:
    if changes.bump == "none":
        return f"The same rows, columns and documents as {changes.old}."
    same = " The rows are the same, written anew." if changes.bump == "patch" and changes.rewritten else ""
    fits = "" if changes.fits else f" {changes.new} does not fit: make it {changes.next_version} or higher."
    return f"A {changes.bump} change since {changes.old}.{same}{fits}"


def _added(part: ConfigChanges) -> Iterator[str]:
    if part.status == "added":
        yield f"- {_named(part)}, with {_rows(part.rows.added)}"
        return
    for path, kind in part.columns.added.items():
        yield f"- {code(part.name)}: the column {code(format_path(path))} ({escape(kind)})"
    if part.rows.added:
        yield f"- {code(part.name)}: {_rows(part.rows.added)}{_examples(part, 'added')}"


def _removed(part: ConfigChanges) -> Iterator[str]:
    if part.status == "removed":
        yield f"- {_named(part)}, with {_rows(part.rows.removed)}"
        return
    for path, kind in part.columns.removed.items():
        yield f"- {code(part.name)}: the column {code(format_path(path))} ({escape(kind)})"
    if part.rows.removed:
        yield f"- {code(part.name)}: {_rows(part.rows.removed)}{_examples(part, 'removed')}"


def _changed(part: ConfigChanges) -> Iterator[str]:
    name = code(part.name)
    if part.key:
        yield f"- {name}: another key, so that rows are compared whole"
    for path, (old, new) in {**part.columns.retyped, **part.columns.extended}.items():
        now, before = escape(within(new, LONGEST)), escape(within(old, LONGEST))
        more = "has more classes: it is" if path in part.columns.extended else "is"
        yield f"- {name}: the column {code(format_path(path))} {more} {now}, no longer {before}"
    if part.rows.changed:
        members = ", ".join(f"{code(member)} in {number:,}" for member, number in part.rows.members)
        yield f"- {name}: {_rows(part.rows.changed)} ({members})"
        for example in dict(part.rows.examples)["changed"]:
            for change in example.members:
                yield f"  - {code(within(_name(example.row), LONGEST))}: {_change(change)}"
    if part.rows.moved:
        yield f"- {name}: {_rows(part.rows.moved)} came into another split{_examples(part, 'moved')}"


def _named(part: ConfigChanges) -> str:
    return f"The {'view' if part.is_view else 'table'} {code(part.name)}"


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _examples(part: ConfigChanges, word: str) -> str:
    few = dict(part.rows.examples).get(word, ())
    total = getattr(part.rows, word)
    shown = ", ".join(code(within(_name(example.row), LONGEST)) for example in few)
    return (f": {shown}" + (", …" if total > len(few) else "")) if few else ""


def _name(row: str) -> str:
    """Return the values of a key without the marks of JSON around them; else the text as it is."""
    try:
        values = json.loads(row)
    except ValueError:
        return row
    return ", ".join(map(str, values)) if isinstance(values, list) else row


def _change(change: Change) -> str:
    path, old, new = change
    return f"{code(path or '$')}: {_value(old)} → {_value(new)}"


def _value(value: Any) -> str:
    return "absent" if value is ABSENT else code(within(json.dumps(value, ensure_ascii=False), LONGEST))


def as_json(changes: Changes) -> dict[str, Any]:
    """Return the changes as the object that ``--format json`` prints (``contracts/difference.schema.json``)."""
    return {
        "dataset": changes.name,
        "old": changes.old,
        "new": changes.new,
        "bump": changes.bump,
        "next_version": changes.next_version,
        "fits": changes.fits,
        "configs": [_config(part) for part in changes.configs],
        "documents": list(changes.documents),
        "rewritten": changes.rewritten,
    }


def _config(part: ConfigChanges) -> dict[str, Any]:
    columns, rows = part.columns, part.rows
    return {
        "config": part.name,
        "view": part.is_view,
        "status": part.status,
        "key_changed": part.key,
        "columns": {
            "added": [{"column": format_path(path), "type": kind} for path, kind in columns.added.items()],
            "removed": [{"column": format_path(path), "type": kind} for path, kind in columns.removed.items()],
            "changed": _of_two_types(columns.retyped),
            "extended": _of_two_types(columns.extended),
        },
        "rows": {"added": rows.added, "removed": rows.removed, "changed": rows.changed, "moved": rows.moved},
        "members": dict(rows.members),
        "examples": {
            word: [{"row": example.row, "members": [_member(change) for change in example.members]} for example in few]
            for word, few in rows.examples
        },
    }


def _of_two_types(columns: Mapping[ColumnPath, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"column": format_path(path), "old": old, "new": new} for path, (old, new) in columns.items()]


def _member(change: Change) -> dict[str, Any]:
    """Return a change; a member that is absent on one side has no value there."""
    path, *values = change
    told = {word: value for word, value in zip(("old", "new"), values, strict=True) if value is not ABSENT}
    return {"member": path, **told}
