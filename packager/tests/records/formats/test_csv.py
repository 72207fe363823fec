"""CSV and TSV come in as the records that the schema makes of them, and what is none of it is named by its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_packager.base.findings import SetupError
from dataset_packager.project.config import Limits
from dataset_packager.records.formats.csv.row_ends import RowEnds
from records.judged import taken, taken_alike

if TYPE_CHECKING:
    from pathlib import Path

    from records.judged import Taken

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "price": {"type": ["number", "null"]},
        "sold": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "place": {
            "type": "object",
            "required": ["lat"],
            "properties": {"lat": {"type": "number"}, "city": {"type": ["string", "null"]}},
        },
        "more": {"type": ["object", "array"]},
        "mixed": {"type": ["integer", "string", "boolean"]},
        "na.me": {"type": "string"},
    },
}
LISTS = {"csv": {"lists": {"tags": "|", "sizes": " "}}}


def read(folder: Path, text: str | bytes, options: dict[str, Any] | None = None, name: str = "t.csv") -> Taken:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return taken_alike(folder, name, SCHEMA, options or LISTS)


def test_cells_are_what_the_schema_says(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "id,name,price,sold,tags,sizes,place.lat,place.city,more,mixed,na.me\n"
        '1,"a ""q"", b\nc",1.50,true,a|b,1 2,1.5,x,"{""a"": [1,\n2]}",007,t\n'
        "2,,,,,,,,,5,\n"
        "-3,\\ä\u2028,1e3,false,x,,3.0,,[],true,\n",
    )
    assert found.findings == []
    assert found.records == [
        (2, {"id": 1, "name": 'a "q", b\nc', "price": 1.5, "sold": True, "tags": ["a", "b"], "sizes": [1, 2],
             "place": {"lat": 1.5, "city": "x"}, "more": {"a": [1, 2]}, "mixed": "007", "na.me": "t"}),
        (5, {"id": 2, "name": "", "price": None, "mixed": 5}),
        (6, {"id": -3, "name": "\\ä\u2028", "price": 1000.0, "sold": False, "tags": ["x"],
             "place": {"lat": 3.0, "city": None}, "more": [], "mixed": True}),
    ]  # fmt: skip


def test_a_cell_that_is_no_value_of_its_column_is_named_with_line_and_column(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'id,name,price,sold,sizes,more\n'
        "007,a,1,,,\n"
        '1.5,"a\nb","1,5",yes,1 x,{\n'
        ",x,NaN,TRUE,1  2,5\n"
        "1.0,y,,,,\n"
        "1e2,y,+1,,01,\n",
    )  # fmt: skip
    assert found.told == [
        (2, "$.id", "cell"), (3, "$.id", "cell"), (3, "$.price", "cell"), (3, "$.sold", "cell"),
        (3, "$.sizes", "cell"), (3, "$.more", "cell"), (5, "$.id", "cell"), (5, "$.price", "cell"),
        (5, "$.sold", "cell"), (5, "$.sizes", "cell"), (5, "$.more", "cell"), (7, "$.price", "cell"),
        (7, "$.sizes", "cell"),
    ]  # fmt: skip
    assert 'the cell "007" of the column "id" is no integer' in found.findings[0].message
    assert found.findings[0].hint == "take the zeros before it out, or let the schema have text"
    assert found.records == [(6, {"id": 1, "name": "y", "price": None})]
    assert found.refused[1] == (3, b'1.5,"a\nb","1,5",yes,1 x,{')


def test_rows_with_too_few_or_many_cells_and_broken_quotes_are_findings_and_the_others_stay(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        b'id,name\n1\n2,b,c\n3,"c"d\n\n\r\n6,\xff\n7,g\0\n8,5" disk\n9,"i"\n10,"never closed,\n11,x\n',
    )
    assert found.told == [
        (2, "$", "cell"), (3, "$", "cell"), (4, "$", "cell"), (7, "$", "encoding"), (8, "$", "cell"),
        (11, "$", "cell"),
    ]  # fmt: skip
    assert [record["id"] for _, record in found.records] == [8, 9]
    assert found.records[0][1]["name"] == '5" disk'
    assert found.refused[-1] == (11, b'10,"never closed,\n11,x\n')


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,name,id", "twice in the header"),
        ("id,nmae", 'did you mean "name"'),
        ("id,name,", "a column without a name"),
        ("id,name,place,place.lat", "both say what place"),
        ("id,name,place.lat,place", "both say what place"),
        ("id,name,tags[]", "no member for the column"),
        ("id,na\0me", "NUL"),
        ('id,"na"me', "goes on behind the quote"),
        ("id,name\r1,a\r", "carriage return"),
    ],
)
def test_a_header_that_cannot_be_used_is_one_finding_of_the_file(tmp_path: Path, header: str, words: str) -> None:
    found = read(tmp_path, f"{header}\n1,a,b,c\n" + "2,b,c,d\n" * 30)
    assert [(each.line, each.code) for each in found.findings] == [(None, "cell")]
    assert words in f"{found.findings[0].message}; {found.findings[0].hint}"
    assert found.records == []


def test_dialect_encoding_words_and_header_are_configured(tmp_path: Path) -> None:
    options = {
        "csv": {
            "delimiter": ";", "quote": "'", "nulls": ["NA", "-"], "true": ["ja"], "false": ["nein"],
            "encoding": "cp1252", "header": ["id", "name", "price", "sold"], "lists": {},
        }
    }  # fmt: skip
    text = "1;'d''é; €';NA;ja\r\n2;\"b\";1.5;nein\r\n3;NA;-;-\r\n".encode("cp1252")
    found = read(tmp_path, text, options)
    assert found.findings == []
    assert [record for _, record in found.records] == [
        {"id": 1, "name": "d'é; €", "price": None, "sold": True},
        {"id": 2, "name": '"b"', "price": 1.5, "sold": False},
        {"id": 3, "name": "NA", "price": None},
    ]
    assert read(tmp_path, b"1;\x81;NA;ja\n", options).told == [(1, "$", "encoding")]
    assert read(tmp_path, 'id\tname\n1\t"a\n', {"csv": {"quote": ""}}, "t.tsv").records == [
        (2, {"id": 1, "name": '"a'})
    ]
    for data, encoding in (
        (b"\xff\xfei\0d\0,\0n\0a\0m\0e\0\n\0001\0,\0\xe4\0", "utf-16"),
        (b"\xef\xbb\xbfid,name\n1,\xc3\xa4", "utf-8"),
    ):
        found = read(tmp_path, data, {"csv": {"encoding": encoding}})
        assert found.records == [(2, {"id": 1, "name": "ä"})]
    told = read(tmp_path, "id,name\n1,a\n".encode("utf-16"))
    assert [(each.line, each.code) for each in told.findings] == [(None, "encoding")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delimiter": ";", "quote": ";"}, "the delimiter and the quote"),
        ({"true": ["x"], "false": ["x"]}, "stands for true and for false"),
        ({"encoding": "klingon"}, "no text is encoded"),
        ({"encoding": "base64"}, "no text is encoded"),
        ({"lists": {"name": "|"}}, "no array"),
        ({"lists": {"tgas": "|"}}, "did you mean"),
    ],
)
def test_options_that_do_not_go_together_are_set_up_errors(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    (tmp_path / "t.csv").write_text("id,name,tags\n1,a,\n", "utf-8")
    with pytest.raises(SetupError, match=words):
        taken(tmp_path, "t.csv", SCHEMA, {"csv": options})


def test_a_cell_beyond_the_limit_is_refused_in_bounded_memory_and_the_next_row_is_read(tmp_path: Path) -> None:
    limits = Limits(line_bytes=10_000, depth=100, expansion=10_000)
    data = b'id,name\n1,"' + b"x\n" * 6_000_000 + b'"\n2,b\n'
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(data, 1))
    found = taken(tmp_path, "t.csv.gz", SCHEMA, limits=limits)
    assert found.told == [(2, "$", "too-large")]
    assert found.records == [(6_000_003, {"id": 2, "name": "b"})]
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(data[:-8], 1))
    found = taken(tmp_path, "t.csv.gz", SCHEMA, limits=limits)
    assert found.told == [(2, "$", "too-large")]
    assert "close the quote" in str(found.findings[0].hint)


@given(parts=st.lists(st.text(alphabet='a",\r\n', max_size=9)), sizes=st.lists(st.integers(1, 5), min_size=1))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_rows_end_at_the_same_places_however_the_bytes_come(parts: list[str], sizes: list[int]) -> None:
    data = "".join(parts).encode()
    exact = RowEnds(",", '"')
    expected = exact._one_by_one(data).tolist()
    assert RowEnds(",", '"').take(data).tolist() == expected
    by_blocks, ends, at = RowEnds(",", '"'), list[int](), 0
    for number in range(len(data)):
        block = data[at : at + sizes[number % len(sizes)]]
        ends += (by_blocks.take(block) + at).tolist() if block else []
        at += len(block)
    assert ends == expected
    assert np.all(np.diff(expected) > 0)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(-(2**63), 2**63 - 1), "name": TEXTS},
        optional={
            "price": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
            "sold": st.booleans(),
            "tags": st.lists(TEXTS.filter(lambda text: text and "|" not in text), min_size=1, max_size=3),
            "sizes": st.lists(st.integers(-9, 2**40), min_size=1, max_size=3),
            "place": st.fixed_dictionaries({"lat": st.floats(-90, 90)}, optional={"city": TEXTS.filter(bool)}),
            "more": st.recursive(st.lists(st.integers(), max_size=2), lambda inner: st.dictionaries(TEXTS, inner)),
            "na.me": TEXTS.filter(bool),
        },
    ),
    min_size=1,
    max_size=12,
)


def cells(record: dict[str, Any], header: list[str]) -> list[str]:
    """Return what a person writes into the cells of a record's row."""
    row = []
    for name in header:
        value = record.get(name) if name in record or "." not in name else record.get("place", {}).get(name[6:])
        if name in ("tags", "sizes") and value is not None:
            row.append(("|" if name == "tags" else " ").join(map(str, value)))
        elif isinstance(value, str):
            row.append(value)
        else:
            row.append("" if value is None else json.dumps(value, ensure_ascii=False))
    return row


