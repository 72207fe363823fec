"""Nothing that comes in breaks the reader, the configuration or the escaping: random bytes, and cases.

``found/TARGET/`` keeps what ever broke a target, found by ``make fuzz`` or by people.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .grammars import footers, layouts, queries
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

FOUND = sorted(path for path in (Path(__file__).parent / "found").glob("*/*"))
BY_NAME = {target.__name__: target for target in TARGETS}
PIECES = [
    '{"a": 1, "b": [true, null]}', "[", "]", "{", "}", ":", ",", '"', "\\u0000", "\\ud800", "1e400", "-0", "0.1", "\n",
    "9" * 25, "NaN", "\x00", "\x1b[31m", "\u202e", "\ufeff", "`", "``", "|", "<!--", "<b>", "&amp;", "# ", "- ", "1. ",
    "](x)", "*", "_", "~~", "$", ":---", "https://a.b", "@x", "a[].b", '"a.b"', "..", "[]", "---\n", "&a ", "*a", "!!",
    "[project]\n", 'name = "x"\n', 'version = "1.0.0"\n', "[tool.dataset-packager]\n", 'released = "2026-01-01"\n',
    "[tool.dataset-packager.tables.t]\n", 'schema = "s.json"\n', 'records = ["*.jsonl"]\n', 'key = ["a[].b"]\n',
    "splits = { train = 1.0, group_by = ['a'] }\n", "x = 1\n", "= ", "a" * 64, "  data/x\n", "%0A", "%", "\r",
]  # fmt: skip
BYTES = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)


CHOSEN = (layouts, footers, queries)
"""Targets whose bytes are choices."""


@pytest.mark.parametrize("target", [each for each in TARGETS if each not in CHOSEN], ids=lambda target: target.__name__)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=BYTES | st.binary(max_size=60))
def test_any_bytes(target: Callable[[bytes], None], data: bytes) -> None:
    target(data)


@pytest.mark.parametrize(("target", "examples"), [(layouts, 60), (footers, 60), (queries, 15)])
def test_what_bytes_choose_from_a_grammar(target: Callable[[bytes], None], examples: int) -> None:
    draw = random.Random(16)  # noqa: S311 - no secret
    for _ in range(examples):
        target(draw.randbytes(draw.randint(1, 60)))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_broke_a_target_no_longer_does(path: Path) -> None:
    BY_NAME[path.parent.name](path.read_bytes())
