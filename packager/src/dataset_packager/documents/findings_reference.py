"""The reference of the codes of findings, ``docs/findings.md``, and their part of the contract of ``--format json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.finding_codes import CODES, FindingCode
from dataset_packager.documents.markdown import code, escape, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONTRACT = Path(__file__).parents[1] / "contracts/finding.schema.json"
KEYWORD = {
    "title": "The failing keyword",
    "description": "Of the record's JSON Schema; the member `schema` says where the rule stands.",
    "pattern": r"^[a-z][A-Za-z]*$",
}
EXTENSION = {
    "title": "A code of an extension",
    "description": "Of what a project's own commands find.",
    "pattern": "^[a-z]+(-[a-z]+)*$",
}


def findings_reference() -> str:
    """Return docs/findings.md: every code with its title and what it says."""
    return "\n".join(_lines()) + "\n"


def code_rows(codes: Iterable[FindingCode]) -> Iterator[str]:
    """Yield the lines of a table of codes, in Markdown."""
    rows = [(code(each.code), escape(each.title), each.description) for each in codes]
    yield from table(("code", "title", "when, and what to do"), rows)


def finding_contract() -> str:
    """Return contracts/finding.schema.json: what stands there, with every code that there is now."""
    contract = json.loads(CONTRACT.read_text("utf-8"))
    contract["properties"]["code"] = _code_schema()
    return json.dumps(contract, indent=2) + "\n"


def _code_schema() -> dict[str, Any]:
    known = [{"const": each.code, "title": each.title, "description": each.description} for each in CODES.values()]
    description = "Stable: what programs may rely on. The words of a message may change."
    return {"description": description, "type": "string", "anyOf": [*known, KEYWORD, EXTENSION]}


def _lines() -> Iterator[str]:
    yield "# Findings"
    yield ""
    yield "What is wrong with the data is a finding: file, line, path within the record, a code, a message, the rule"
    yield "and, where one is known, how to mend it. Codes are stable. A record that breaks a rule of its schema has the"
    yield "failing keyword for a code (`required`, `type`, `pattern`, …); the others stand here."
    yield "This page, like the contract of `--format json`, is made from the program's own list."
    yield ""
    yield from code_rows(CODES.values())
