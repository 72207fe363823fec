"""Records and configuration from strangers: bounded time and memory, a finding or a set-up error, nothing fetched.

Each case runs in a process without a network, under a limit of time, and says how much memory it may have taken.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from .conftest import NAME, SCHEMA, Ended, Forks
from .whole import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 20  # for what takes one or two on a quiet machine
MEMORY = 900_000_000  # bytes; a small build takes 180 million
DEEP = 100_000
MANY = 1_000_000

GOOD = b'{"id": 1, "what": "a"}\n'


def build(forks: Forks, project: Path, *words: str, **request: object) -> Ended:
    out = project.parent / "out"
    before = names(project.parent)
    ended = forks("--project", project, "--out", out, "--workers", "1", *words, seconds=SECONDS, **request)
    assert ended.code in (0, 1, 2, 3), ended
    assert ended.memory < MEMORY
    assert "Traceback" not in ended.err
    assert all(character.isprintable() or character == "\n" for character in ended.out + ended.err)
    assert names(project.parent) - before <= {"out"}
    if ended.code:
        assert not (out / NAME).exists()
    return ended


def bend(project: Path, old: str, new: str) -> None:
    """Replace something in the project's configuration."""
    file = project / "pyproject.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def any_value(project: Path) -> None:
    """Let the project's records be anything."""
    (project / "schema/seen.schema.json").write_text('{"type": "object"}', "utf-8")
    bend(project, 'key = ["id"]', "")


RECORDS: dict[str, tuple[Callable[[], bytes], str]] = {  # made where they are wanted: they are large
    "a line of 200 MB": (lambda: b'{"id": 1, "what": "%s"}' % (b"x" * 200_000_000), "too-large"),
    "nested 100,000 deep": (lambda: b"[" * DEEP + b"]" * DEEP, "too-deep"),
    "objects 100,000 deep": (lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP, "too-deep"),
    "an integer of a million digits": (lambda: b'{"id": %s, "what": "x"}' % (b"9" * MANY), "range"),
    "an exponent of twelve digits": (lambda: b'{"id": 1e999999999999, "what": "x"}', "range"),
    "a million unknown names": (
        lambda: b'{"id":1,"what":"x",' + b",".join(b'"n%d":1' % n for n in range(MANY)) + b"}",
        "additionalProperties",
    ),
    "one name a million times": (
        lambda: b'{"id":1,"what":"x",' + b",".join([b'"n":1'] * MANY) + b"}",
        "duplicate-name",
    ),
    "half a surrogate pair": (lambda: b'{"id": 1, "what": "\\ud800"}', "encoding"),
    "terminal escapes": (lambda: b'{"id": "\\u001b]0;title\\u0007", "what": "\x1b[31m"}', "json"),
    "terminal escapes in names": (lambda: b'{"\\u001b[2J\\u202e": 1}', "additionalProperties"),
    "bytes that are nothing": (lambda: bytes(range(256)).replace(b"\n", b""), "encoding"),
    "five thousand wrong lines": (lambda: b"x\n" * 5_000, "json"),
}


@pytest.mark.parametrize("case", RECORDS)
def test_hostile_records_are_findings(case: str, forks: Forks, small: Path) -> None:
    data, code = RECORDS[case]
    (small / "data/seen.jsonl").write_bytes(GOOD + data())
    ended = build(forks, small)
    assert ended.code == 1
    assert "data/seen.jsonl:2: $" in ended.out
    assert f"[{code}]" in ended.out
    assert len(ended.out) < 50_000


def compressed(path: Path, kind: str, blocks: list[bytes]) -> None:
    with pa.output_stream(path, compression=kind) as stream:
        for block in blocks:
            stream.write(block)


