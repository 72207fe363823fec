"""A browser, pages in it that note all that they ask for, and a project whose values try to be more than text."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dataset_packager.cli import main

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PROJECT = """
[project]
name = "rumours"
version = "1.0.0"
description = "<b>Rumours</b> & 'denials'"

[tool.dataset-packager]
released = "2026-03-01"

[tool.dataset-packager.tables.people]
schema = "schema/people.schema.json"
records = ["data/people.jsonl"]
key = ["person"]

[tool.dataset-packager.tables.rumours]
schema = "schema/rumours.schema.json"
records = ["data/rumours.jsonl"]
key = ["rumour"]
references = [{ columns = ["who"], table = "people", key = ["person"] },
              { columns = ["hands[].who"], table = "people", key = ["person"] },
              { columns = ["about"], table = "rumours", key = ["rumour"] }]

[tool.dataset-packager.report.labels]
people = "name"
rumours = ["title", "rumour"]

[[tool.dataset-packager.report.timelines]]
title = "When"
table = "rumours"
date = "day"
certainty = "kind"
counted = { table = "rumours", refers = "about", by = "who" }
picture = "when"

[[tool.dataset-packager.report.chains]]
title = "Hands"
table = "rumours"
details = ["text"]
step = { column = "hands[]", agent = "who", kind = "did" }
changes = { table = "changes", of = "rumour", step = "step", kind = "kind", text = "text" }
picture = "hands"

[[tool.dataset-packager.report.comparisons]]
title = "Side by side"
table = "rumours"
group = "kind"
by = "who"
figures = { column = "figures[]", text = "measures", low = "low", high = "high", unit = "unit" }
picture = "figures"
drawn = "<i>kind</i>"

[[tool.dataset-packager.report.counts]]
title = "How many"
table = "rumours"
rows = "kind"
columns = "who"
picture = "many"

[[tool.dataset-packager.report.browsers]]
title = "All rumours"
table = "rumours"
text = "text"
filters = ["kind", "tags[]", "who"]
details = ["day"]
figures = { column = "figures[]", text = "measures", low = "low", high = "high", unit = "unit" }
locator = "at"

[tool.dataset-packager.tables.changes]
schema = "schema/changes.schema.json"
records = ["data/changes.jsonl"]
key = ["change"]
"""
ATTACKS = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    '"><svg onload="window.hit = 1">',
    "'; window.hit = 1; //",
    "{{ 7 * 7 }} {% raw %}",
    "</style><style>body { display: none }</style>",
    "</title><script src='http://127.0.0.1:9/x.js'></script>",
    "javascript:window.hit=1",
    "line\u2028separator and \u202eright to left",
    "a null \u0000 and a bell \u0007",
    "]]><!--",
    "&lt;b&gt; is &amp; stays",
)
TEXT = {"type": "string"}
FIGURE = {"type": "object", "properties": {"measures": TEXT, "low": {"type": ["number", "null"]},
                                           "high": {"type": ["number", "null"]}, "unit": TEXT}}  # fmt: skip
SCHEMAS: dict[str, dict[str, Any]] = {
    "people": {"person": TEXT, "name": {"type": "string", "description": ATTACKS[0]}},
    "changes": {"change": TEXT, "rumour": TEXT, "step": {"type": "integer"}, "kind": TEXT, "text": TEXT},
    "rumours": {
        "rumour": TEXT, "title": {"type": ["string", "null"]}, "text": TEXT, "who": TEXT, "kind": TEXT, "day": TEXT,
        "about": {"type": ["string", "null"]}, "tags": {"type": "array", "items": TEXT},
        "hands": {"type": "array", "items": {"type": "object", "properties": {"who": TEXT, "did": TEXT}}},
        "figures": {"type": "array", "items": FIGURE},
        "at": {"type": "object", "properties": {"start": {"type": "integer"}, "sha256": TEXT}},
    },
}  # fmt: skip


def records() -> dict[str, list[dict[str, Any]]]:
    """Return records of which every text is an attack; keys are attacks too."""
    people = [{"person": f"p{number} {attack}", "name": attack} for number, attack in enumerate(ATTACKS)]
    rumours = [
        {
            "rumour": f"r{number}/#? {attack}", "title": attack if number % 2 else None, "text": attack,
            "who": people[number]["person"], "kind": "<i>kind</i>" if number % 3 else attack,
            "day": ("2022-09-12", "2022-09", "not a day", "2025-07~")[number % 4],
            "about": f"r0/#? {ATTACKS[0]}", "tags": [attack, ATTACKS[0]][: number % 3],
            "hands": [{"who": people[number]["person"], "did": attack}, {"who": people[0]["person"], "did": "kept"}],
            "figures": [
                {"measures": attack, "low": number, "high": None if number % 2 else number + 3, "unit": attack}
            ],
            "at": {"start": number, "sha256": attack},
        }
        for number, attack in enumerate(ATTACKS)
    ]  # fmt: skip
    changes = [
        {"change": f"c{number}", "rumour": rumour["rumour"], "step": 1, "kind": rumour["kind"], "text": rumour["text"]}
        for number, rumour in enumerate(rumours)
    ]
    return {"people": people, "rumours": rumours, "changes": changes}


def write_project(folder: Path, tables: dict[str, list[dict[str, Any]]], document: str = PROJECT) -> Path:
    """Lay out a project of these records, with the schemas above."""
    (folder / "schema").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pyproject.toml").write_text(document, "utf-8")
    for name, properties in SCHEMAS.items():
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        (folder / f"schema/{name}.schema.json").write_text(json.dumps(schema), "utf-8")
        lines = "".join(json.dumps(record) + "\n" for record in tables[name])
        (folder / f"data/{name}.jsonl").write_text(lines, "utf-8")
    return folder


def built(project: Path, out: Path, *words: str) -> Path:
    """Build a project and return its release."""
    assert main(["--project", str(project), "--out", str(out), "--workers", "1", *words]) == 0
    return next(path for path in out.iterdir() if not path.name.startswith(".") and path.is_dir())


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    return built(write_project(folder / "project", records()), folder / "dist")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"no {CHROMIUM[0]} on PATH: install it (apt-get install chromium) to see the report in a browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """What pages share that need nothing special; while the empty one is open, a renderer serves one after another."""
    context = browser.new_context()
    context.new_page()
    return context


@dataclass
class Seen:
    """A page that was opened, what it said on the console, and what it asked for."""

    page: Page
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def look(browser: Browser, context: BrowserContext) -> Iterator[Callable[..., Seen]]:
    """Open an address in a page of its own; whatever the test does, the page must stay silent and fetch nothing."""
    opened: list[Seen] = []

    def look(address: str, **special: Any) -> Seen:
        page = browser.new_page(**special) if special else context.new_page()
        seen = Seen(page)
        page.on("console", lambda message: seen.told.append(message.text))
        page.on("pageerror", lambda error: seen.told.append(str(error)))
        page.on("request", lambda request: seen.asked.append(request.url))
        page.goto(address)
        opened.append(seen)
        return seen

    yield look
    for seen in opened:
        seen.page.close()
        assert seen.told == []
        assert [address.partition("#")[0] for address in seen.asked] == [seen.asked[0].partition("#")[0]]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that it has in the standard library
        pass


@pytest.fixture
def served(release: Path) -> Iterator[str]:
    """The release over loopback, as a web server gives it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(release)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
