"""The document on chats works as it is printed, and a template makes of a row what it makes of the record itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from conftest import PACKAGER, ran_well
from datasets import load_dataset
from documents_read import Reader, blocks, commands

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import CommandLine


def test_chats_go_from_lines_into_a_template_as_printed_and_nothing_is_decoded_by_hand(
    tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (PACKAGER / "docs/chat.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path, cli)
    for _, block in blocks(text, "sh"):
        for command in commands(block):
            reader.type(command)
    ((_, code),) = blocks(text, "python")
    assert "loads" not in code
    names: dict[str, Any] = {}
    capfd.readouterr()
    exec(compile(code, "chat.md", "exec"), names)  # noqa: S102 - it is this project's own
    printed = capfd.readouterr().out
    assert '<call>forecast {"city": "Bergen", "days": 1}</call>' in printed
    assert "<image>Where is this?" in printed

    records = [json.loads(line) for line in (tmp_path / "chats.jsonl").read_text("utf-8").splitlines()]
    render = names["template"].render
    assert printed == "".join(render(messages=each["messages"], tools=each.get("tools")) + "\n" for each in records)
    loaded = load_dataset("dist/chats", split="train", cache_dir=str(tmp_path / "cache"))
    assert "".join(render(messages=row["messages"], tools=row["tools"]) + "\n" for row in loaded) == printed

    first, second = (block for _, block in blocks(text, "toml"))
    config = re.sub(r" {4}# .*", "", (tmp_path / "chats/pyproject.toml").read_text("utf-8"))
    assert set(first.splitlines()) <= set(config.splitlines())
    head, _, tail = config.partition(first.splitlines()[0])
    (tmp_path / "chats/pyproject.toml").write_text(f"{head}{second}\n[tool.{tail.partition('[tool.')[2]}", "utf-8")
    ran_well(cli("--project", "chats", "--out", "whole", "--verify", "full"))
    whole = load_dataset("whole/chats", split="train", cache_dir=str(tmp_path / "cache"))
    assert [row["messages"] for row in whole] == [each["messages"] for each in records]
    back = [json.loads(line) for line in cli("export", "whole/chats", "chats").out.splitlines()]
    assert back == records
