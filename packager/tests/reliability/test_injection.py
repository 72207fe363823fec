"""Markdown, YAML, HTML and terminal escapes in names and values stay text in every document of a release."""

from __future__ import annotations

import json
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from dataset_packager.base.console import Reporter
from dataset_packager.build import Options, build
from dataset_packager.project.read_config import load_config

from .conftest import NAME, SCHEMA, make_project

NASTY = [
    "---\nconfigs: []\n---\n# x", "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>",
    "[a](javascript:b)", "!!python/object:os.system x", "*a &a {{ x }} {% y %}", "| a | b |\n|---|---|",
    "```\n# out\n```", "<!-- x", "-->", "\x1b[31mred\x07\x9b", "\u202e\u2066", "null", "yes", "1.0.0", "- a\n- b",
    "'\"", "$(id) `id`", "@user #1", "\\", "a: b # c",
]  # fmt: skip
VALUES = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(str.strip)
ALLOWED = {"br", "details", "summary"}


class Tags(HTMLParser):
    """The tags that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        self.found.append(tag)


@settings(
    max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(value=VALUES, other=VALUES)
@example(NASTY[0], NASTY[1])
@example(NASTY[2], NASTY[7])
@example(NASTY[10], NASTY[11])
def test_values_reach_the_documents_as_the_text_that_they_are(value: str, other: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project, out = make_project(Path(folder) / "project"), Path(folder) / "out"
        shape = {
            "title": value, "description": other, "properties": {
                "id": {"type": "integer", "description": value},
                "what": {"type": "string", "title": other, "examples": [value], "description": other},
            },
        }  # fmt: skip
        (project / "schema/seen.schema.json").write_text(json.dumps(SCHEMA | shape), "utf-8")
        (project / "data/seen.jsonl").write_text(json.dumps({"id": 1, "what": value}) + "\n", "utf-8")
        build(load_config(described(project, value, other)), Options(out, workers=1, verify="quick"), Reporter())
        release = out / NAME
        card = (release / "README.md").read_text("utf-8")
        head, body = re.fullmatch(r"---\n(.*?)\n---\n(.*)", card, re.DOTALL).groups()  # type: ignore[union-attr]
        metadata = yaml.safe_load(head)
        assert metadata["tags"] == [value, other]
        assert metadata["pretty_name"] == " ".join(value.split())
        assert [each["config_name"] for each in metadata["configs"]] == ["seen"]
        for text in (body, (release / "DATASHEET.md").read_text("utf-8")):
            assert set(Tags(outside_of_code(text)).found) <= ALLOWED
            assert not [c for c in text if not c.isprintable() and c != "\n"]
        configuration = json.loads((release / "schema/dataset.json").read_text("utf-8"))
        assert configuration["project"]["description"] == value
        assert json.loads((release / "croissant.json").read_text("utf-8"))["description"].split() == value.split()


def described(project: Path, value: str, other: str) -> Path:
    """Put the values into the project's configuration, as TOML strings."""
    file = project / "pyproject.toml"
    text = file.read_text("utf-8").replace('"What was seen"', quoted(value))
    tool = f"pretty_name = {quoted(value)}\ntags = [{quoted(value)}, {quoted(other)}]\nreleased ="
    file.write_text(text.replace("released =", tool), "utf-8")
    return project


def quoted(text: str) -> str:
    """Return a string of TOML."""
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


def outside_of_code(markdown: str) -> str:
    """Return what of a Markdown text a browser gets as it stands: no code, no characters after a backslash."""
    text = re.sub(r"^(`{3,}).*?^\1$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
