"""Compare how documents report one event: .venv/bin/python examples/compare_accounts.py RELEASE [EVENT_ID].

Without an event it lists those that more than one document tells of.
"""

import sys
from pathlib import Path
from typing import Any

import duckdb

SHARED = """
select event_id, min(event), count(*) from read_parquet(?) group by event_id having count(*) > 1 order by 3 desc, 1
"""
ACCOUNTS = (
    "select document_id, carrier, origin, speakers, claims, figures from read_parquet(?) where event_id = ? order by 1"
)


def figure(row: dict[str, Any]) -> str:
    """Return a figure with its bounds, unit and speaker."""
    low, high = row["low"], row["high"]
    bounds = f"{low:g}" if low == high else "-".join("…" if each is None else f"{each:g}" for each in (low, high))
    who = ", ".join(row["speakers"]) or "the article"
    return f"{bounds} {row['unit'] or ''} ({row['bound']}): {row['measures']} [{who}]"


def compare(release: Path, event: str) -> list[str]:
    """Return, for each document that tells of the event, its figures and how it stands to what it says."""
    files = f"{release}/data/accounts/*.parquet"
    lines = []
    for document, carrier, origin, speakers, claims, figures in duckdb.execute(ACCOUNTS, [files, event]).fetchall():
        lines.append(f"{document} ({carrier or '?'}, after {origin or '?'}): {len(claims)} claims")
        lines.append(f"  speaks through: {', '.join(speakers) or 'nobody'}")
        lines += [f"  {figure(row)}" for row in figures]
    return lines or [f"no document tells of {event}"]


def shared(release: Path) -> list[str]:
    """Return the events that several documents tell of, most told first."""
    rows = duckdb.execute(SHARED, [f"{release}/data/accounts/*.parquet"]).fetchall()
    return [f"{event}: {label} ({count} documents)" for event, label, count in rows]


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    print("\n".join(compare(folder, sys.argv[2]) if len(sys.argv) > 2 else shared(folder)))
