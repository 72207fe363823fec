"""Answer three questions from a release alone: .venv/bin/python examples/answer_questions.py RELEASE.

Which figures for the land retaken in the autumn of 2022 differ, by whom, and why? What became of one sentence on its
way through two translations? Who is quoted on the ultimatum, in which role, and how firmly?
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

LAND = """
with owned as (
  select f.*, d.origin_id, coalesce(
    (select string_agg(e.name, ', ' order by e.name) from entities e where list_contains(f.speaker_ids, e.entity_id)),
    'the article itself') as who
  from figures f join documents d on d.document_id = f.document_id
)
select a.low, a.high, a.unit, a.who, a.document_id, a.as_of, a.measures,
  b.low, b.high, b.unit, b.who, b.document_id, b.as_of, b.measures, l.doubt
from links l
join owned a on a.figure_id = l.from_figure_id
join owned b on b.figure_id = l.to_figure_id
where l.relation = 'quantifies_same' and a.theme = 'territory' and a.kind = 'area' and b.kind = 'area'
  and a.as_of like '2022%'
order by l.link_id
"""
SENTENCE = "select statement, speaker_as, document_id, doubt from claims where claim_id = ?"
HANDS = """
select h.hand.step, coalesce(e.name, 'somebody'), h.hand.kind, h.hand.language,
  list({'kind': a.kind, 'text': coalesce('evidently ' || a.restored, a.note), 'effect': a.effect,
    'confidence': a.confidence} order by a.alteration_id) filter (where a.alteration_id is not null)
from claims c
join documents d on d.document_id = c.document_id, unnest(d.chain) as h(hand)
left join entities e on e.entity_id = h.hand.agent_id
left join alterations a on a.document_id = d.document_id and a.step = h.hand.step
  and (list_contains(a.claim_ids, c.claim_id) or a.kind = 'rewritten')
where c.claim_id = ? group by all order by h.hand.step
"""
ANSWERS = """
select l.relation, o.voice, o.statement from links l join claims o on o.claim_id = l.from_claim_id
where l.to_claim_id = ? order by l.link_id
"""
QUOTED = """
select string_agg(e.name, ', ' order by e.name), c.speaker_as, c.mode, c.act, c.stance, c.statement, c.garbled
from claims c, unnest(c.speaker_ids) as v(entity_id)
join entities e on e.entity_id = v.entity_id
where list_contains(c.event_ids, ?) and c.voice = 'attributed'
group by all order by min(c."at"[1]."start"), c.statement
"""
TRANSLATED, ULTIMATUM = "vpk-name-fifty-day-ultimatum-c042", "trump-fifty-day-ultimatum-2025"


def tables(release: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection in which each config of the release is a view."""
    connection = duckdb.connect()
    for folder in sorted((release / "data").iterdir()):
        connection.execute(f"create view {folder.name} as from '{folder}/*.parquet'")
    return connection


def amount(low: float | None, high: float | None, unit: str | None) -> str:
    """Return a value with its bounds and unit."""
    if low == high:
        bounds = f"{low:g}"
    elif low is None or high is None:
        bounds = f"at most {high:g}" if low is None else f"{low:g} or more"
    else:
        bounds = f"{low:g} to {high:g}"
    return f"{bounds} {unit or ''}".strip()


def land(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield each figure for the land retaken in the autumn of 2022, then why two of them differ."""
    pairs = [(row[:7], row[7:14], row[14]) for row in connection.execute(LAND).fetchall()]
    figures = dict.fromkeys(figure for pair in pairs for figure in pair[:2])
    for low, high, unit, who, document, as_of, measures in figures:
        yield f"{amount(low, high, unit)}, says {who} in {document}, as of {as_of}: {measures}"
    for one, other, reason in pairs:
        yield f"why {amount(*one[:3])}, and not {amount(*other[:3])}? {reason or 'Nothing shows.'}"


def sentence(connection: duckdb.DuckDBPyConnection, claim: str) -> Iterator[str]:
    """Yield what each hand on the way did to a claim's sentence, and who contradicts it on the page."""
    found = connection.execute(SENTENCE, [claim]).fetchone()
    if found is None:
        yield f"no claim is called {claim}"
        return
    statement, role, document, doubt = found
    yield f"{statement} ({role}, in {document})" + (f"; in doubt: {doubt}" if doubt else "")
    for step, agent, kind, language, changes in connection.execute(HANDS, [claim]).fetchall():
        yield f"  {step}. {agent}: {kind} ({language})"
        for change in changes or []:
            yield f"     {change['kind']} ({change['confidence']}, changes {change['effect']}): {change['text']}"
    for relation, voice, answer in connection.execute(ANSWERS, [claim]).fetchall():
        yield f"  {relation} by the {voice}: {answer}"


def quoted(connection: duckdb.DuckDBPyConnection, event: str) -> Iterator[str]:
    """Yield who speaks of an event: in which role, in which mode, with which act and stance."""
    for who, role, mode, act, stance, statement, garbled in connection.execute(QUOTED, [event]).fetchall():
        damaged = ", damaged" if garbled else ""
        yield f"{who} ({role or 'no role'}): {act}, {stance}, {mode}{damaged}: {statement}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    opened = tables(Path(sys.argv[1]))
    print("Land retaken in the autumn of 2022", *land(opened), sep="\n- ")
    print("\nOne sentence through two translations", *sentence(opened, TRANSLATED), sep="\n- ")
    print("\nQuoted on the ultimatum", *quoted(opened, ULTIMATUM), sep="\n- ")
