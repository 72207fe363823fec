"""Each folder under ``cases/formats`` holds one file of records, and what becomes of it.

``records.*`` is the file, ``schema.json`` its table's schema, ``options.json``, where there is one, the options of its
format. ``expected.txt`` has each accepted record behind its line (or row, or element), then the text of every finding.
However the file is read and cut, it has to be that. A new case is a new folder.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dataset_packager.base.finding_text import format_finding
from records.judged import taken_alike

CASES = Path(__file__).parents[2] / "cases/formats"


def outcome(case: Path, folder: Path) -> str:
    (records,) = case.glob("records.*")
    shutil.copyfile(records, folder / records.name)
    options = case / "options.json"
    found = taken_alike(
        folder, records.name, json.loads((case / "schema.json").read_text("utf-8")),
        json.loads(options.read_text("utf-8")) if options.exists() else None,
    )  # fmt: skip
    lines = [f"{line}: {json.dumps(record, ensure_ascii=False)}" for line, record in found.records]
    return "".join(f"{line}\n" for line in [*lines, *map(format_finding, found.findings)])


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_file_becomes_what_its_case_says(name: str, tmp_path: Path) -> None:
    assert outcome(CASES / name, tmp_path) == (CASES / name / "expected.txt").read_text("utf-8")