@pytest.mark.parametrize(
    ("name", "kind", "filler", "megabytes"),
    [
        ("x.jsonl.gz", "gzip", b"x", 300),
        ("x.jsonl.gz", "gzip", b"\n", 30),
        ("x.jsonl.zst", "zstd", b" ", 300),
        ("x.json.zst", "zstd", b" ", 300),
    ],
)
def test_a_bomb_is_a_finding(name: str, kind: str, filler: bytes, megabytes: int, forks: Forks, small: Path) -> None:
    bend(small, "*.jsonl", "*")
    bend(small, "released =", "max_expansion = 500\nreleased =")
    compressed(small / "data" / name, kind, [b"["] + [filler * 1_000_000] * megabytes)
    ended = build(forks, small, "--quarantine")
    assert ended.code == 1
    assert f"data/{name}: $: [too-large]" in ended.out


def test_an_array_without_end_is_a_finding(forks: Forks, small: Path) -> None:
    bend(small, "*.jsonl", "*")
    (small / "data/x.json").write_bytes(b'[{"id": 1, "what": "a"}, ' + b"[" * 20_000_000)
    ended = build(forks, small, "--quarantine")
    assert ended.code == 1
    assert "data/x.json: $: [too-deep] element 2" in ended.out
    assert "what stands behind it was not read" in ended.out


