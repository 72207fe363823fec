"""What Croissant says of people, use and origin, and what `--check-for croissant-rai` finds unsaid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mlcroissant as mlc  # type: ignore[import-untyped]
import pytest
from conftest import CommandLine, ran_well

from dataset_packager.documents.croissant_people import NEEDED
from dataset_packager.documents.datasheet import questions

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
[tool.dataset-packager.croissant]
creators = [
    { name = "Josiah Carberry", orcid = "0000-0002-1825-0097", affiliation = "Brown University" },
    { name = "Library Guild", type = "organization", url = "https://example.org/" },
]
usage = [{ name = "General research use", code = "DUO_0000042", url = "http://purl.obolibrary.org/obo/DUO_0000042" }]
synthetic = false
derived_from = ["https://example.org/catalogue", "a card index of 1911"]
statistics = true
"""


def added(project: Path, text: str) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of mlcroissant's libraries
def test_people_use_origin_and_statistics_stand_in_it_and_a_reader_takes_them(project: Path, cli: CommandLine) -> None:
    added(project, WHOLE)
    ran_well(cli("--project", project))
    file = project / "dist/tiny-library/croissant.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert found["creator"] == [
        {
            "@type": "sc:Person", "@id": "https://orcid.org/0000-0002-1825-0097",
            "identifier": "https://orcid.org/0000-0002-1825-0097", "name": "Josiah Carberry",
            "affiliation": {"@type": "sc:Organization", "name": "Brown University"},
        },
        {"@type": "sc:Organization", "name": "Library Guild", "url": "https://example.org/"},
    ]  # fmt: skip
    assert found["usageInfo"][0]["termCode"] == "DUO_0000042"
    assert found["rai:hasSyntheticData"] is False
    assert found["prov:wasDerivedFrom"] == [
        {"@id": "https://example.org/catalogue", "@type": "prov:Entity"},
        {"@type": "prov:Entity", "prov:label": "a card index of 1911"},
    ]
    counts = {
        each["name"]: {one["name"]: one["value"] for one in each["valueReference"]}
        for each in found["variableMeasured"]
    }
    assert counts["books: pages"] == {"places": 3, "null": 1}
    assert counts["books: genre"] == {"places": 3, "null": 0, "= novel": 2, "= poetry": 1}
    assert counts["books: editions"] == {"places": 3, "null": 1, "empty lists": 1}
    dataset = mlc.Dataset(jsonld=str(file))
    assert (list(dataset.metadata.ctx.issues.errors), list(dataset.metadata.ctx.issues.warnings)) == ([], [])
    assert len(list(dataset.records("authors"))) == 4


def test_what_neurips_asks_for_is_listed_by_question_until_it_is_said(project: Path, cli: CommandLine) -> None:
    bare = cli("--project", project, "--check-for", "croissant-rai")
    assert bare.code == 1
    assert all(f"rai:{term}: no answer to" in bare.out for term in NEEDED)
    assert "rai:hasSyntheticData" in bare.out
    assert "prov:wasDerivedFrom" in bare.out
    asked = {question.rai: question for question in questions()}
    answers = dict.fromkeys(NEEDED, "Ships are counted twice.") | {"dataBiases": "TODO"}
    text = "".join(f"## ? <!-- question:{asked[term].id} -->\n\n{said}\n\n" for term, said in answers.items())
    (project / "DATASHEET.md").write_text(text, "utf-8")
    added(project, "\n[tool.dataset-packager.croissant]\nsynthetic = true\nderived_from = []\n")
    left = cli("--project", project, "--check-for", "croissant-rai", "--format", "json")
    *findings, summary = map(json.loads, left.out.splitlines())
    assert [finding["message"] for finding in findings] == [f"rai:dataBiases: no answer to: {asked['dataBiases'].asks}"]
    assert (left.code, summary["summary"]["findings"]) == (1, 1)
    (project / "DATASHEET.md").write_text(text.replace("TODO", "None is known."), "utf-8")
    assert cli("--project", project, "--check-for", "croissant-rai").code == 0
    assert not (project / "dist").exists()


def test_a_mistyped_orcid_is_refused(project: Path, cli: CommandLine) -> None:
    added(project, WHOLE.replace("1825-0097", "1825-0096"))
    ran = cli("--project", project)
    assert (ran.code, "0000-0002-1825-0096 is no ORCID" in ran.err) == (2, True)
