import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import PACKAGE
from harbour import INTEGER, STRING, Project

from dataset_packager.cli import main
from dataset_packager.diff import Changes, ConfigChanges, buckets, bumped, compare, step

CONTRACTS = PACKAGE / "contracts"


def told(sound: Path, new: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what diff tells as JSON, after holding it against its contract."""
    capsys.readouterr()
    code = main(["diff", str(sound), str(new), "--format", "json"])
    value = json.loads(capsys.readouterr().out)
    schema = json.loads((CONTRACTS / "difference.schema.json").read_text())
    jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
    assert code == (value["bump"] != "none")
    return value


def part(value: Any, name: str) -> Any:
    return next(config for config in value["configs"] if config["config"] == name)


def test_a_release_does_not_differ_from_itself(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(sound, sound, capsys)["configs"] == []
    assert main(["diff", str(sound), str(sound)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The same rows, columns and documents as 1.0.0."


def test_rows_are_compared_by_key_member_by_member(
    sound: Path, harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 7)
    calls = harbour.records["calls"]
    calls[4]["cargo"][0]["tonnes"] = 7
    calls[5]["berth"] = "north"
    del calls[6]
    calls.append({**calls[0], "call_id": "c999"})
    value = told(sound, harbour.build(tmp_path / "dist"), capsys)
    found = part(value, "calls")
    assert found["rows"] == {"added": 1, "removed": 1, "changed": 2, "moved": 0}
    assert found["members"] == {"berth": 1, "cargo": 1}
    assert found["examples"] == {
        "added": [{"row": '["c999"]', "members": []}],
        "removed": [{"row": '["c006"]', "members": []}],
        "changed": [
            {"row": '["c004"]', "members": [{"member": "cargo[0].tonnes", "old": 1.0, "new": 7.0}]},
            {"row": '["c005"]', "members": [{"member": "berth", "old": "south", "new": "north"}]},
        ],
    }
    assert part(value, "visits")["rows"]["changed"] == 2
    assert (value["bump"], value["next_version"], value["fits"]) == ("major", "2.0.0", False)


def test_the_text_is_an_entry_of_a_changelog(
    sound: Path, harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harbour.configure('version = "1.0.0"', 'version = "2.0.0"')
    harbour.configure("2026-03-01", "2026-04-01")
    harbour.schemas["ships"]["properties"]["built"] = INTEGER
    harbour.records["ships"][0] = {"imo": 9000000, "name": "Ship 0, renamed", "built": 1999}
    harbour.records["ships"].append({"imo": 9000099, "name": "New"})
    release = harbour.build(tmp_path / "dist")
    capsys.readouterr()
    assert main(["diff", str(sound), str(release)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "## 2.0.0 - 2026-04-01",
        "",
        "A major change since 1.0.0.",
        "",
        "### Added",
        "",
        "- `ships`: the column `built` (int64)",
        "- `ships`: 1 row: `9000099`",
        "",
        "### Changed",
        "",
        "- `ships`: 1 row (`name` in 1)",
        '  - `9000000`: `name`: `"Ship 0"` → `"Ship 0, renamed"`',
        "- `DATASHEET.md`",
        "- `schema/ships.schema.json`",
    ]


def test_without_a_key_rows_are_a_multiset(
    sound: Path, harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 7)
    harbour.records["notes"] = [{"text": "fog"}, {"text": "ice ÿ 𝄞", "weight": 0.1}, {"text": "rain"}, {"text": "rain"}]
    found = part(told(sound, harbour.build(tmp_path / "dist"), capsys), "notes")
    assert found["rows"] == {"added": 2, "removed": 2, "changed": 0, "moved": 0}
    assert [one["row"] for one in found["examples"]["added"]] == ['{"text":"rain"}']


def schema_of_calls(project: Project) -> Any:
    return project.schemas["calls"]["properties"]


def as_number(project: Project) -> None:
    schema_of_calls(project)["ship"]["properties"]["imo"] = {"type": "number"}
    project.schemas["ships"]["properties"]["imo"] = {"type": "number"}


def without_flag(project: Project) -> None:
    ship = schema_of_calls(project)["ship"]
    del ship["properties"]["flag"]
    ship["required"] = ["imo"]
    for call in project.records["calls"]:
        del call["ship"]["flag"]


def with_goods(project: Project) -> None:
    schema_of_calls(project)["cargo"]["items"]["properties"]["origin"] = STRING
    for call in project.records["calls"]:
        for goods in call["cargo"]:
            goods["origin"] = "inland"


def reversed_ships(project: Project) -> None:
    project.records["ships"].reverse()


def described(project: Project) -> None:
    project.schemas["ships"]["title"] = "Ships that called"


def another_seed(project: Project) -> None:
    project.configure('seed = "v1"', 'seed = "v2"')


def another_key(project: Project) -> None:
    project.configure('key = ["call_id"]', 'key = ["call_id", "berth"]')


def without_notes(project: Project) -> None:
    begin, end = (
        project.text.index("[tool.dataset-packager.tables.notes]"),
        project.text.index("[tool.dataset-packager.views"),
    )
    project.text = project.text[:begin] + project.text[end:]


def other_view(project: Project) -> None:
    project.records["calls"].append({**project.records["calls"][0], "call_id": "c999"})


BUMPS: dict[str, tuple[Callable[[Project], None], str, dict[str, Any]]] = {
    "a column of another type": (
        as_number,
        "major",
        {
            "columns": {
                "added": [],
                "removed": [],
                "changed": [{"column": "ship.imo", "old": "int64", "new": "double"}],
                "extended": [],
            }
        },
    ),
    "a member of a struct removed": (
        without_flag,
        "major",
        {
            "columns": {
                "added": [],
                "removed": [{"column": "ship.flag", "type": "string"}],
                "changed": [],
                "extended": [],
            }
        },
    ),
    "a member in a list added": (
        with_goods,
        "minor",
        {
            "columns": {
                "added": [{"column": "cargo[].origin", "type": "string"}],
                "removed": [],
                "changed": [],
                "extended": [],
            },
            "rows": {"added": 0, "removed": 0, "changed": 0, "moved": 0},
        },
    ),
    "rows dealt anew": (another_seed, "major", {"rows": {"added": 0, "removed": 0, "changed": 0, "moved": 67}}),
    "another key": (another_key, "major", {"key_changed": True}),
    "a row added that changes a row of a view": (other_view, "minor", {}),
}


@pytest.mark.parametrize("case", BUMPS)
def test_the_bump_follows_from_what_changed_in_a_table(
    case: str, sound: Path, harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, bump, expected = BUMPS[case]
    change(harbour)
    value = told(sound, harbour.build(tmp_path / "dist"), capsys)
    assert value["bump"] == bump
    found = part(value, "calls")
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("change", "documents"), [(reversed_ships, []), (described, ["schema/ships.schema.json"])])
def test_the_same_rows_written_anew_are_a_patch(
    change: Callable[[Project], None],
    documents: list[str],
    sound: Path,
    harbour: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(harbour)
    value = told(sound, harbour.build(tmp_path / "dist"), capsys)
    assert (value["bump"], value["configs"], value["rewritten"]) == ("patch", [], True)
    assert [name for name in value["documents"] if name != "DATASHEET.md"] == documents


def test_a_table_that_comes_is_minor_and_one_that_goes_is_major(sound: Path, harbour: Project, tmp_path: Path) -> None:
    without_notes(harbour)
    less = harbour.build(tmp_path / "dist")
    assert compare(sound, less).bump == "major"
    assert compare(less, sound).bump == "minor"
    assert [(one.name, one.status, one.rows.added) for one in compare(less, sound).configs] == [("notes", "added", 4)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("1.2.3", "1.2.3", "none"), ("1.2.3", "1.2.4", "patch"), ("1.2.3", "1.3.0", "minor"), ("1.2.3", "2.0.0", "major"),
     ("1.2.3", "1.1.9", "none")],
)  # fmt: skip
def test_versions_lie_a_step_apart(old: str, new: str, expected: str) -> None:
    assert step(old, new) == expected
    assert new in (bumped(old, expected), "1.1.9")


@pytest.mark.parametrize(
    ("old", "new", "expected", "fits"),
    [("0.1.0", "0.2.0", "0.2.0", True), ("0.1.0", "0.1.1", "0.2.0", False), ("1.1.0", "1.2.0", "2.0.0", False)],
)
def test_before_the_first_major_version_a_breaking_change_raises_the_minor_number(
    old: str, new: str, expected: str, fits: bool
) -> None:
    gone = ConfigChanges("ships", is_view=False, status="removed")
    changes = Changes("harbour", old, new, "2026-04-01", (gone,), (), rewritten=True)
    assert (changes.bump, changes.next_version, changes.fits) == ("major", expected, fits)


@pytest.mark.parametrize(
    ("version", "warned"),
    [("1.0.0", "but the difference is minor (ships: 1 row added): make it 1.1.0"), ("1.0.1", "make it 1.1.0"),
     ("1.1.0", None), ("2.0.0", None)],
)  # fmt: skip
def test_a_build_warns_of_a_version_that_does_not_fit(
    version: str, warned: str | None, harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harbour.build(tmp_path / "dist")
    harbour.records["ships"].append({"imo": 9000099, "name": "New"})
    harbour.configure('version = "1.0.0"', f'version = "{version}"')
    capsys.readouterr()
    harbour.build(tmp_path / "dist")
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: version")]
    assert bool(warnings) is (warned is not None)
    assert not warned or warned in warnings[0]


def test_a_former_release_that_is_damaged_does_not_stop_a_build(
    harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    former = harbour.build(tmp_path / "dist")
    for shard in (former / "data").rglob("*.parquet"):
        shard.write_bytes(b"PAR1")
    harbour.build(tmp_path / "dist")
    assert "the former release can't be compared" in capsys.readouterr().err


def test_diff_of_a_folder_without_a_release_is_a_wrong_call(sound: Path, tmp_path: Path) -> None:
    assert main(["diff", str(sound), str(tmp_path)]) == 2
