"""The card: libraries read its metadata as meant, its examples run, and no value in it becomes markup."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ROOT, own_config, python, ran_well
from datasets import Features
from huggingface_hub import DatasetCard

from dataset_packager.columns.kinds.base64 import Base64
from dataset_packager.columns.kinds.uuid import Uuid
from dataset_packager.columns.metadata import ENCODING, leaves
from dataset_packager.documents.card import LONGEST_EXAMPLE, _cut, published, repo_of
from dataset_packager.documents.front_matter import _Dumper
from dataset_packager.documents.markdown import code, escape, fenced
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.release.release_files import Release

from .conftest import EVIL, NAMES, PRETTY

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = own_config()
ELSEWHERE = r"^\| `([^`]+)` .*Its members are those of `([^`]+)`\. \|$"


def test_the_hubs_library_reads_the_metadata_as_meant(release: Path) -> None:
    data = DatasetCard.load(release / "README.md").data
    assert data.pretty_name == CONFIG.pretty_name
    assert (data.license, data.language) == ("cc-by-4.0", ["en"])
    assert data.task_categories == list(CONFIG.task_categories)
    assert data.tags == list(CONFIG.tags)
    assert data.size_categories == ["1K<n<10K"]
    defaults = [config["config_name"] for config in data.to_dict()["configs"] if config.get("default")]
    assert defaults == [CONFIG.default_config]


@pytest.mark.parametrize("of", ["release", "hostile_release"])
def test_features_and_sizes_are_those_of_the_shards(of: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(of)
    for info in DatasetCard.load(folder / "README.md").data.to_dict()["dataset_info"]:
        features = Features._from_yaml_list(info["features"])
        for split in info["splits"]:
            shards = sorted((folder / "data" / info["config_name"]).glob(f"{split['name']}-*.parquet"))
            assert {features == Features.from_arrow_schema(pq.read_schema(shard)) for shard in shards} == {True}
            assert split["num_examples"] == sum(pq.read_metadata(shard).num_rows for shard in shards)


def test_the_examples_of_loading_run_without_a_network(release: Path, tmp_path: Path) -> None:
    text = (release / "README.md").read_text("utf-8")
    example = "".join(re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    counted = "print(len(rows), len(list(stream)), len(table), len(frame), len(relation.fetchall()))"
    (tmp_path / "example.py").write_text(example + counted, "utf-8")
    ran = ran_well(
        python(tmp_path / "example.py", cwd=release.parent, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "cache"))
    )
    rows = pq.read_metadata(next((release / "data/overview").glob("*.parquet"))).num_rows
    assert ran.out.split() == [str(rows)] * 5


def test_it_documents_every_column_once_and_shows_a_row_of_every_config_all_folded(release: Path) -> None:
    text = (release / "README.md").read_text("utf-8")
    folded = dict(
        re.findall(
            r"^<details>\n<summary>(\w+): \d+ columns</summary>\n(.*?)^</details>$", text, re.DOTALL | re.MULTILINE
        )
    )
    assert set(folded) == set(CONFIG.configs)
    shapes: dict[str, list[str]] = {}
    for config, section in folded.items():
        schema = pq.read_schema(next((release / "data" / config).glob("*.parquet")))
        told = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        elsewhere = dict(re.findall(ELSEWHERE, section, re.MULTILINE))
        for path, _ in leaves(schema):
            owner = next((each for each in elsewhere if re.match(re.escape(each) + r"(\[\])*\.", path)), None)
            if owner is None and not path.startswith("provenance"):
                assert path in told
                shapes.setdefault(config, []).append(path)
            else:
                assert path not in told
        assert told == shapes[config]
        assert all(target.split(".")[0] in folded for target in elsewhere.values())
        assert "```json" in section
    assert text.count("how many code points of the capture") <= 3  # two tables have spans for rows
    assert text.count("A column `provenance` says from which record") == 1


def test_loading_and_limits_come_first_and_the_rest_is_linked(release: Path) -> None:
    text = (release / "README.md").read_text("utf-8").split("\n---\n", 1)[1]
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[:5] == ["Loading", "Limits", "Configs", "At a glance", "Columns"]
    assert text.index("## Limits") < 2_500
    assert "under [CC-BY-4.0](LICENSE)" in text
    assert "[DATASHEET.md](DATASHEET.md)" in text
    assert (release / "LICENSE").read_bytes() == (ROOT / "LICENSE-DATA").read_bytes()
    open_lines = re.sub(r"^<details>.*?^</details>$", "", text, flags=re.DOTALL | re.MULTILINE).splitlines()
    assert len(open_lines) < 200


def test_a_sentence_for_people_stands_before_the_digest_of_each_config(release: Path) -> None:
    for info in DatasetCard.load(release / "README.md").data.to_dict()["dataset_info"]:
        assert re.fullmatch(r"[A-Z][^\n]{20,300}\. Files: sha256:[0-9a-f]{64}", info["description"]), info[
            "description"
        ]


def test_publishing_fills_in_the_repository_and_leaves_prose_alone(release: Path, tmp_path: Path) -> None:
    facts = facts_of(Release(release, tmp_path))
    text = (release / "README.md").read_text("utf-8").replace("News about one war", "News, edited,")
    there = published(text, facts, "org/name")
    assert "News, edited," in there
    assert 'load_dataset("org/name", "overview", split="train")' in there
    assert "hf://datasets/org/name/data/overview/" in there
    assert "url = {https://huggingface.co/datasets/org/name}" in there
    assert '"frontline-claims' not in there.split("\n---\n", 1)[1]
    assert (repo_of(text), repo_of(there)) == (None, "org/name")


def test_it_says_how_the_data_was_made_and_what_it_cannot_support(release: Path) -> None:
    text = (release / "README.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert {"How it was made", "Limits", "Quality", "Corrections", "Citation"} <= set(headings)
    assert "@misc{frontline_claims_2026," in text
    assert not re.search(r"More Information Needed|TODO|ORG/NAME|<!--", text)


def test_hostile_values_come_back_from_the_yaml_as_they_were(hostile_release: Path) -> None:
    metadata = yaml.safe_load((hostile_release / "README.md").read_text("utf-8").split("---\n", 2)[1])
    assert metadata["pretty_name"] == PRETTY
    assert metadata["language"] == ["en", "no"]
    assert (metadata["license"], metadata["license_name"]) == ("other", "licenseref-odd")
    names = [feature["name"] for feature in metadata["dataset_info"][0]["features"]]
    assert set(NAMES) <= set(names)
    assert DatasetCard.load(hostile_release / "README.md").data.pretty_name == PRETTY


def test_hostile_values_are_shown_and_are_no_markup(hostile_release: Path) -> None:
    for name in ("README.md", "DATASHEET.md"):
        text = (hostile_release / name).read_text("utf-8")
        body = text.split("---\n", 2)[2] if name == "README.md" else text
        outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", body, flags=re.DOTALL | re.MULTILINE)
        prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
        assert not re.search(r"<(?!!-- /?slot|/?details>|/?summary>)", prose), name
        assert not re.search(r"(?<!\\)\[z\]", prose), name
        rows = [line for line in prose.splitlines() if line.startswith("|") and EVIL[3:6] not in line]
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
        assert widths <= {4, 5, 6, 7}, name
        assert text.count("<!-- slot:") == len(re.findall(r"<!-- /slot -->(?!.)", text)) or name == "README.md"


@pytest.mark.parametrize(
    "value", [EVIL, PRETTY, *NAMES, "1. x", "- x", "===", "a\nb", "\u202eevil", "2026-11-22", "0.1.0"]
)
def test_what_is_escaped_reads_back_as_the_value(value: str) -> None:
    shown = escape(value, longest=10_000)
    back = html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", lambda match: f"&#{ord(match[1])};", shown))
    assert back == " ".join(value.split()).replace("\u202e", "\\u202e")
    assert not re.match(r"(\d*[.)]|[-+])\s|[-=]+$", shown)
    assert "<" not in shown


@pytest.mark.parametrize("value", ["a`b", "``", "x|y", "a``b`", "<!-- /slot -->", "", "plain"])
def test_a_code_span_closes_only_at_its_end(value: str) -> None:
    shown = code(value)
    if shown.startswith("`"):
        ticks = re.match("`+", shown)
        assert ticks
        inner = shown[len(ticks[0]) : -len(ticks[0])]
        assert ticks[0] not in re.findall("`+", inner)
        assert inner.strip(" ").replace("\\|", "|") == value
    assert "-->" not in shown
    assert shown


def test_no_line_closes_a_fenced_block_early() -> None:
    first, *lines, last = fenced("json", "a\n```\n````\nb")
    assert first == "`````json"
    assert last == "`````"
    assert "`````" not in lines


@pytest.mark.parametrize(
    "text", ["25921e05", "6E01", "0o17", "1.5e3", "7e2", "-.5e-3", "1_0e5", "0x1F", "12", "1.", "y", "N"]
)
def test_text_that_a_reader_of_yaml_1_2_takes_for_a_number_is_quoted(text: str) -> None:
    assert yaml.dump([text], Dumper=_Dumper) == f"- '{text}'\n"


@pytest.mark.parametrize("text", ["1e", "e5", "0o18", "1.2.3", "n<1K", "v1", "1-2"])
def test_text_that_no_reader_takes_for_a_number_stands_as_it_is(text: str) -> None:
    assert yaml.dump([text], Dumper=_Dumper) == f"- {text}\n"


def test_bytes_in_the_row_that_is_shown_are_the_text_of_the_record_and_long_ones_are_cut() -> None:
    kinds = {"data": Base64(), "id": Uuid()}
    fields = [pa.field(name, kind.arrow_type, metadata={ENCODING: kind.name}) for name, kind in kinds.items()]
    field = pa.field("rows", pa.list_(pa.struct(fields)))
    long = bytes(range(256)) * 100
    values = {"data": b"\xff\x00", "id": bytes(range(16))}
    first, last = _cut([values, {"data": long, "id": None}], field)
    assert first == {"data": "/wA=", "id": "00010203-0405-0607-0809-0a0b0c0d0e0f"}
    assert last["id"] is None
    assert last["data"].startswith("AAECAwQF")
    assert len(last["data"]) <= LONGEST_EXAMPLE
