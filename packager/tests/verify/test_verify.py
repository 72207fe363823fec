import json
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import bagit
import jsonschema
import pyarrow.parquet as pq
import pytest
from conftest import PACKAGE
from harbour import Project

from dataset_packager.base.check_result import unsound
from dataset_packager.base.findings import Finding
from dataset_packager.base.paths import format_path
from dataset_packager.cli import main
from dataset_packager.release.release_files import Release
from dataset_packager.verify import FULL, QUICK, prove, verify_release
from dataset_packager.verify.rows import read_rows
from verify.forging import (
    edit,
    edit_json,
    mend_card,
    mend_hashes,
    rewrite,
    shards,
    with_false_statistics,
    with_other_versions,
    with_rows,
    written_otherwise,
)

CONTRACTS = PACKAGE / "contracts"
CHECKS = {name: check for name, check in {**QUICK, **FULL}.items() if name != "loading"}


def problems(folder: Path, temporary: Path) -> list[str]:
    """Return everything that verifying finds wrong, but for loading, which takes a process of its own."""
    temporary.mkdir(exist_ok=True)
    release = Release(folder, temporary)
    return [f"{name}: {one}" for name, check in CHECKS.items() for one in prove(name, check, release).problems]


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def swap(first: Path, second: Path) -> None:
    aside = first.with_suffix(".aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


Damage = Callable[[Path], object]
TRAIN = "data/calls/train-00000-of-"
DAMAGE: dict[str, tuple[Damage, str]] = {
    "one byte of a shard flipped": (
        lambda r: flip(shards(r, "calls", "train")[0], 100),
        f"files: {TRAIN}00003.parquet: its SHA-256 is not that of manifest-sha256.txt",
    ),
    "a shard cut in two": (
        lambda r: truncate(shards(r, "calls", "train")[0]),
        f"footers: {TRAIN}00003.parquet: not readable as Parquet",
    ),
    "a row dropped": (
        lambda r: rewrite(shards(r, "calls", "train")[0], lambda table: table.slice(1)),
        f"content digests: {TRAIN}00003.parquet: its rows have another content digest",
    ),
    "two shards swapped": (
        lambda r: swap(*shards(r, "calls", "train")[:2]),
        "places: data/calls/train-00001-of-00003.parquet: ",
    ),
    "a number in the card's metadata edited": (
        lambda r: edit(r / "README.md", "num_examples: 12", "num_examples: 13"),
        "card: README.md: dataset_info.ships.splits[0].num_examples is 13, where the shards have 12",
    ),
    "a number in the card's text edited": (
        lambda r: edit(r / "README.md", "| 12 |", "| 21 |"),
        "card: README.md: ships, train: the text says 21 rows, not 12",
    ),
    "a feature in the card edited": (
        lambda r: edit(r / "README.md", "dtype: float64", "dtype: string"),
        "is 'string', where the shards have 'float64'",
    ),
    "a schema edited": (
        lambda r: edit(r / "schema/ships.schema.json", "As painted", "As written"),
        "files: schema/ships.schema.json: its SHA-256 is not that of tagmanifest-sha256.txt",
    ),
    "a number in the datasheet edited": (
        lambda r: edit(r / "DATASHEET.md", "| 12 |", "| 21 |"),
        "datasheet: DATASHEET.md:",
    ),
    "a file added": (
        lambda r: (r / "data/calls/extra.parquet").write_bytes(b"PAR1"),
        "files: data/calls/extra.parquet: nobody names this file",
    ),
    "a shard removed": (
        lambda r: shards(r, "calls", "train")[0].unlink(),
        f"files: {TRAIN}00003.parquet: missing",
    ),
    "a schema removed": (
        lambda r: (r / "schema/common.schema.json").unlink(),
        "files: schema/common.schema.json: missing",
    ),
    "the card removed": (lambda r: (r / "README.md").unlink(), "files: README.md: missing"),
    "the provenance removed": (
        lambda r: (r / "provenance.intoto.json").unlink(),
        "provenance: can't be checked further",
    ),
    "the provenance without JSON": (
        lambda r: (r / "provenance.intoto.json").write_text("{"),
        "provenance: can't be checked further: ValueError: provenance.intoto.json: not JSON",
    ),
    "JSON nested beyond reason": (
        lambda r: (r / "provenance.intoto.json").write_text("[" * 100_000),
        "provenance: can't be checked further: ",
    ),
    "a card that isn't YAML": (
        lambda r: (r / "README.md").write_text("---\na: [\n---\n"),
        "card: README.md: not YAML",
    ),
    "a card whose YAML multiplies itself": (
        lambda r: (r / "README.md").write_text("---\na: &a [x, x]\nb: [*a, *a]\n---\n"),
        "card: README.md: not YAML: anchors and aliases",
    ),
    "a card whose YAML makes objects": (
        lambda r: (r / "README.md").write_text("---\na: !!python/object/apply:os.getpid []\n---\n"),
        "card: README.md: not YAML",
    ),
    "a manifest that leads out of the folder": (
        lambda r: (r / "manifest-sha256.txt").write_text(f"{'0' * 64}  data/../../secret\n"),
        "files: manifest-sha256.txt: 'data/../../secret' leads out of the release",
    ),
    "a configuration without tables": (
        lambda r: (r / "schema/dataset.json").write_text("[]"),
        "footers: can't be checked further: ValueError: schema/dataset.json: no [project]",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_caught_and_named(case: str, damaged: Path, tmp_path: Path) -> None:
    damage, expected = DAMAGE[case]
    damage(damaged)
    found = problems(damaged, tmp_path / "t")
    assert any(expected in problem for problem in found), "\n".join(found)


def first(name: str, value: object) -> Callable[[Path], None]:
    """Change a member of the first row of the first shard of the calls."""
    return lambda r: rewrite(shards(r, "calls", "train")[0], with_rows(lambda rows: rows[0].__setitem__(name, value)))


def told_rows(statement: dict[str, dict[str, dict[str, dict[str, list[dict[str, int]]]]]]) -> None:
    statement["predicate"]["buildDefinition"]["internalParameters"]["tables"][0]["rows"] += 1


FORGED: dict[str, tuple[Damage, str]] = {
    "a value changed": (first("berth", "north"), "content digests: data/calls/train-00000-of-00003.parquet: its rows"),
    "a row that its schema refuses": (
        first("berth", "east"),
        "records: data/calls/train-00000-of-00003.parquet:1: $.berth: [enum] ",
    ),
    "a key that stands twice": (first("call_id", "c002"), "[key] call_id 'c002' stands already"),
    "a reference that leads nowhere": (
        first("ship", {"imo": 1, "flag": None}),
        "[reference] ship.imo 1 stands nowhere as imo of ships",
    ),
    "a place that no input has": (
        first("provenance", {"file": "data/calls/all.jsonl", "line": 900}),
        "places: data/calls/train-00000-of-00003.parquet: from row 1 on, rows are from lines that are no input",
    ),
    "a row of another split's group": (
        lambda r: rewrite(
            shards(r, "calls", "train")[0],
            with_rows(lambda rows: rows[0].__setitem__("ship", {"imo": ship_of_test(r), "flag": None})),
        ),
        "its group belongs to the split test",
    ),
    "the table behind a view changed": (
        lambda r: rewrite(shards(r, "calls", "train")[0], with_rows(lambda rows: rows[0].update(ship=rows[1]["ship"]))),
        "views: data/visits: its rows are not those that schema/views/visits.sql selects from the tables",
    ),
    "the number of rows in the provenance": (
        lambda r: edit_json(r / "provenance.intoto.json", told_rows),
        "provenance: provenance.intoto.json: calls has 90 rows, not 91",
    ),
    "a column's documentation": (
        lambda r: edit(r / "schema/ships.schema.json", "As painted", "As written"),
        "footers: data/ships/train-00000-of-00001.parquet: the column name is documented or encoded in another way",
    ),
    "a schema's rule": (
        lambda r: edit(r / "schema/calls.schema.json", '"minimum": 0', '"minimum": 1'),
        "provenance: schema/calls.schema.json: is no input of provenance.intoto.json",
    ),
    "a builder with a member too many": (
        lambda r: edit_json(
            r / "provenance.intoto.json", lambda v: v["predicate"]["runDetails"]["builder"].update(host="here")
        ),
        "provenance: can't be checked further: ValueError: provenance.intoto.json: /predicate/runDetails/builder",
    ),
}


def ship_of_test(release: Path) -> int:
    """Return a ship whose calls are in the split test."""
    import pyarrow.parquet as pq

    return int(pq.read_table(shards(release, "calls", "test")[0]).column("ship")[0]["imo"].as_py())


SHARD = "data/calls/train-00000-of-00003.parquet"
FORGED |= {
    "a Croissant file that leads to another host": (
        lambda r: edit_json(r / "croissant.json", lambda value: value.update(url="https://elsewhere.example")),
        "croissant: croissant.json:",
    ),
    "a report with another script": (
        lambda r: edit(r / "report.html", "<script>", "<script>fetch('https://elsewhere.example');"),
        "report: report.html:",
    ),
    "a number in the report": (
        lambda r: edit(r / "report.html", "<b>90</b>", "<b>91</b>"),
        "where the release gives",
    ),
    "a picture that nobody wants": (
        lambda r: ((r / "assets").mkdir(), (r / "assets/map.svg").write_text("<svg/>")),
        "report: assets/map.svg: is there, though the configuration wants none",
    ),
    "a file that is no document": (
        lambda r: (r / "setup.py").write_text("print('hello')\n"),
        "files: setup.py: is no document that a release has",
    ),
    "a refused record in the datasheet": (
        lambda r: edit(r / "DATASHEET.md", "No record was refused.", "One record was refused."),
        "datasheet: DATASHEET.md:",
    ),
    "a footer's key for pandas": (
        lambda r: written_otherwise(r / SHARD, {b"pandas": b'{"index_columns": ["call_id"]}'}),
        f"footers: {SHARD}: the footer has a key 'pandas'",
    ),
    "rows that are called sorted": (
        lambda r: written_otherwise(r / SHARD, {}, sorting_columns=[pq.SortingColumn(1)]),
        f"footers: {SHARD}: the footer calls its rows sorted",
    ),
    "statistics left out": (
        lambda r: written_otherwise(r / SHARD, {}, write_statistics=False),
        f"bytes: {SHARD}: its bytes are not those that its rows give",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_forging_is_caught_though_all_hashes_and_the_card_were_made_anew(
    case: str, damaged: Path, tmp_path: Path
) -> None:
    damage, expected = FORGED[case]
    damage(damaged)
    mend_card(damaged)
    mend_hashes(damaged)
    found = problems(damaged, tmp_path / "t")
    assert not [problem for problem in found if problem.startswith("files: ") and problem != expected]
    assert any(expected in problem for problem in found), "\n".join(found)


def test_how_many_records_were_refused_and_why_stands_in_the_provenance_and_the_documents_follow_it(
    harbour: Project, tmp_path: Path
) -> None:
    harbour.records["calls"] += [
        {**harbour.records["calls"][0], "call_id": "c900", "berth": "east"},
        {"call_id": "c901"},
    ]
    release = harbour.build(tmp_path / "dist", "--quarantine")
    assert problems(release, tmp_path / "t") == []
    told = json.loads((release / "provenance.intoto.json").read_text())
    refused = told["predicate"]["buildDefinition"]["internalParameters"]["refused"]
    assert refused == {"calls": {"records": 2, "findings": {"enum": 1, "required": 3}}}
    edit(release / "provenance.intoto.json", '"enum": 1', '"enum": 2')
    edit(release / "provenance.intoto.json", '"records": 2', '"records": 3')
    mend_hashes(release)
    found = problems(release, tmp_path / "t")
    assert any(problem.startswith("report: report.html:") for problem in found), found
    assert any(problem.startswith("datasheet: DATASHEET.md:") for problem in found), found


def test_documents_that_other_versions_made_are_not_compared_and_that_is_told(
    damaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(damaged / "report.html", "<b>90</b>", "<b>91</b>")
    with_other_versions(damaged)
    mend_hashes(damaged)
    assert main(["verify", str(damaged), "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    for check in ("report", "croissant"):
        assert f"{check}: not compared: made with pyarrow 1.0.0, which isn't what is installed here" in printed
    assert main(["verify", str(damaged), "--workers", "1", "--format", "json"]) == 0
    told = {line["check"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert told["report"]["skipped"] == ["made with pyarrow 1.0.0, which isn't what is installed here"]
    assert told["report"]["proven"] == 0


def beside(name: str) -> Callable[[Path], None]:
    """Put a copy of a shard, with rows that nobody verifies, under another name."""

    def put(release: Path) -> None:
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shards(release, "ships")[0], release / name)

    return put


def linked(release: Path) -> None:
    """Put a link in a shard's place; what it leads to has the very same bytes."""
    shard = shards(release, "ships")[0]
    shutil.move(shard, release.parent / "elsewhere.parquet")
    shard.symlink_to(release.parent / "elsewhere.parquet")


CARDS: dict[str, tuple[Damage, str]] = {
    "another licence": (
        lambda r: edit(r / "README.md", "license: cc0-1.0", "license: mit"),
        "README.md: license is 'mit', where the configuration gives 'cc0-1.0'",
    ),
    "another name": (
        lambda r: edit(r / "README.md", "pretty_name: harbour-log", "pretty_name: lighthouse"),
        "README.md: pretty_name is 'lighthouse'",
    ),
    "a description of its own": (
        lambda r: edit(r / "README.md", "pretty_name:", "description: Free of everything\npretty_name:"),
        "README.md: description is 'Free of everything', where the configuration gives 'nothing'",
    ),
    "another default": (
        lambda r: edit(r / "README.md", "  default: true\n", ""),
        "README.md: configs.calls.default",
    ),
    "a default that leads elsewhere": (
        lambda r: edit(r / "README.md", "path: data/calls/train-*", "path: data/ships/train-*"),
        "README.md: configs.calls.data_files",
    ),
    "code that loads something else": (
        lambda r: edit(r / "README.md", 'load_dataset("harbour-log"', 'load_dataset("elsewhere"'),
        'README.md: \'rows = load_dataset("elsewhere"',
    ),
    "code beside the code": (
        lambda r: edit(r / "README.md", "## Configs", "```sh\npip install evil\n```\n\n## Configs"),
        "README.md: '```sh' stands where the release gives '## Configs'",
    ),
    "a licence beside the licence": (
        lambda r: edit(r / "README.md", "under CC0-1.0.", "under the MIT licence."),
        "README.md: 'Version 1.0.0, released 2026-03-01, under CC0-1.0. How it came about, what is in' is missing",
    ),
    "another column": (
        lambda r: edit(r / "README.md", "As painted on the bow.", "As painted on the stern."),
        "README.md: ",
    ),
    "metadata that go on behind what looks like their end": (
        lambda r: edit(r / "README.md", "dataset_info:", "x: y #---\nlicense_link: LICENSE\ndataset_info:"),
        "README.md: license_link is 'LICENSE'",
    ),
}


@pytest.mark.parametrize("case", CARDS)
def test_a_card_that_says_other_than_the_configuration_is_unsound(case: str, damaged: Path, tmp_path: Path) -> None:
    make, expected = CARDS[case]
    make(damaged)
    found = prove("card", CHECKS["card"], Release(damaged, tmp_path)).problems
    assert any(problem.startswith(expected) for problem in found), "\n".join(found)


@pytest.mark.parametrize("others", [False, True])
def test_statistics_that_hide_rows_are_unsound_whoever_wrote_them(others: bool, damaged: Path, tmp_path: Path) -> None:
    for shard in shards(damaged, "calls"):
        with_false_statistics(shard)
    if others:
        with_other_versions(damaged)
    mend_card(damaged)
    mend_hashes(damaged)
    proof = prove("bytes", CHECKS["bytes"], Release(damaged, tmp_path))
    says = "the statistics of call_id in row group 0 are not those" if others else "its bytes are not those"
    assert any(says in problem for problem in proof.problems), proof
    assert bool(proof.skipped) == others


def test_the_default_config_is_the_one_that_loads_without_a_name(damaged: Path, tmp_path: Path) -> None:
    edit(damaged / "README.md", "  default: true\n", "")
    edit(damaged / "README.md", "- config_name: ships\n", "- config_name: ships\n  default: true\n")
    found = prove("loading", FULL["loading"], Release(damaged, tmp_path)).problems
    assert "README.md: datasets loads 'ships' without a name, not 'calls'" in found, found


KINDS: dict[str, tuple[Damage, str]] = {
    "a hidden configuration for loaders": (
        lambda r: (r / ".huggingface.yaml").write_text("configs: []\n"),
        ".huggingface.yaml: nobody names this hidden file",
    ),
    "a hidden shard": (beside("data/ships/.train-00001.parquet"), "data/ships/.train-00001.parquet: nobody names"),
    "a shard in a hidden folder": (beside("data/.x/a.parquet"), "data/.x/a.parquet: nobody names this hidden file"),
    "a shard among what git keeps": (beside(".git/a.parquet"), ".git/a.parquet: nobody names this hidden file"),
    "a shard that is a link": (linked, "data/ships/train-00000-of-00001.parquet: is a link"),
    "a link that leads nowhere": (lambda r: (r / "data/gone").symlink_to("nowhere"), "data/gone: is a link"),
    "a folder that is a link": (lambda r: (r / "more").symlink_to("data"), "more: is a link"),
    "a hidden link": (lambda r: (r / ".gitattributes").symlink_to("bagit.txt"), ".gitattributes: is a link"),
    "a pipe": (lambda r: os.mkfifo(r / "data/ships/p.parquet"), "data/ships/p.parquet: is no regular file"),
}


@pytest.mark.parametrize("case", KINDS)
def test_links_special_files_and_what_is_hidden_make_a_release_unsound(
    case: str, damaged: Path, tmp_path: Path
) -> None:
    make, expected = KINDS[case]
    make(damaged)
    mend_hashes(damaged)
    found = prove("files", CHECKS["files"], Release(damaged, tmp_path)).problems
    assert any(problem.startswith(expected) for problem in found), "\n".join(found)


def test_what_git_the_hub_and_systems_leave_beside_a_release_is_passed_over(damaged: Path, tmp_path: Path) -> None:
    left = (".gitattributes", ".git/HEAD", "data/.DS_Store", ".dataset-packager", ".cache/huggingface/download/x.lock")
    for name in left:
        (damaged / name).parent.mkdir(parents=True, exist_ok=True)
        (damaged / name).write_bytes(b"")
    assert prove("files", CHECKS["files"], Release(damaged, tmp_path)).problems == []


def test_a_sound_release_is_proven_whole(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(sound), "--format", "json"]) == 0
    told = {line["check"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert list(told) == [*QUICK, *FULL]
    assert not any(line["wrong"] for line in told.values())
    rows = 90 + 12 + 4
    assert told["records"]["proven"] == told["loading"]["proven"] == rows + 12
    assert told["places"]["proven"] == rows
    assert told["splits"]["proven"] == 90
    assert told["keys"]["proven"] == 2 * 90 + 12
    assert told["views"]["proven"] == 12
    assert all(line["seconds"] >= 0 for line in told.values())
    assert all(told[name]["seconds"] > 0 for name in ("content digests", "bytes", "records", "places", "keys"))
    schema = json.loads((CONTRACTS / "verification.schema.json").read_text())
    for line in told.values():
        jsonschema.validate(line, schema, jsonschema.Draft202012Validator)


def test_what_is_wrong_is_told_to_programs_as_findings(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first("berth", "east")(damaged)
    mend_hashes(damaged)
    assert main(["verify", str(damaged), "--workers", "1", "--format", "json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    contracts = [json.loads((CONTRACTS / f"{name}.schema.json").read_text()) for name in ("verification", "finding")]
    for line in lines:
        jsonschema.validate(line, contracts[0], jsonschema.Draft202012Validator)
        assert len(line["findings"]) == line["wrong"] == len(line["problems"])
        for finding in line["findings"]:
            jsonschema.validate(finding, contracts[1], jsonschema.Draft202012Validator)
    found = {line["check"]: line["findings"] for line in lines if line["findings"]}
    (refused,) = found["records"]
    assert (refused["file"], refused["line"], refused["path"], refused["code"]) == (SHARD, 1, "$.berth", "enum")
    assert "(from data/calls/all.jsonl:" in refused["message"]
    assert {finding["code"] for finding in found["content digests"]} == {"unsound"}


def test_a_release_that_lost_all_shards_is_told_of_check_by_check(damaged: Path) -> None:
    for shard in damaged.glob("data/*/*.parquet"):
        shard.unlink()
    proofs = {proof.check: proof for proof in verify_release(damaged, full=True, workers=2).proofs}
    assert proofs["files"].wrong > 0
    assert not any("max_workers" in problem for proof in proofs.values() for problem in proof.problems)
    assert proofs["records"].proven == 0


def test_a_config_that_datasets_cannot_load_is_named(damaged: Path, tmp_path: Path) -> None:
    edit(damaged / "README.md", "path: data/ships/train-*.parquet", "path: data/ships/tr-*.parquet")
    (tmp_path / "t").mkdir()
    proof = prove("loading", FULL["loading"], Release(damaged, tmp_path / "t"))
    assert any("ships" in problem and "datasets can't load it" in problem for problem in proof.problems)


def test_the_output_is_a_table_of_what_was_proven(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (damaged / "surplus.txt").write_text("?")
    assert main(["verify", str(damaged), "--workers", "1"]) == 1
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split() == ["check", "proven", "wrong"]
    assert [line.split("  ")[0] for line in lines[1 : 1 + len(QUICK) + len(FULL)]] == [*QUICK, *FULL]
    assert "files: surplus.txt: nobody names this file" in lines
    assert "provenance: surplus.txt: provenance.intoto.json does not speak of it" in lines
    assert "the release is not what it says: 2 things are wrong" in printed.err


def test_a_folder_without_a_release_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    assert "no release" in capsys.readouterr().err


def test_other_programs_prove_the_bag(sound: Path) -> None:
    bagit.Bag(str(sound)).validate()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", manifest], cwd=sound, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_editing_the_card_leaves_the_bag_whole_and_a_byte_of_a_shard_breaks_it(damaged: Path, tmp_path: Path) -> None:
    edit(damaged / "README.md", "# harbour-log", "# Harbour log, as renamed on the Hub")
    (damaged / ".gitattributes").write_text("*.parquet filter=lfs\n")
    bagit.Bag(str(damaged)).validate()
    assert problems(damaged, tmp_path / "t") == []
    flip(shards(damaged, "ships")[0], 50)
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(damaged)).validate()


def test_a_full_verification_in_a_build_comes_before_anything_appears(
    harbour: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_release: Release) -> list[Finding]:
        assert not os.path.lexists(tmp_path / "dist/harbour-log")
        return [unsound("data/calls", "refused by the test")]

    harbour.write()
    monkeypatch.setattr(import_module("dataset_packager.verify"), "FULL", {"records": refuse})
    words = ["--project", str(harbour.folder), "--out", str(tmp_path / "dist"), "--workers", "1", "--verify"]
    assert main(["build", *words, "full"]) == 1
    assert not os.path.lexists(tmp_path / "dist/harbour-log")
    assert main(["build", *words, "quick"]) == 0


def test_verifying_needs_nothing_but_the_folder(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(sound, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert problems(Path("elsewhere"), tmp_path / "t") == []


def test_a_key_is_laid_down_late_and_only_if_it_may_stand_twice_unless_something_else_is_held_against_it(
    sound: Path, tmp_path: Path
) -> None:
    release = Release(sound, tmp_path)
    before = keys_laid_down(release)
    assert before == {"calls": {"ship.imo"}, "ships": {"imo"}}
    proof = prove("keys", CHECKS["keys"], release)
    assert (proof.wrong, proof.proven) == (0, 2 * 90 + 12)
    assert keys_laid_down(release) == before | {"calls": {"ship.imo", "call_id"}}, "splits share the keys' range"
    for shard in release.rows.values():
        shard.keys.pop((("call_id",),), None)
        shard.spans = shard.spans and [(shard.path, shard.path)]
    assert prove("keys", CHECKS["keys"], release).proven == 2 * 90 + 12
    assert keys_laid_down(release) == before


def test_places_are_read_though_a_dictionary_has_no_room_for_all_their_files(damaged: Path, tmp_path: Path) -> None:
    shard = shards(damaged, "calls", "train")[0]
    names = iter(range(1000))

    def with_long_names(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["provenance"]["file"] = f"{next(names)}" * 50

    rewrite(shard, with_rows(with_long_names))
    written_otherwise(shard, {}, dictionary_pagesize_limit=200, write_batch_size=2, use_dictionary=True)
    group = pq.read_metadata(shard).row_group(0)
    (places,) = (
        each for each in map(group.column, range(group.num_columns)) if each.path_in_schema == "provenance.file"
    )
    assert {"PLAIN", "RLE_DICTIONARY"} <= set(places.encodings)
    mend_hashes(damaged)
    found = read_rows(Release(damaged, tmp_path))[str(shard.relative_to(damaged))]
    assert (found.complete, found.proofs["records"].wrong) == (True, 0)
    assert "from lines that are no input" in found.proofs["places"].problems[0]


def keys_laid_down(release: Release) -> dict[str, set[str]]:
    keys = [(path.split("/")[1], paths) for path, shard in read_rows(release).items() for paths in shard.keys]
    return {name: {format_path(paths[0]) for table, paths in keys if table == name} for name, _ in keys}
