"""Patterns that say of each place of a string what stands there take what the gate's engine takes."""

from __future__ import annotations

import re
from contextlib import suppress
from random import Random

import jsonschema_rs
import numpy as np
import pyarrow as pa
import pytest

from dataset_packager.columns import fast as columnar
from dataset_packager.columns.fast.texts import plain_sizes
from dataset_packager.columns.rules.pattern_reader import MOST_TIMES
from dataset_packager.columns.rules.patterns import FixedPattern, fixed_pattern, pattern_of_format

pytestmark = pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
SETS = ["[a-z]", "[0-9]", "[A-Za-z0-9]", "[a-fA-F0-9_-]", "[.,;]", r"[\w-]", r"[\d.]", r"[+*\-\]]", "[-a]", "[0-24-68]"]
PLACES = ["a", "Z", "-", " ", "/", "@", "~", r"\.", r"\$", r"\d", r"\w", *SETS]
CHARACTERS = "abfzAFZ059_-+*.,;]$ /@~\x00\n\x7f\x80éß٣😀"
FIXED = [
    "^d-[0-9]{10}$", "^[a-z]{2}(-[A-Z]{2})?$", "^[0-9a-f]{16}$", "^[a-z]{3,12}$", "^(?:[A-Z]{2}-)?[0-9]{6}$",
    "^[a-z0-9_-]+$", "^[A-Z][a-z0-9]*$", "^id-[0-9]{2,}$", "^[a-z]{1,40}$", "^[A-Z]{1,3}[0-9]{1,3}$",
    r"^20\d{2}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\dZ$", "^(?:sold|lent|lost)$", "^(|a|ab)$",
]  # fmt: skip
EVERYTHING = ["^", "^a*"]
BEGINNINGS = [
    "^E", "^[a-z]{2}-", "^(?:doi|hdl):", r"^10\.[0-9]{4,9}/", "^a+b?", "^a?b?c", "^[A-Z]{1,3}", "^(?:a|ab|b)",
    *EVERYTHING,
]  # fmt: skip
OTHERS = [
    "a", "a$", "^a|b", "^a|b$", "^a(?!b)", r"^a\b", "^[^a]", "^a*?", "^[a-z]{3,4}é",
    "^a{1}{2}$", "^a??$", "^.$", "^[^a]$", r"^\s$", r"^\S$",
    r"^\b$", r"^(a)\1$", "^(?i)a$", "^(?=a)a$", "^(?<n>a)$", "^é$", "^[à-é]$", r"^\u0061$", r"^\x61$", r"^\p{L}$",
    "^{2}$", "^[]$", "^[a&&b]$", "^[a[b]]$", "^[+--]$", "^[z-a]$", r"^[a-\d]$", "^(a$", "^a)$", "^a]$", "^a^b$",
    "^a{65}$", "^[acegikmo]$",
]  # fmt: skip


def drawn(random: Random, depth: int = 0) -> str:
    """Return a sequence of places, groups and numbers of times."""
    parts = []
    for _ in range(random.randint(0 if depth else 1, 3)):
        if depth < 2 and random.random() < 0.2:
            branches = [drawn(random, depth + 1) for _ in range(random.randint(1, 3))]
            one = f"({random.choice(['?:', ''])}{'|'.join(branches)})"
        else:
            one = random.choice(PLACES)
        parts.append(one + random.choice(["", "", "", "?", "{2}", "{0,2}", "{3,4}", "{9}", "+", "{2,}"]))
    return "".join(parts)


def strings(random: Random, pattern: FixedPattern) -> list[str]:
    """Return strings that a pattern takes, and some of which a character is another one or is missing."""
    found = [*random.sample(samples := list(pattern.samples()), min(len(samples), 30)), "", "é", "a\n"]
    for text in found[:20]:
        place = random.randint(0, len(text))
        other = random.choice(CHARACTERS)
        found += [
            text[:place] + other + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text + other,
            other + text,
        ]
    random.shuffle(found)
    return found


def assert_same_verdict(pattern: str, texts: list[str], engine: jsonschema_rs.Validator) -> None:
    known = fixed_pattern(pattern)
    assert known is not None
    wanted = [engine.is_valid(text) for text in texts]
    padded = pa.array([None, "before", *texts, None, "behind"])
    where = np.ones(len(texts), np.bool_)
    sizes = plain_sizes(padded[2:-2])
    left = known.ways.left(padded[2:-2], where)
    taken, refused = ~left, known.refused(sizes, left)
    short = np.array([len(text) <= MOST_TIMES for text in texts])  # others may be left to the engine
    assert (taken & short).tolist() == (short & wanted).tolist(), pattern
    assert not (taken & ~np.array(wanted)).any(), pattern
    assert not (refused & np.array(wanted)).any(), pattern
    assert (taken | refused | ~short | np.isnan(sizes)).all(), pattern
    where[::2] = False
    assert known.ways.left(pa.array(texts), where).tolist() == (where & left).tolist(), pattern


@pytest.mark.parametrize("pattern", FIXED + BEGINNINGS)
def test_patterns_of_identifiers_codes_and_times_are_understood(pattern: str) -> None:
    random = Random(pattern)  # noqa: S311 - no secret
    known = fixed_pattern(pattern)
    assert known is not None
    engine = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    assert_same_verdict(pattern, strings(random, known), engine)
    assert_same_verdict(pattern, list(known.samples()), engine)
    neighbours = list(known.neighbours())
    assert not any(map(engine.is_valid, neighbours))
    assert bool(neighbours) == (pattern not in EVERYTHING)


@pytest.mark.parametrize("pattern", OTHERS)
def test_whatever_else_a_pattern_may_say_is_left_to_the_engine(pattern: str) -> None:
    assert fixed_pattern(pattern) is None


def test_drawn_patterns_take_what_the_engine_takes() -> None:
    random, understood = Random(18), 0  # noqa: S311 - no secret
    for _ in range(600):
        pattern = f"^{drawn(random)}{random.choice(['$', '$', ''])}"
        known = fixed_pattern(pattern)
        with suppress(jsonschema_rs.ValidationError):  # the engine takes no repetition of an empty group
            engine = jsonschema_rs.Draft202012Validator({"pattern": pattern})
            if known is not None:
                understood += 1
                assert_same_verdict(pattern, strings(random, known), engine)
    assert understood > 300


def test_every_sample_matches_in_another_engine_too() -> None:
    for pattern in FIXED:
        known = fixed_pattern(pattern)
        assert known is not None
        assert all(re.fullmatch(pattern.strip("^$"), text) for text in known.samples()), pattern


@pytest.mark.parametrize("name", ["date", "date-time", "uuid"])
def test_strings_that_surely_have_a_format_have_it_for_the_engine(name: str) -> None:
    random, engine = Random(name), jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)  # noqa: S311
    known = pattern_of_format(name)
    assert known is not None
    assert engine.is_valid("") is False
    assert list(known.neighbours()) == []
    options = [option for chain in known.chains for option in chain.options]
    drawn_ones = [bytes(random.choice(sorted(place)) for place in random.choice(options)) for _ in range(2000)]
    sure = [*known.samples(), *(text.decode() for text in drawn_ones)]
    texts = [*sure, *strings(random, known)]
    taken = ~known.ways.left(pa.array(texts), np.ones(len(texts), np.bool_))
    assert taken[: len(sure)].all()
    assert all(engine.is_valid(text) for text, is_taken in zip(texts, taken, strict=True) if is_taken)


def test_other_formats_are_left_to_the_engine() -> None:
    assert pattern_of_format("email") is None
    assert pattern_of_format("time") is None
