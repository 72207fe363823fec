"""What the records of the benchmarks look like: from a seed, always the same, valid, and cheap to make."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1024  # records that one random stream makes: a larger input begins with the bytes of a smaller one
LENGTH = 128  # of a vector
Record = dict[str, Any]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of record.

    Attributes:
        name: what it is called.
        about: what it is for.
        key: the member that each record begins with.
        records: makes a block of records from the number of the first one.
        form: in which of the ``FORMS`` of files they come.
        schema: the name of its schema, where that is another shape's.
        columns: the types of columns, as the configuration says them.
    """

    name: str
    about: str
    key: str
    records: Callable[[Random, int], list[Record]]
    form: str = "jsonl"
    schema: str = ""
    columns: str = ""


def block(shape: Shape, seed: int, number: int) -> bytes:
    """Return ``BLOCK`` records as lines of JSON; they depend on nothing but the arguments."""
    random = np.random.Generator(np.random.PCG64([seed, *shape.name.encode("ascii"), number]))
    text = orjson.dumps(shape.records(random, number * BLOCK + 1))
    begin = b'{"%b":' % shape.key.encode("ascii")  # each record begins with its key, and nothing else does
    return text[1:-1].replace(b"}," + begin, b"}\n" + begin) + b"\n"


_SYLLABLES = ["ba", "do", "ka", "li", "mo", "ne", "ru", "sa", "ti", "vo"]
_SYLLABLES += ["schä", "né", "łó", "ży", "čes", "ñor", "ær", "ми", "ро", "ва", "山", "東", "λό"]
_MARKS = ["“so”,", 'said: "no".', "\n", "\t", "C:\\data", "—", "50 %", "and", "the", "of"]


def _vocabulary() -> np.ndarray[Any, np.dtype[np.object_]]:
    words = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in ("", *_SYLLABLES)]
    mixed = np.random.Generator(np.random.PCG64(0)).permutation(len(words))
    return np.array([*_MARKS, *(words[index] for index in mixed)], dtype=object)


_WORDS = _vocabulary()
_PLAIN = [word for word in _WORDS.tolist() if word.isascii() and word.isalpha() and 3 <= len(word) <= 12][:400]
_FIRST_DAY = datetime.date(2010, 1, 1)
_DAYS = [(_FIRST_DAY + datetime.timedelta(number)).isoformat() for number in range(5000)]
_MINUTES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
_STATES = ["ordered", "packed", "shipped", "delivered", "returned", "lost"]
_UNITS = ["km", "km2", "kg", "h", "EUR", "persons"]
_LANGUAGES = ["en", "de", "fr", "pt-BR", "uk", "en-GB", "zh", "sv"]
_LEVELS = ["none", "low", "middle", "high", "unknown"]
_CURRENCIES = ["EUR", "CHF", "SEK"]


