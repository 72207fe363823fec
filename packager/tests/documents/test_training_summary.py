"""The summary of training content says what the release knows, and marks what a person has to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest import CommandLine, ran_well

from dataset_packager.documents.training_summary import DOCUMENT, OPEN, PARTS
from dataset_packager.release.release_files import Release

if TYPE_CHECKING:
    from pathlib import Path

DATASHEET = """# Datasheet

## When <!-- question:collection-time -->

In the *winter* of 1911, [by post](https://example.org).

## Revoked <!-- question:collection-revoked -->

TODO
"""
WHOLE = """
[tool.dataset-packager.croissant]
synthetic = false
derived_from = ["a card index"]
"""


def test_the_page_has_the_answers_that_are_there_and_marks_the_others(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    file = project / "pyproject.toml"
    text = file.read_text("utf-8").replace("released =", 'training_summary = true\nlanguages = ["en"]\nreleased =')
    file.write_text(text + WHOLE, "utf-8")
    (project / "DATASHEET.md").write_text(DATASHEET, "utf-8")
    ran_well(cli("--project", project))
    release = project / "dist/tiny-library"
    page = (release / "TRAINING-CONTENT.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("##")] == [heading for heading, _, _ in PARTS]
    for told in (
        "*Over what time was it collected?*\n\nIn the *winter* of 1911, [by post](https://example.org).\n",
        "7 rows in 2 tables", "Modalities: text.",
        "Languages: en.", "Made from: a card index.", "None of the data was generated.", "Licences: CC0-1.0.",
        f"*Can consent be revoked?* {OPEN}.", "fewer than a billion tokens",
    ):  # fmt: skip
        assert told in page
    asked = sum(len(questions) for _, _, questions in PARTS)
    assert page.count(OPEN) == asked - 1
    assert list(DOCUMENT.check(Release(release.resolve(), tmp_path))) == [1]
    missing = cli("--project", project, "--check-for", "training-content")
    assert (missing.code, missing.out.count("[stale]")) == (1, asked - 1)
    assert "3.1 Respect of reservation of rights from text and data mining exception or limitation: Can consent" in (
        missing.out
    )
