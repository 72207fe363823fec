"""Targets whose bytes choose from a grammar: layouts of folders, footers of Parquet, queries of views."""

from __future__ import annotations

import fnmatch
import functools
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.project.config import Limits
from dataset_packager.records.files import Walk, is_named_by
from dataset_packager.records.pieces import Scan, scan
from dataset_packager.records.reader import read_records
from dataset_packager.release.release_files import Release
from dataset_packager.release.view_query import checked_query

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS = Limits(line_bytes=100_000, depth=128, expansion=1000)


class Draw:
    """Choices, a byte for each; when there are no more bytes, always the first."""

    def __init__(self, data: bytes) -> None:
        self._bytes = iter(data)

    def number(self) -> int:
        return next(self._bytes, 0)

    def choice(self, choices: Sequence[Any]) -> Any:
        return choices[self.number() % len(choices)]


FOLDERS = (
    "a", "b.d", ".h", "[1]", "a*", "\u00e9", " x", "x\ny", "--", "\u2028", "%20", "$HOME", "~",
)  # fmt: skip
FILES = (
    "a.jsonl", "A.jsonl", ".c.jsonl", "[1].jsonl", "d?.jsonl", "a.txt", "\u2028.jsonl", "-r.jsonl", "a.jsonl.gz", "*",
)  # fmt: skip
KINDS = ("file", "file", "file", "file", "to a file", "to nothing", "to a folder", "outside", "pipe")
PATTERNS = (
    "**/*.jsonl", "*.jsonl", "*/*.jsonl", "**", "*/**/*", "[[]1]/*", "a/*.jsonl", "**/.*", "?*/[!a]*", "**/.h/*",
    "a/**/**/*", "*/*/*.jsonl", "**/[[]1].jsonl", "a[*]/**", "**/*.jsonl*", "[a-z]/*", "*\u2028*", "**/%20/*",
)  # fmt: skip


def layouts(data: bytes) -> None:
    """A pattern names the files that it says, whatever lies around them; what can't be read is refused."""
    draw = Draw(data)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        odd = [_lay(draw, project, Path(folder)) for _ in range(draw.number() % 12)]
        pattern = draw.choice(PATTERNS)
        try:
            found = set(Walk(project).files(pattern))
        except SetupError:
            assert any(odd), "nothing is wrong with files and folders"
            return
        walked = [Path(top, name) for top, _, names in os.walk(project) for name in names]
        real = {path.relative_to(project).as_posix() for path in walked if path.is_file() and not path.is_symlink()}
        assert {name for name in real if matches(pattern.split("/"), name.split("/"))} <= found
        assert all((project / name).is_file() and is_named_by(pattern, name) for name in found)
        assert all((project / name).resolve().is_relative_to(project.resolve()) for name in found)


def _lay(draw: Draw, project: Path, outside: Path) -> bool:
    """Put something into a project, unless it is there already, and say whether it is other than a file."""
    folder = project.joinpath(*(draw.choice(FOLDERS) for _ in range(draw.number() % 3)))
    path, kind = folder / draw.choice(FILES), draw.choice(KINDS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "file":
            path.write_bytes(b"{}\n")
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            aims = {"to a file": "a.jsonl", "to nothing": "gone", "to a folder": project, "outside": outside}
            path.symlink_to(aims[kind])
    except OSError:  # something stands there already
        return True
    return bool(kind != "file")


def matches(pattern: list[str], name: list[str]) -> bool:
    """Say whether a pattern names a path: as documented, written down in another way than the program's."""
    if not pattern or not name:
        return not pattern and not name
    want, part = pattern[0], name[0]
    if want == "**":
        deeper = not part.startswith(".") and len(name) > 1 and matches(pattern, name[1:])
        return deeper or matches(pattern[1:] or ["*"], name)
    fits = fnmatch.fnmatchcase(part, want) and (want.startswith(".") or not part.startswith("."))
    return fits and matches(pattern[1:], name[1:])


@functools.cache
def _shard() -> tuple[bytes, int]:
    """Return a Parquet file with columns of many kinds, and where its footer begins."""
    table = pa.table({
        "id": list(range(40)), "text": [f"x{n % 5}" for n in range(40)], "list": [[n, None] for n in range(40)],
        "o": [{"a": n / 4, "b": {"c": None if n % 2 else "y"}} for n in range(40)],
        "flag": [n % 2 == 0 for n in range(40)],
    })  # fmt: skip
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, table.schema, write_page_index=True) as writer:
        writer.write_table(table, row_group_size=16)
        writer.add_key_value_metadata({b"provenance": b'{"rows": 40}'})
    data = sink.getvalue()
    return data, len(data) - 8 - int.from_bytes(data[-8:-4], "little")