PATTERNS = [
    r"^(a+)+$",
    r"^(a|aa)+\1$",
    r"^(?=(a+)+b)",
    r"(a{500}){500}",
    r"(.*.*.*.*.*.*)*x\1",
    "^(?:a?){3000}a{3000}$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_that_could_backtrack_for_ever_ends(pattern: str, forks: Forks, small: Path) -> None:
    schema = SCHEMA | {"properties": {"id": {"type": "integer"}, "what": {"type": "string", "pattern": pattern}}}
    (small / "schema/seen.schema.json").write_text(json.dumps(schema), "utf-8")
    (small / "data/seen.jsonl").write_bytes(b'{"id": 1, "what": "%s!"}\n' % (b"a" * 30_000))
    ended = build(forks, small)
    assert ended.code in (1, 2)
    assert "[pattern]" in ended.out or "pattern" in ended.err


def doubled(keyword: str) -> dict[str, object]:
    """Return a schema that applies the same definition 2^30 times."""
    defined: dict[str, object] = {"a0": {"type": ["object", "string"]}}
    defined |= {f"a{n}": {keyword: [{"$ref": f"#/$defs/a{n - 1}"}] * 2} for n in range(1, 31)}
    return SCHEMA | {"$defs": defined, "allOf": [{"$ref": "#/$defs/a30"}]}


SCHEMAS: dict[str, tuple[object, str]] = {
    "that multiplies allOf": (doubled("allOf"), "more than 100,000 subschemas"),
    "that multiplies anyOf": (doubled("anyOf"), "more than 100,000 subschemas"),
    "that is fetched": (SCHEMA | {"allOf": [{"$ref": "http://127.0.0.1:9/x.json"}]}, "nothing is ever fetched"),
    "that is a file elsewhere": (SCHEMA | {"allOf": [{"$ref": "file:///etc/passwd"}]}, "nothing is ever fetched"),
    "that leads out": (SCHEMA | {"allOf": [{"$ref": "../../../etc/passwd"}]}, "leads out of the folder schema/"),
    "that is absolute": (SCHEMA | {"allOf": [{"$ref": "/etc/passwd"}]}, "leads out of the folder schema/"),
    "in a draft to fetch": (SCHEMA | {"$schema": "http://127.0.0.1:9/meta"}, "no draft that is known"),
    "nested too deeply": ('{"not":' * DEEP + "true" + "}" * DEEP, "nested too deeply"),
    "with a number of 5,000 digits": ('{"type": "object", "maxProperties": %s}' % ("9" * 5000), "4300 digits"),
    "with half a character": (SCHEMA | {"title": "\ud800"}, "half of a surrogate pair"),
    "of 20 MB": ('{"type": "object", "title": "%s"}' % ("x" * 20_000_000), "longer than 16,777,216 bytes"),
    "whose patterns take all memory": (
        {"type": "object", "patternProperties": {"(?:a{1000}){500}" + "b" * n: {} for n in range(50)}},
        "bytes once compiled",
    ),
    "with a pattern of open parentheses": ({"pattern": "(" * 100_000}, "can't be compiled"),
    "with a pattern of open names": ({"pattern": r"(?<\k<\p{" * 20_000}, "can't be compiled"),
    "that only refers to itself": ({"$ref": "#"}, "known are value"),
}  # fmt: skip


@pytest.mark.parametrize("case", SCHEMAS)
def test_a_hostile_schema_is_a_set_up_error(case: str, forks: Forks, small: Path) -> None:
    schema, says = SCHEMAS[case]
    (small / "schema/seen.schema.json").write_text(schema if isinstance(schema, str) else json.dumps(schema), "utf-8")
    ended = build(forks, small)
    assert ended.code == 2, ended
    assert says in ended.err


def pipe(path: str) -> Callable[[Path], None]:
    def make(project: Path) -> None:
        (project / path).unlink(missing_ok=True)
        os.mkfifo(project / path)

    return make


def line(old: str, new: str) -> Callable[[Path], None]:
    return lambda project: bend(project, old, new)


def link(target: str, path: str) -> Callable[[Path], None]:
    def make(project: Path) -> None:
        (project / path).unlink(missing_ok=True)
        (project / path).symlink_to(target)

    return make


def no_text(project: Path) -> None:
    (project / os.fsdecode(b"data/\xff\x1b[31m.jsonl")).write_bytes(GOOD)


CONFIGURATIONS = {
    "a glob that leads up": (line('"data/', '"../data/'), "leads out of the project"),
    "a glob that leads up later": (line("*.jsonl", "../../x"), "leads out of the project"),
    "a glob from the root": (line("data/*.jsonl", "/etc/*"), "leads out of the project"),
    "a link out of the project": (link("/etc/passwd", "data/x.jsonl"), "a link that leads out"),
    "a schema that is a link out": (link("/dev/zero", "schema/seen.schema.json"), "must lie in the project's folder"),
    "a schema that is a pipe": (pipe("schema/seen.schema.json"), "no regular file"),
    "a configuration that is a pipe": (pipe("pyproject.toml"), "no regular file"),
    "a schema above the project": (line("schema/seen", "../schema/seen"), "without '..'"),
    "a table named ../x": (line("tables.seen", 'tables."../x"'), "does not match"),
    "a table with quotes": (line("tables.seen", "tables.'x\"; DROP TABLE y; --'"), "does not match"),
    "a dataset named ..": (line('name = "log"', 'name = ".."'), "must be letters"),
    "a dataset on two lines": (line('name = "log"', 'name = "log\\n"'), "must be letters"),
    "a version of other digits": (line('"1.0.0"', '"\u0661.0.0"'), "MAJOR.MINOR.PATCH"),
    "a version without end": (line('"1.0.0"', f'"{"1" * 5000}.0.0"'), "MAJOR.MINOR.PATCH"),
    "a description that is a number": (line('"What was seen"', "3"), "must be a string"),
    "authors that are text": (line("[project]", '[project]\nauthors = ["x"]'), "must be a list of tables"),
    "urls that are text": (line("[project]", '[project]\nurls = "x"'), "must be a table"),
    "a licence that is a number": (line("[project]", "[project]\nlicense = 3"), "must be a string"),
    "TOML nested too deeply": (line("released =", f"x = {'[' * DEEP}{']' * DEEP}\nreleased ="), "nested too deeply"),
    "an integer of 5,000 digits": (line("released =", f"max_depth = {'9' * 5000}\nreleased ="), "not TOML"),
    "a limit that is no number": (line("released =", "max_expansion = nan\nreleased ="), "max_expansion"),
    "a key that is no JSON": (line('["id"]', "['\"\\q\"']"), "no name of a column"),
    "a key with escapes": (line('["id"]', '["\\u001b[31m"]'), "no path of a column"),
    "a file name that is no text": (no_text, "the file's name is not UTF-8"),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_hostile_configuration_is_a_set_up_error(case: str, forks: Forks, small: Path) -> None:
    make, says = CONFIGURATIONS[case]
    (small / "data/seen.jsonl").write_bytes(GOOD)
    make(small)
    ended = build(forks, small)
    assert ended.code == 2, ended
    assert says in ended.err


@pytest.mark.parametrize("obstacle", [pipe("data/p.jsonl"), link("/", "data/root"), link("../data", "data/loop")])
def test_pipes_and_links_in_circles_among_the_records_are_refused(
    obstacle: Callable[[Path], None], forks: Forks, small: Path
) -> None:
    (small / "data/seen.jsonl").write_bytes(GOOD)
    bend(small, "data/*.jsonl", "data/**/*.jsonl")
    obstacle(small)
    assert build(forks, small).code == 2


VIEW = """
[tool.dataset-packager.views.shown]
query = "schema/shown.sql"
schema = "schema/shown.schema.json"
key = ["t"]
"""
QUERIES = {
    "SELECT content AS t FROM read_text('/etc/passwd')": "disabled by configuration",
    "SELECT t FROM read_csv('pyproject.toml') x(t)": "disabled by configuration",
    "SELECT * FROM glob('/*') x(t)": "disabled by configuration",
    "SELECT t FROM read_parquet('http://127.0.0.1:9/x.parquet')": "disabled by configuration",
    "SELECT t FROM sqlite_scan('/etc/passwd', 'x')": "sqlite_scan",
    "SELECT getenv('HOME') AS t": "getenv",
    "SELECT current_user AS t": "current_user",
    "SELECT sql AS t FROM sqlite_master": "sqlite_master",
    "SELECT value AS t FROM duckdb_settings()": "duckdb_settings",
    "SELECT pg_sleep(100)::VARCHAR AS t": "pg_sleep",
    "INSTALL httpfs": "one SELECT",
    "LOAD httpfs": "one SELECT",
    "ATTACH 'x.db'": "one SELECT",
    "COPY (SELECT 1) TO 'evil.csv'": "one SELECT",
    "SET memory_limit = '100GB'": "one SELECT",
    "SELECT 'x' AS t FROM query('COPY (SELECT 1) TO ''evil.csv''')": "query hides what it runs",
    "WITH RECURSIVE r(t) AS (SELECT '' UNION ALL SELECT t FROM r) SELECT t FROM r": "more than 1.0 seconds",
    "SELECT i::VARCHAR AS t FROM range(10000000000) x(i)": "more than 1.0 seconds",
    "SELECT count(*)::VARCHAR AS t FROM range(10000000) a, range(10000000) b": "more than 1.0 seconds",
    "SELECT list(i)::VARCHAR AS t FROM range(1000000000) x(i)": "Memory Error",
    "SELECT repeat('x', 10000000000) AS t": "maximum supported string size",
    f"SELECT {'(' * 5000}1{')' * 5000}::VARCHAR AS t": "depth limit",
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_hostile_view_is_a_set_up_error_that_names_it(query: str, forks: Forks, small: Path) -> None:
    (small / "data/seen.jsonl").write_bytes(GOOD)
    schema = {
        "type": "object",
        "required": ["t"],
        "properties": {"t": {"type": "string"}},
        "additionalProperties": False,
    }
    (small / "schema/shown.schema.json").write_text(json.dumps(schema), "utf-8")
    (small / "schema/shown.sql").write_text(query, "utf-8")
    with (small / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(VIEW)
    seconds = 1.0 if "seconds" in QUERIES[query] else 600.0  # a busy machine may be late at another limit
    bend(small, "released =", f"view_seconds = {seconds}\nview_disk_bytes = 100000000\nreleased =")
    ended = build(forks, small)
    assert ended.code == 2, ended
    assert ended.err.startswith("error: schema/shown.sql: ")
    assert QUERIES[query] in ended.err
