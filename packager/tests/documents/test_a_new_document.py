"""A document of the release is one module: the page on extending says how, and adding one as it says is enough."""

from __future__ import annotations

import hashlib
import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from extended import extended_by

from dataset_packager.documents.document import documents

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "words"
version = "1.0.0"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.words]
schema = "words.schema.json"
records = ["*.jsonl"]
splits = { train = 0.5, test = 0.5, group_by = ["word"] }
"""


def test_the_document_of_the_page_is_written_covered_checked_and_told_of(tmp_path: Path) -> None:
    run = extended_by("documents/row_counts.py", tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "words.schema.json").write_text('{"properties": {"word": {"type": "string"}}}', "utf-8")
    (tmp_path / "a.jsonl").write_text("".join(f'{{"word": "w{number}"}}\n' for number in range(20)), "utf-8")
    built = run()
    assert built.returncode == 0, built.stderr
    release = tmp_path / "dist/words"
    written = (release / "rows.csv").read_text("utf-8")
    rows = dict(line.split(",")[1:] for line in written.splitlines()[1:])
    assert rows.keys() == {"train", "test"}
    assert sum(map(int, rows.values())) == 20
    subjects = json.loads((release / "provenance.intoto.json").read_text("utf-8"))["subject"]
    assert "rows.csv" in [subject["name"] for subject in subjects]
    assert "  rows.csv\n" in (release / "tagmanifest-sha256.txt").read_text("utf-8")
    told = [json.loads(line) for line in run("verify", "dist/words", "--format", "json").stdout.splitlines()]
    assert {line["check"]: (line["proven"], line["wrong"]) for line in told}["rows"] == (1, 0)
    forge(release, written, written + "\n")
    assert f"rows: rows.csv:{len(written.splitlines()) + 2}: is '', where the release gives None" in (
        run("verify", "dist/words").stdout
    )
    forge(release, written + "\n", written.replace(f"train,{rows['train']}", "train,2000"))
    refused = run("verify", "dist/words")
    assert refused.returncode == 1
    assert f"rows: rows.csv:2: is 'words,train,2000', where the release gives 'words,train,{rows['train']}'" in (
        refused.stdout
    )


def forge(release: Path, right: str, wrong: str) -> None:
    """Change the document, and its hash wherever that stands."""
    changed = {hashlib.sha256(right.encode()).hexdigest(): hashlib.sha256(wrong.encode()).hexdigest()}
    (release / "rows.csv").write_text(wrong, "utf-8")
    for name in ("provenance.intoto.json", "tagmanifest-sha256.txt"):
        before = (release / name).read_bytes()
        after = before.decode()
        for old, new in changed.items():
            after = after.replace(old, new)
        (release / name).write_text(after, "utf-8")
        changed |= {hashlib.sha256(before).hexdigest(): hashlib.sha256(after.encode()).hexdigest()}


def test_documents_come_behind_what_they_read_and_have_their_files_to_themselves() -> None:
    written: list[str] = []
    for document in documents():
        assert set(document.follows) <= set(written)
        written.append(document.name)
    assert written[-1] == "provenance"
    names = [name.replace("*", "x") for document in documents() for name in document.files]
    for name in names:
        assert sum(fnmatchcase(name, pattern) for document in documents() for pattern in document.files) == 1
