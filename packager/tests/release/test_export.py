import json
from pathlib import Path

import pytest
from harbour import CALLS, NOTES, SHIPS, Project
from verify.forging import shards

from dataset_packager.cli import main


def exported(release: Path, table: str, capfd: pytest.CaptureFixture[str]) -> list[str]:
    capfd.readouterr()
    assert main(["export", str(release), table]) == 0
    return capfd.readouterr().out.splitlines()


def test_records_come_back_across_splits_and_shards_in_their_order(
    sound: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert len(shards(sound, "calls", "train")) > 1
    assert shards(sound, "calls", "test")
    assert [json.loads(line) for line in exported(sound, "calls", capfd)] == CALLS
    assert [json.loads(line) for line in exported(sound, "ships", capfd)] == SHIPS


def test_digits_and_characters_come_back_as_they_were(sound: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert exported(sound, "notes", capfd) == [
        '{"text":"fog"}',
        '{"text":"ice ÿ 𝄞","weight":0.1}',
        '{"text":"fog"}',
        '{"weight":-1e+300,"n":1180591620717411303424}',
    ]
    assert json.loads(exported(sound, "notes", capfd)[3]) == NOTES[3]


def test_members_come_in_the_order_of_the_schema(harbour: Project, tmp_path: Path) -> None:
    harbour.records["ships"] = [dict(reversed(ship.items())) for ship in SHIPS]
    release = harbour.build(tmp_path / "dist")
    out = tmp_path / "ships.jsonl"
    assert main(["export", str(release), "ships", "--out", str(out)]) == 0
    assert out.read_text().splitlines()[0] == '{"imo":9000000,"name":"Ship 0"}'


def test_without_row_provenance_one_split_follows_the_other(
    harbour: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    harbour.configure("shard_input_bytes", "row_provenance = false\nshard_input_bytes")
    release = harbour.build(tmp_path / "dist", "--verify", "full")
    found = [json.loads(line) for line in exported(release, "calls", capfd)]
    assert found != CALLS
    assert sorted(found, key=lambda call: str(call["call_id"])) == CALLS


def test_a_view_is_exported_like_a_table(sound: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = exported(sound, "visits", capfd)
    assert sum(json.loads(line)["calls"] for line in lines) == len(CALLS)


@pytest.mark.parametrize(
    ("table", "code", "told"), [("call", 2, "did you mean 'calls'?"), ("ships", 1, "can't be read back")]
)
def test_what_cannot_be_exported_is_told(
    table: str, code: int, told: str, damaged: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shards(damaged, "ships")[0].write_bytes(b"PAR1")
    assert main(["export", str(damaged), table]) == code
    assert told in capfd.readouterr().err


def test_a_file_appears_whole_or_not_at_all(damaged: Path, tmp_path: Path) -> None:
    shards(damaged, "calls", "train")[-1].write_bytes(b"PAR1")
    assert main(["export", str(damaged), "calls", "--out", str(tmp_path / "calls.jsonl")]) == 1
    assert not list(tmp_path.glob("*calls.jsonl"))
