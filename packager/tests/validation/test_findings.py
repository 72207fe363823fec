"""Each folder under ``cases/findings`` holds a schema, records, and the findings as a person reads them.

``schema.json`` may refer to other files of its folder. ``expected.txt`` has the text of every finding, in order; a line
of the records that isn't mentioned there is accepted. A new case is a new folder.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_packager.base.finding_text import format_finding
from dataset_packager.base.findings import Finding
from dataset_packager.records.strict_json import LineError, parse
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

CASES = Path(__file__).parents[1] / "cases/findings"


def findings_of(case: Path) -> list[Finding]:
    gate = Gate(load_schema(case, "schema.json"), assert_formats=True)
    found: list[Finding] = []
    for number, line in enumerate((case / "records.jsonl").read_bytes().removesuffix(b"\n").split(b"\n"), start=1):
        try:
            record = parse(line)
        except LineError as error:
            found.append(Finding("records.jsonl", number, error.path, error.code, error.message, hint=error.hint))
        else:
            found += [] if gate.accepts(record) else gate.explain(record, "records.jsonl", number)
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_findings_read_as_in_the_case(name: str) -> None:
    text = "".join(format_finding(finding) + "\n" for finding in findings_of(CASES / name))
    assert text == (CASES / name / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_no_finding_stands_twice_and_none_is_longer_than_a_few_lines(name: str) -> None:
    found = findings_of(CASES / name)
    assert found
    assert len({(each.line, each.path, each.code, each.message) for each in found}) == len(found)
    assert all(len(each.message) < 400 and each.message.isprintable() for each in found)
