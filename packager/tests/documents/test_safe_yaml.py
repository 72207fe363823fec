"""A stranger's YAML: plain values, or refused with the reason, in linear time."""

from __future__ import annotations

import contextlib
import time

import pytest

from dataset_packager.documents.safe_yaml import safe_yaml


def test_plain_values_are_read() -> None:
    text = "a: [1, 1.5, 'x', null, true]\nb:\n- c: >\n    long\n    text\n  d: 2026-01-01\n? e\n: {f: {}}\n"
    assert safe_yaml(text)["a"] == [1, 1.5, "x", None, True]
    assert safe_yaml(text)["b"][0]["c"] == "long text\n"
    assert safe_yaml(text)["e"] == {"f": {}}
    assert safe_yaml("[" * 199 + "]" * 199)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "'a' stands twice"),
        ("b:\n- {x: 1, y: 2, x: 1}", "'x' stands twice"),
        ("1: a\n0x1: b", "'1' stands twice"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("a: &x 1", "anchors and aliases"),
        ("a: *x", "anchors and aliases"),
        ("<<: {a: 1}\nb: 2", "merges"),
        ("a: {<<: [{a: 1}]}", "merges"),
        ("? [a]\n: b", "no plain value"),
        ("a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
        ("a: !x y", "could not determine a constructor"),
        ("[" * 100_000, "nested more than 200 deep"),
        ("{a: " * 100_000, "nested more than 200 deep"),
        ("- " * 100_000, "nested more than 200 deep"),
        ("a: " + "9" * 5_000, "more than 400 characters"),
        ("a: 1" + ":1" * 100_000, "more than 400 characters"),
        ("a: 1" + ":1" * 100_000 + ".5", "more than 400 characters"),
        ("a: 2026-99-99", "month must"),
        ("a: !!int x", "invalid literal"),
        ("--- a\n--- b", "expected a single document"),
        ("a: \x1b[31m", "not allowed"),
        ("%YAML 3.0\n--- a", "incompatible"),
    ],
)
def test_what_could_mislead_or_take_for_ever_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        safe_yaml(text)


HOSTILE = {  # pieces that are repeated
    "lines": "a{n}: b\n",
    "sequences": "- a\n",
    "brackets that close": "- []\n",
    "plain words": "a ",
    "comments": "#\n",
    "blank lines": "\n",
    "quotes": "- '''' \n",
    "colons": ":",
    "dashes": "-",
    "question marks": "? ",
    "flow": "{n},",
    "escapes": "\\x41",
    "numbers with lines below": "1_",
}


def seconds(text: str) -> float:
    """Return the processor's time that reading takes, the least of three."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        with contextlib.suppress(ValueError):
            safe_yaml(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("begins", ["", "[", '"', "a: |\n "])
def test_yaml_four_times_as_long_takes_about_four_times_as_long(case: str, begins: str) -> None:
    def text(times: int) -> str:
        return begins + "".join(HOSTILE[case].replace("{n}", str(number)) for number in range(times))

    assert seconds(text(1_600)) < 9 * seconds(text(400)) + 0.01  # squared it would be 16
