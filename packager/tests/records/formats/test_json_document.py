"""Records within an object: where records_at says, and the features of GeoJSON by themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.project.config import Limits, Table
from dataset_packager.records.formats import json_document
from dataset_packager.records.inputs import list_inputs
from records.judged import LIMITS, taken

if TYPE_CHECKING:
    from pathlib import Path

ANY = {"type": "object"}


def read(folder: Path, text: str, at: str | None = None, name: str = "t.json", limits: Limits = LIMITS) -> Any:
    (folder / name).write_text(text, "utf-8")
    return taken(folder, name, ANY, {"records_at": at} if at else {}, limits=limits)


@pytest.mark.parametrize("block", [3, 2**20])
def test_the_array_is_found_whatever_stands_around_it(
    tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_document, "BLOCK", block)
    text = """ {"items": [{"no": 1}], "x": {"data": {"items": []}}, "data\\u0020x": {"y": "]}\\"", "items":
        [ {"a": [1]}, {"b": "]"} ] , "z": [[{}]]}, "end": null} """
    found = read(tmp_path, text, '"data x".items')
    assert (found.findings, found.records) == ([], [(1, {"a": [1]}), (2, {"b": "]"})])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"data": {"x": [1]}}', "no member data.items"),
        ('{"data": [1]}', "data is not an object"),
        ('{"data": {"items": {"a": 1}}}', "data.items is not an array"),
        ('{"data": {"items": null}}', "data.items is not an array"),
        ('[{"data": 1}]', "the file is not an object"),
        ('{"data": {"items": [{}]', "ends within an object"),
        ('{"data": {"items": [{}', "is not closed"),
        ('{"data": {"items": [{}]}} {}', "behind the end"),
    ],
)
def test_a_file_without_that_array_is_one_finding(tmp_path: Path, text: str, words: str) -> None:
    found = read(tmp_path, text, "data.items")
    assert [(each.line, each.code) for each in found.findings] == [(None, "json")]
    assert words in found.findings[0].message


FEATURES = [{"type": "Feature", "geometry": None, "properties": {"n": n}} for n in range(3)]


@pytest.mark.parametrize("name", ["t.geojson", "t.json"])
def test_the_features_of_a_collection_are_the_records(tmp_path: Path, name: str) -> None:
    for collection in (
        {"type": "FeatureCollection", "name": "x", "features": FEATURES},
        {"features": FEATURES, "type": "FeatureCollection"},
    ):
        for limits in (LIMITS, Limits(200, 100, 1000)):  # also of one that is larger than a record may be
            found = read(tmp_path, json.dumps(collection), name=name, limits=limits)
            assert (found.findings, found.records) == ([], list(enumerate(FEATURES, 1)))
    one = {"type": "Collection of FeatureCollection", "features": "none"}
    assert read(tmp_path, json.dumps(one), name=name).records == [(1, one)]


def test_options_that_no_file_has_a_use_for_are_set_up_errors(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("{}\n", "utf-8")
    for options, words in (({"csv": {}}, r"csv: is for \.csv, \.tsv"), ({"records_at": "a"}, "records_at: is for")):
        table = Table("t", "s.json", ("t.jsonl",), format_options=json.dumps(options))
        with pytest.raises(SetupError, match=words):
            list_inputs(tmp_path, [table])
    with pytest.raises(SetupError, match="leads through a list"):
        read(tmp_path, "{}", "a[].b")
