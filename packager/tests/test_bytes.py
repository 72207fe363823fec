"""What bytes follow from: the records, and no clock."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from conftest import PACKAGE

from dataset_packager.base.files import file_sha256
from dataset_packager.release.folder_digest import release_files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

CLOCKS = {"getpass", "random", "secrets", "socket", "time", "uuid"}


def hashes(release: Path) -> dict[str, str]:
    return {name: file_sha256(release / name) for name in release_files(release)}


def test_another_record_gives_other_bytes(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    former, now = tmp_path / "former", tmp_path / "now"
    assert cli("--project", project, "--out", former).code == 0
    file = project / "data/authors/authors.jsonl"
    file.write_text(file.read_text("utf-8").replace("George Eliot", "Mary Ann Evans"), "utf-8")
    assert cli("--project", project, "--out", now).code == 0
    authors, books = (f"tiny-library/data/{table}/train-00000-of-00001.parquet" for table in ("authors", "books"))
    assert file_sha256(former / authors) != file_sha256(now / authors)
    assert file_sha256(former / books) == file_sha256(now / books)


# What each module that may ask for the time does with it; none of it reaches a release.
ASKING = {
    "base/console.py": "prints how long a build took",
    "columns/loaded_digests.py": "tells how long reading took",
    "verify/__init__.py": "prints how long each check took",
    "verify/rows.py": "prints how long each check took",
    "verify/shard_rows.py": "prints how long each check took",
    "engines/dask.py": "waits for workers",
    "engines/local.py": "waits for workers",
    "records/decoder_process.py": "answers over a pair of sockets",
    "records/decoders.py": "asks over a pair of sockets",
    "stores/objects.py": "tells how old litter is",
    "shards/chunk_objects.py": "tells how old litter is",
    "release/destinations/objects.py": "tells how old litter is",
    "shards/withdrawn.py": "dates a withdrawal, in the author's file, on the day of the command",
}


def test_only_modules_that_print_wait_or_date_a_withdrawal_look_at_a_clock() -> None:
    asking = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            now = isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
            if now or any(name.split(".")[0] in CLOCKS for name in names):
                asking.add(path.relative_to(PACKAGE).as_posix())
    assert asking == set(ASKING)