@given(
    rows=ROWS,
    delimiter=st.sampled_from([",", ";", "\t", "|", "x"]),
    quote=st.sampled_from(['"', "'", "~"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_random_tables_in_random_dialects_are_the_records_that_were_written(
    rows: list[dict[str, Any]], delimiter: str, quote: str, quoting: Any, end: str, encoding: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder, text = tmp_path_factory.getbasetemp(), io.StringIO()
    header = ["id", "name", "price", "sold", "tags", "sizes", "place.lat", "place.city", "more", "na.me"]
    writer = csv.writer(text, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=end)
    writer.writerow(header)
    writer.writerows(cells(row, header) for row in rows)
    (folder / "t.csv").write_bytes(text.getvalue().encode(encoding))
    named = encoding.removesuffix("-sig")
    options = {"csv": {"delimiter": delimiter, "quote": quote, "encoding": named, **LISTS["csv"]}}
    found = taken_alike(folder, "t.csv", SCHEMA, options)
    assert found.findings == []
    for row in rows:  # an empty cell is null where the schema takes null, though the member may be absent
        row.setdefault("price", None)
        if "place" in row:
            row["place"].setdefault("city", None)
    (folder / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    expected = taken(folder, "t.jsonl", SCHEMA)
    assert [record for _, record in found.records] == [record for _, record in expected.records]
    assert len(expected.records) == len(rows)
