from __future__ import annotations

import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.release.bag import manifest, parse_manifest

if TYPE_CHECKING:
    from pathlib import Path

SEPARATORS = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]  # lines to Python, but not to a shell


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_a_manifest_is_read_as_sha256sum_reads_it(tmp_path: Path) -> None:
    names = [f"a{each}b.json" for each in (*SEPARATORS, "\\", "\\n", " ", "  ", "*", "\t")]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    hashes = dict.fromkeys(names, hashlib.sha256(b"").hexdigest())
    text = manifest(hashes)
    assert parse_manifest(text) == hashes
    ran = subprocess.run(["sha256sum", "-c", "--strict"], input=text.encode(), cwd=tmp_path, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("name", ["50%.json", "a\nb", "a\rb", "%0A"])
def test_a_name_that_bags_and_sha256sum_write_in_different_ways_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match="rename the file"):
        manifest({name: "0" * 64})
    with pytest.raises(ValueError, match="no line of a manifest"):
        parse_manifest(f"{'0' * 64}  {name}\n")


def test_an_empty_line_or_another_line_end_is_no_line_of_a_manifest() -> None:
    for end in ("\n\n", "\r\n", "\r"):
        with pytest.raises(ValueError, match="no line of a manifest"):
            parse_manifest(f"{'0' * 64}  a{end}")
    assert parse_manifest("") == {}
