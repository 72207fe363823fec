"""Whatever happens to input on its way: every line is in the release, in the rejected file, or named in a finding."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_packager.base.console import Reporter
from dataset_packager.base.findings import DataFindings, Finding
from dataset_packager.build import Options, build
from dataset_packager.project.read_config import load_config

from .conftest import NAME, make_project

ROWS = [
    json.dumps({"id": number, "what": f"row {number} \u00e4\u4e16 {'x' * number}"}, ensure_ascii=False)
    for number in range(8)
]
PLAIN = "\n".join(ROWS).encode()


class Listener(Reporter):
    """It takes down what the build tells instead of printing it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Finding] = []
        self.counts: dict[str, int] = {}

    def say(self, message: str) -> None:
        """Keep quiet."""

    def findings(self, findings: Any, *_: object) -> None:
        self.told = list(findings)

    def summary(self, tables: dict[str, dict[str, int]], *_: object) -> None:
        self.counts = tables["seen"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return lines of records after some accidents."""
    data = bytearray(PLAIN)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        until = min(len(data), at + draw(st.integers(1, 40)))
        match draw(st.sampled_from(["flip", "cut", "double", "insert", "truncate"])):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:until]
            case "double":
                data[at:at] = data[at:until]
            case "insert":
                data[at:at] = draw(
                    st.sampled_from([b"\n", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff", b'"', b"}", b"[[", b"\\u0000"])
                )
            case _:
                del data[at:]
    return bytes(data)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=st.lists(damaged(), min_size=1, max_size=3), packed=st.booleans(), cut=st.integers(0, 30))
def test_every_line_is_accounted_for(files: list[bytes], packed: bool, cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        (project / "data/seen.jsonl").unlink()
        configuration = project / "pyproject.toml"
        text = configuration.read_text("utf-8").replace('key = ["id"]', "").replace("*.jsonl", "*")
        configuration.write_text(text.replace("released =", "shard_input_bytes = 200\nreleased ="), "utf-8")
        lines: dict[tuple[str, int], bytes] = {}
        broken = set()
        for number, data in enumerate(files):
            name = f"data/{number}.jsonl" + (".gz" if packed else "")
            stored = gzip.compress(data, mtime=0) if packed else data
            if packed and cut and number == 0:
                stored, broken = stored[:-cut], {name}
            (project / name).write_bytes(stored)
            parts = enumerate(data.split(b"\n"), 1)
            lines |= {(name, line): part for line, part in parts if part.strip(b" \t\r\n")}
        check(project, Path(folder) / "out", lines, broken)


def check(project: Path, out: Path, lines: dict[tuple[str, int], bytes], broken: set[str]) -> None:
    listener = Listener()
    try:
        build(load_config(project), Options(out, workers=1, quarantine=True), listener)
    except DataFindings:
        named = {finding.file for finding in listener.told}
        assert named, "it stopped and named nothing"
        assert broken <= named or not lines
        assert not (out / NAME).exists()
        assert (
            not listener.counts or listener.counts["read"] == listener.counts["accepted"] + listener.counts["rejected"]
        )
        if not broken and all(finding.line for finding in listener.told):  # else a file is of another kind
            assert listener.counts["read"] == len(lines)
        return
    assert not broken
    rows = pq.read_table(out / NAME / "data/seen").to_pylist()
    rejected = out / f"{NAME}.rejected.jsonl"
    kept = [json.loads(line) for line in rejected.read_text("utf-8").splitlines()] if rejected.exists() else []
    accepted = {(row["provenance"]["file"], row["provenance"]["line"]): row for row in rows}
    refused = {(row["file"], row["line"]): row for row in kept}
    assert len(accepted) + len(refused) == len(rows) + len(kept) == len(lines)
    assert accepted.keys() | refused.keys() == lines.keys()
    for place, row in accepted.items():
        assert {name: row[name] for name in ("id", "what")} == json.loads(lines[place])
    for place, row in refused.items():
        assert (base64.b64decode(row["base64"]) if "base64" in row else row["record"].encode()) == lines[place]
        assert row["findings"]
    assert {(finding.file, finding.line) for finding in listener.told} == refused.keys()
    shutil.rmtree(out)
