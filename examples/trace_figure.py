"""Trace a figure back to whoever gave it: .venv/bin/python examples/trace_figure.py RELEASE FIGURE_ID."""

import sys
from pathlib import Path

import duckdb

FIGURE = """
select f.low, f.high, f.bound, f.unit, f.measures, f."at"."start", f."at"."end",
  c.claim_id, c.statement, c.voice, c.stance, c.said_on, (
    select string_agg(e.name, ', ' order by e.name) from entities e where list_contains(f.speaker_ids, e.entity_id)
  ), f.role, d.document_id, d.capture.file_name
from figures f
left join claims c on c.claim_id = f.claim_id
join documents d on d.document_id = f.document_id
where f.figure_id = ?
"""
VIA = (
    "select e.name from claims c, unnest(c.via_ids) as v(id) join entities e on e.entity_id = v.id where c.claim_id = ?"
)
HANDS = """
select h.hand.step, coalesce(e.name, 'somebody'), h.hand.kind,
  (select count(*) from alterations a where a.document_id = d.document_id and a.step = h.hand.step)
from documents d, unnest(d.chain) as h(hand) left join entities e on e.entity_id = h.hand.agent_id
where d.document_id = ? order by h.hand.step
"""


def tables(release: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection in which each config of the release is a view."""
    connection = duckdb.connect()
    for folder in sorted((release / "data").iterdir()):
        connection.execute(f"create view {folder.name} as from '{folder}/*.parquet'")
    return connection


def trace(connection: duckdb.DuckDBPyConnection, figure: str) -> list[str]:
    """Return what is known of a figure, from the page to the mouth that gave it."""
    found = connection.execute(FIGURE, [figure]).fetchone()
    if found is None:
        return [f"no figure is called {figure}"]
    low, high, bound, unit, measures, start, end, claim, statement, voice, stance, said_on, *rest = found
    speaker, role, document, file = rest
    voice = voice if role == "stated" else "in words that introduce the claim"
    value = (
        f"{low:g}" if low == high else f"{'…' if low is None else f'{low:g}'} to {'…' if high is None else f'{high:g}'}"
    )
    via = [name for (name,) in connection.execute(VIA, [claim]).fetchall()]
    lines = [
        f"{value} {unit or ''} ({bound}): {measures}",
        f"claimed: {statement} ({stance or 'no stance'})",
        f"by: {speaker or 'the article itself'} ({voice})" + (f", on {said_on}" if said_on else ""),
        *([f"passed on by: {', '.join(via)}"] if via else []),
        f"printed: {document}, code points {start} to {end} of {file}",
        "through the hands of:",
    ]
    for step, name, kind, changes in connection.execute(HANDS, [document]).fetchall():
        lines.append(f"  {step}. {name}: {kind}" + (f", {changes} changes" if changes else ""))
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print("\n".join(trace(tables(Path(sys.argv[1])), sys.argv[2])))
