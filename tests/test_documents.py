"""The documents are so: every command in them runs, and every command that there is stands in them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from documents_read import blocks

from captures.extension import CAPTURES
from dataset_packager.base.files import file_sha256
from dataset_packager.cli import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENTS = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
FIGURE, EVENT = "asean-now-quiet-expansion-f024", "kharkiv-counteroffensive-2022"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            f"trace_figure.py RELEASE {FIGURE}",
            ["by: Institute for the Study of War (attributed)", "The Telegraph: original"],
        ),
        (f"compare_accounts.py RELEASE {EVENT}", ["america-age-kharkiv-offensive", "3000 square kilometres (exact)"]),
        ("compare_accounts.py RELEASE", [f"{EVENT}: ", "(3 documents)"]),
        (
            "answer_questions.py RELEASE",
            [
                "6000 square kilometers, says Volodymyr Zelenskyy in america-age-kharkiv-offensive",
                "3000 square kilometres, says the article itself in socialist-worker-west-gloats",
                "and not 6000 square kilometers? One page counts the north-east within days",
                "2. InoSMI: translation (ru)",
                "mistranslation (likely, changes speaker): evidently former Kremlin official",
                "rewritten (certain, changes style): ",
                "denies by the republisher: ",
                "sources who know of Putin's plans (sources acquainted with Putin's plans): predict, hedged",
            ],
        ),
        ("evaluate_attribution.py RELEASE", [" claims in 5 groups", "split by group: 0."]),
        ("check_release.sh RELEASE", ["hashes are right", "12 shards with ", " rows are what the provenance says"]),
    ],
)
def test_an_example_tells_what_it_is_for(command: str, told: list[str], release: Path) -> None:
    done = example(command, release)
    assert done.returncode == 0, done.stderr
    assert [part for part in told if part not in done.stdout] == []


def example(command: str, release: Path) -> subprocess.CompletedProcess[str]:
    """Run an example on a release."""
    name, *words = command.split()
    program = "bash" if name.endswith(".sh") else sys.executable
    return subprocess.run(
        [program, ROOT / "examples" / name, *(str(release) if word == "RELEASE" else word for word in words)],
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_an_example_that_is_called_without_a_release_says_how_it_is_called(name: str, release: Path) -> None:
    done = example(name, release)
    assert (done.returncode, f"examples/{name} RELEASE" in done.stderr) == (1, True)


def test_the_check_without_our_code_finds_a_changed_file(release: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(release, tmp_path / "changed")
    (changed / "schema/claims.schema.json").write_text("{}", "utf-8")
    done = example("check_release.sh RELEASE", changed)
    assert (done.returncode != 0, "schema/claims.schema.json" in done.stdout + done.stderr) == (True, True)


def test_the_check_without_our_code_finds_rows_that_the_provenance_does_not_state(
    release: Path, tmp_path: Path
) -> None:
    changed = shutil.copytree(release, tmp_path / "changed")
    statement = changed / "provenance.intoto.json"
    links = len((ROOT / "data/links/links.jsonl").read_text("utf-8").splitlines())
    text = statement.read_text("utf-8")
    assert text.count(f'"rows": {links}') > 0
    statement.write_text(text.replace(f'"rows": {links}', f'"rows": {links - 1}'), "utf-8")
    manifest = changed / "tagmanifest-sha256.txt"
    lines = [line for line in manifest.read_text("utf-8").splitlines() if not line.endswith(statement.name)]
    manifest.write_text("\n".join([*lines, f"{file_sha256(statement)}  {statement.name}"]) + "\n", "utf-8")
    done = example("check_release.sh RELEASE", changed)
    assert done.returncode != 0
    assert "data/links/train-00000-of-00001.parquet" in done.stderr


def test_every_example_is_shown_in_the_readme_and_tried_here() -> None:
    names = {path.name for path in (ROOT / "examples").iterdir() if path.suffix in (".py", ".sh")}
    readme, here = (ROOT / "README.md").read_text("utf-8"), Path(__file__).read_text("utf-8")
    assert [name for name in sorted(names) if f"examples/{name}" not in readme or f"{name} RELEASE" not in here] == []


@pytest.mark.parametrize("name", CAPTURES.commands)
def test_every_command_is_explained_in_a_document(name: str) -> None:
    texts = [(ROOT / path).read_text("utf-8") for path in DOCUMENTS]
    assert any(re.search(rf"(build_dataset\.py |`){name}\b", text) for text in texts)


def test_every_test_that_a_document_names_exists() -> None:
    texts = [(ROOT / path).read_text("utf-8") for path in DOCUMENTS]
    named = [each for text in texts for each in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)]
    assert named
    assert [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")] == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_of_a_document_leads_to_a_file(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (ROOT / path).parent.joinpath(link).exists()] == []


def test_the_options_of_every_example_command_exist() -> None:
    parser = build_parser([CAPTURES])[1]
    for path in DOCUMENTS:
        for _, held in blocks((ROOT / path).read_text("utf-8"), "sh"):
            for line in re.findall(r"build_dataset\.py ([a-z-]+ [^#\n&]*)", held):
                name, *words = shlex.split(line)
                if name.startswith("-"):
                    name, words = "build", [name, *words]
                known = {option for action in parser[name]._actions for option in action.option_strings}
                assert {word for word in words if word.startswith("--")} <= known, line


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hash_over(hashes: Iterable[str]) -> str:
    return hash_of(b"".join(map(bytes.fromhex, hashes)))


def test_the_formats_lead_from_a_shard_to_the_card_and_to_the_name_of_the_folder(release: Path) -> None:
    """Written from docs/formats.md, with pyarrow and the standard library only."""
    statement = json.loads((release / "provenance.intoto.json").read_bytes())
    hashes = {each["name"]: each["digest"]["sha256"] for each in statement["subject"]}
    assert {name: hash_of((release / name).read_bytes()) for name in hashes} == hashes
    card = (release / "README.md").read_text("utf-8")
    configuration = json.loads((release / "schema/dataset.json").read_bytes())["tool"]["dataset-packager"]
    for table in statement["predicate"]["buildDefinition"]["internalParameters"]["tables"]:
        declared = (configuration["tables"] | configuration["views"])[table["name"]]
        assert table["content_digest"] == hash_over(shard["content_digest"] for shard in table["shards"])
        assert f"sha256:{hash_over(hashes[shard['path']] for shard in table['shards'])}" in card
        for shard in table["shards"]:
            footer = json.loads(pq.read_metadata(release / shard["path"]).metadata[b"provenance"])
            assert (footer["rows"], footer["content_digest"]) == (shard["rows"], shard["content_digest"])
            assert footer["schema_sha256"] == hashes[declared["schema"]]
            assert footer.get("query_sha256") == hashes.get(declared.get("query", ""))
            assert "query" in declared or footer["inputs"] == shard["inputs"]
    names = sorted(path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file())
    lines = "".join(f"{hash_of((release / name).read_bytes())}  {name}\n" for name in names)
    assert release.resolve().name == f"0.2.0-{hash_of(lines.encode())[:12]}"