def _texts(random: Random, lengths: list[int]) -> list[str]:
    """Return texts of so many words each; few words are frequent and many are rare, as in language."""
    words = _WORDS[(random.random(sum(lengths)) ** 3 * len(_WORDS)).astype(np.int64)].tolist()
    ends = np.cumsum(lengths).tolist()
    return [" ".join(words[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


def _numbers(random: Random, low: int, high: int, size: int = BLOCK) -> list[int]:
    return random.integers(low, high, size).tolist()  # type: ignore[no-any-return]


def _chosen(random: Random, among: list[str], size: int = BLOCK) -> list[str]:
    return [among[index] for index in random.integers(0, len(among), size).tolist()]


def _decimals(random: Random, low: int, high: int, digits: int, size: int = BLOCK) -> list[float]:
    return (random.integers(low, high, size) / 10**digits).tolist()  # type: ignore[no-any-return]


def _narrow(random: Random, first: int) -> list[Record]:
    names = ("id", "day", "state", "count", "score", "ok")
    columns = (
        range(100_000_000 + first, 100_000_000 + first + BLOCK),
        _chosen(random, _DAYS),
        _chosen(random, _STATES),
        _numbers(random, 0, 100_000),
        _decimals(random, 0, 100_001, 5),
        (random.random(BLOCK) < 0.9).tolist(),
    )
    records = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    for record in records[:: _numbers(random, 12, 20, 1)[0]]:
        del record["score"]
    return records


def _nested(random: Random, first: int) -> list[Record]:
    figures = _parts(random, _figures(random, 4 * BLOCK), 0, 4)
    tags = _parts(random, _chosen(random, _PLAIN, 4 * BLOCK), 0, 4)
    ranks, notes = _numbers(random, 1, 1001), _numbers(random, 0, 8)
    records = []
    titles, publishers = _texts(random, _numbers(random, 6, 12)), _chosen(random, _PLAIN)
    days, minutes, languages = _chosen(random, _DAYS), _chosen(random, _MINUTES), _chosen(random, _LANGUAGES)
    for index, sha in enumerate(_numbers(random, 0, 2**63)):
        # `datasets` takes several times as long where objects of one member differ in their names: let it be fast
        source: Record = {"publisher": publishers[index], "sha": f"{sha:016x}", "rank": ranks[index]}
        record: Record = {
            "doc_id": f"d-{first + index:010}",
            "lang": languages[index],
            "title": titles[index][:200],
            "created": f"{days[index]}T{minutes[index]}Z",
            "source": source,
            "figures": figures[index],
            "tags": tags[index],
        }
        if notes[index] < 3:  # most records have no note, and some of the others say that there is none
            record["note"] = None if notes[index] else publishers[index - 1]
        records.append(record)
    return records


def _figures(random: Random, size: int) -> list[Record]:
    lows, spans = _decimals(random, 0, 10**6, 1, size), _numbers(random, 0, 5, size)
    units, starts, lengths = (
        _chosen(random, _UNITS, size),
        _numbers(random, 0, 90_000, size),
        _numbers(random, 1, 40, size),
    )
    return [
        {"low": low, "high": low + span, "unit": unit, "at": {"start": start, "end": start + length}}
        for low, span, unit, start, length in zip(lows, spans, units, starts, lengths, strict=True)
    ]


def _parts(random: Random, values: list[Any], low: int, high: int) -> list[list[Any]]:
    """Return one list for each record, of ``low`` to ``high`` of the values."""
    lengths = _numbers(random, low, high + 1)
    ends = np.cumsum(lengths).tolist()
    return [values[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _wide(random: Random, first: int) -> list[Record]:
    columns: dict[str, list[Any]] = {"row_id": [f"w-{first + index:010}" for index in range(BLOCK)]}
    for number in range(1, 19):
        columns[f"count_{number:02}"] = _numbers(random, 0, 10 ** (number % 6 + 1))
    for number in range(1, 15):
        columns[f"measure_{number:02}"] = _decimals(random, -(10**6), 10**6, 3 + number % 3)
    for number in range(1, 9):
        columns[f"label_{number:02}"] = _chosen(random, _LEVELS)
    codes = [f"{a}{b}{number:04}" for a in "ABCD" for b in "KLMN" for number in range(0, 10_000, 7)]
    for number in range(1, 7):
        columns[f"code_{number:02}"] = _chosen(random, codes)
    for number in range(1, 7):
        columns[f"flag_{number:02}"] = (random.random(BLOCK) < number / 8).tolist()
    for number in range(1, 6):
        columns[f"maybe_{number:02}"] = [value or None for value in _numbers(random, 0, number + 2)]
    columns["place"] = _chosen(random, _PLAIN)
    columns["text"] = _texts(random, _numbers(random, 200, 420))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _hard(random: Random, first: int) -> list[Record]:
    days, minutes, notes = _chosen(random, _DAYS), _chosen(random, _MINUTES), _texts(random, _numbers(random, 3, 15))
    names, extras = _chosen(random, _PLAIN), _numbers(random, 0, 8)
    digits, lines = _numbers(random, 10_000, 99_999), _parts(random, _sale_lines(random, 5 * BLOCK), 1, 5)
    records: list[Record] = []
    for index, kind in enumerate(_chosen(random, ["move", "sale", "sale", "alarm"])):
        number, code = first + index, digits[index]
        record: Record = {"event_id": f"ev-{number:010}", "kind": kind, "at": f"{days[index]}T{minutes[index]}:00Z"}
        if kind == "sale":
            sale = {"shape": kind, "total": code / 4, "currency": _CURRENCIES[code % 3], "lines": lines[index]}
            record |= {"payload": sale, "approved_by": names[index]}
            if extras[index] < 5:
                billing = {"city": names[index - 1], "code": f"{code:05}", "street": names[index - 2]}
                record |= {"card": f"{code % 10_000:04}", "billing": billing}
        elif kind == "move":
            record["payload"] = {"shape": kind, "from": _shelf(code), "to": _shelf(code * 7)}
        else:
            level = code % 5 + 1 if code % 2 else 9
            record["payload"] = {"shape": kind, "level": level, "codes": [f"E{code % 1000:03}", f"W{number % 1000:03}"]}
        if extras[index] == 7:
            record |= {"retry": code % 9 + 1, "retry_of": f"ev-{max(number - code % 50, 1):010}"}
        if extras[index] % 2:
            record["note"] = notes[index][:200]
        records.append(record)
    return records


def _unique(random: Random, first: int) -> list[Record]:
    records = _nested(random, first)
    for record in records:
        record["tags"] = list(dict.fromkeys(record["tags"]))
    return records


def _tied(random: Random, first: int) -> list[Record]:
    days, minutes, notes = _chosen(random, _DAYS), _chosen(random, _MINUTES), _texts(random, _numbers(random, 3, 15))
    names, cities, extras = _chosen(random, _PLAIN), _chosen(random, _PLAIN), _numbers(random, 0, 8)
    digits, lines = _numbers(random, 10_000, 99_999), _parts(random, _sale_lines(random, 5 * BLOCK), 1, 5)
    tags, totals = _parts(random, _chosen(random, _PLAIN, 4 * BLOCK), 0, 4), _decimals(random, 100, 10**7, 2)
    records: list[Record] = []
    for index, payment in enumerate(_chosen(random, ["card", "invoice", "cash"])):
        number, code, extra = first + index, digits[index], extras[index]
        record: Record = {"order_id": f"o-{number:010}", "payment": payment, "at": f"{days[index]}T{minutes[index]}Z"}
        if payment == "card":
            record |= {"card": f"{code % 10_000:04}", "approved_by": names[index]}
        elif payment == "invoice":
            record["billing"] = {"name": names[index], "city": cities[index], "code": f"{code}"}
        if extra < 6:
            record["pickup" if extra < 2 else "delivery"] = {"city": cities[index - 1], "day": days[index - 1]}
        record |= {"total": totals[index], "lines": lines[index], "tags": list(dict.fromkeys(["shop", *tags[index]]))}
        if extra == 7:
            record |= {"retry": code % 9 + 1, "retry_of": f"o-{max(number - code % 50, 1):010}"}
        if extra % 2:
            record |= {"note": notes[index][:200], "amounts": {"net": code / 4, "tax": code / 20}}
        records.append(record)
    return records


def _vectors(random: Random, first: int) -> list[Record]:
    labels = _chosen(random, _STATES)
    numbers = random.normal(size=(BLOCK, LENGTH)).astype(np.float32).astype(float).round(6).tolist()
    return [
        {"id": first + index, "label": label, "vector": vector}
        for index, (label, vector) in enumerate(zip(labels, numbers, strict=True))
    ]


def _images(random: Random, first: int) -> list[Record]:
    labels = _chosen(random, _STATES)
    return [{"file_name": f"{first + index:08}.png", "label": label} for index, label in enumerate(labels)]


def _shelf(code: int) -> Record:
    return {"shelf": f"{'ABCDEFGH'[code % 8]}{code % 1000:03}", "level": code % 6}


def _sale_lines(random: Random, size: int) -> list[Record]:
    """Return lines of sales; neighbours differ in their number, so that no sale has one twice."""
    start, pieces = _numbers(random, 0, 900_000, 1)[0], _numbers(random, 1, 30, size)
    skus = [(start + 7919 * number) % 900_000 for number in range(size)]
    return [
        {"sku": f"{100_000 + sku}", "pieces": number} if number % 4 else {"sku": f"AB-{sku:06}", "weight": number / 8}
        for sku, number in zip(skus, pieces, strict=True)
    ]


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("narrow", "flat rows of about 100 bytes, six scalar members", "id", _narrow),
        Shape("nested", "records of about 400 bytes with lists of structs and patterns", "doc_id", _nested),
        Shape("unique", "the nested records, of which tags and figures must be unique", "doc_id", _unique),
        Shape(
            "tied",
            "records of about 400 bytes, tied by uniqueItems, if, oneOf, dependentRequired, contains, propertyNames",
            "order_id",
            _tied,
        ),
        Shape("wide", "60 members and 2 to 4 KB of text with letters beyond ASCII and escapes", "row_id", _wide),
        Shape(
            "hard", "a schema of oneOf, if/then/else, dependentRequired and unevaluatedProperties", "event_id", _hard
        ),
        Shape("csv", "the flat rows as CSV", "id", _narrow, "csv", "narrow"),
        Shape("parquet", "the flat rows as Parquet", "id", _narrow, "parquet", "narrow"),
        Shape(
            "vectors", f"a label and a vector of {LENGTH} numbers", "id", _vectors,
            columns=f'label = {{ type = "class-label" }}\nvector = {{ type = "vector", length = {LENGTH} }}',
        ),
        Shape(
            "images", "a label and a picture of 100 kB, which its row holds", "file_name", _images, "pictures",
            columns='label = { type = "class-label" }\nfile_name = { type = "image", root = "data" }',
        ),
    )
}  # fmt: skip