def footers(data: bytes) -> None:
    """A footer in which bytes are others, or one too many or few, is read or is a finding."""
    draw, (whole, begin) = Draw(data), _shard()
    footer = bytearray(whole[begin:-8])
    for _ in range(1 + draw.number() % 4):
        at, how = (draw.number() * 256 + draw.number()) % len(footer), draw.number()
        if how % 4 == 0:
            del footer[at]
        elif how % 4 == 1:
            footer.insert(at, draw.number())
        else:
            footer[at] ^= 1 << how % 8
    with tempfile.TemporaryDirectory() as folder:
        name = "x.parquet"
        (Path(folder) / name).write_bytes(whole[:begin] + footer + len(footer).to_bytes(4, "little") + b"PAR1")
        for piece in scan(Scan(Path(folder), name, 10**6)).pieces:
            list(read_records(Path(folder), piece, LIMITS))
        try:
            Release(Path(folder), Path(folder)).footer(name)
        except DataFindings:
            return


CALLS = (
    "sum({0})", "list({0} ORDER BY {0})", "{0} + {1}", "{0} || {1}", "now()", "random()", "current_date", "age({0})",
    "strftime({1}, '%Y')", "CAST({0} AS {2})", "TRY_CAST({0} AS {2})", "list_transform([{0}], lambda x: {1})",
    "hash({0})", "row_number() OVER (ORDER BY {0})", "(SELECT max({0}) FROM t)", "CASE WHEN {0} IS NULL THEN {1} END",
    "[{0}, {1}]", "struct_pack(a := {0})", "map([{1}], [{0}])", "to_json({0})", "json_extract({1}, '$.a')",
    "first({0} ORDER BY {1})", "uuid()", "getenv('HOME')", "current_setting('TimeZone')", "coalesce({0}, {1})",
    "extract('hour' FROM {1})", "list_aggregate([{0}], 'sum')", "{0} IN (SELECT id FROM t)", "\"now\"()",
    "main.random()", "approx_quantile({0}, 0.5)", "unnest([{0}, {1}])", "md5({1})", "error({1})", "repeat({1}, 3)",
    "query('SELECT 1')", "nextval('s')", "version()",
)  # fmt: skip
LEAVES = (
    "id", "s", "NULL", "1", "'2020-03-08 02:30'", "TIMESTAMPTZ '2020-03-08 02:30'", "0.1", "'{\"a\": 1}'", "t.s",
    "ts",
)  # fmt: skip
SOURCES = (
    "t", "t JOIN t u USING (id)", "range(3) r(id), t", "(SELECT * FROM t ORDER BY s) t", "t USING SAMPLE 2",
    "duckdb_settings()", "read_csv('/etc/passwd')", "'/etc/passwd'", "(VALUES (1, 'x', NULL)) t(id, s, ts)",
)  # fmt: skip
FRAMES = (
    "SELECT {0} AS v FROM {1}", "SELECT {0} AS v FROM {1} ORDER BY 1", "WITH w AS (SELECT {0} AS v FROM {1}) FROM w",
    "SELECT {0} AS v FROM {1} UNION ALL SELECT {0} FROM {1}", "SELECT DISTINCT {0} AS v FROM {1}", "{0}",
    "SELECT {0} AS v FROM {1} GROUP BY ALL", "CREATE TABLE x AS SELECT {0} FROM {1}", "SELECT {0} FROM {1}; SELECT 1",
    "SELECT {0} AS v -- {1}\nFROM t", "SELECT '{1}' || {0} AS v FROM t",
)  # fmt: skip
TYPES = ("VARCHAR", "DATE", "TIMESTAMPTZ", "JSON", "INTEGER[]", "TIME")


def query(draw: Draw, depth: int = 3) -> str:
    """Return an expression of SQL."""
    if not depth or draw.number() % 3 == 0:
        return str(draw.choice(LEAVES))
    call = draw.choice(CALLS)
    return str(call.format(query(draw, depth - 1), query(draw, depth - 1), draw.choice(TYPES)))


def queries(data: bytes) -> None:
    """A query is refused, or gives the same rows at another time, and reads nothing but its table."""
    draw = Draw(data)
    sql = draw.choice(FRAMES).format(query(draw), draw.choice(SOURCES))
    try:
        checked = checked_query("v.sql", sql, ["id", "s", "ts"], ["t"])
    except SetupError:
        return
    one, two = _rows(checked), _rows(checked)
    assert one == two
    assert "root:" not in one


def _rows(sql: str) -> str:
    """Return the rows of a query, sorted, or the kind of its error."""
    with duckdb.connect(config={"threads": "1"}) as database:
        database.execute(
            "CREATE TABLE t AS SELECT i AS id, 'x' || i AS s, TIMESTAMP '2020-03-08' AS ts FROM range(5) r(i)"
        )
        database.execute("SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true")
        try:
            return repr(sorted(map(repr, database.execute(sql).fetchall())))
        except duckdb.Error as error:
            return type(error).__name__
