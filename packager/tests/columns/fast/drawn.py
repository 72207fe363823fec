"""Random schemas, and lines that mostly fit them and are bent at their edges."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

from dataset_packager.schemas.drafts import DRAFTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from dataset_packager.schemas.drafts import Draft

NAMES = ["a", "b", "A", "ab", "a.b", "имя", "x y", "additional_properties", "value", "key", "😀", "é", "0"]
PATTERNS = [
    "^[a-z]+$", r"^\d+$", r"\w", r"^\w+$", "a$", "^a", r"\s", r"^\S*$", r"\p{L}", r"^\p{Lu}", "(?=a)", "^(?!b)",
    r"(a)\1", "^.$", "^[^a]$", r"^[\w-]+$", r"\ba", r"[\d]{2}", "^$", r"\u0061", ".", "^(a|b)*$", r"\W", r"\D", "a\\nb",
]  # fmt: skip
FORMATS = ["date", "date-time", "time", "email", "uri", "ipv4", "ipv6", "uuid", "regex", "hostname", "own-format"]
TEXTS = [
    "a", "b", "ab", "aa", "", "A", "1", "12", "0", "١", "é", "e\u0301", "😀", "😀😀", "\u00a0", "\n", "a\n", "\u2028",
    "\0",
    "null", "ſ", "K", "b a", "2020-02-30", "2020-01-01", "2020-01-01T00:00:00Z", "23:59:60Z", "a@b.c", "http://x/y z",
    "http://x.y", "1.2.3.4", "::1", "123e4567-e89b-12d3-a456-426614174000", "(", "x" * 40, '"', "\\", "\x7f",
    "\ufeff", "/",
    "ab" * 4, "a\nb", "\u200d", "\U0010ffff", "\ud7ff", "\ue000", "12345678", "1234567é",
]  # fmt: skip
WHOLE = ["0", "1", "2", "3", "-1", "5", "100", "-0", "999999999999999999", "123456789012345", "-100"]
EDGES = [
    "-0.0", "1.0", "1e0", "1e2", "1E+2", "1.5", "0.1", "-1.5e-3", "1E400", "-1e400", "1e-400", "-1e-400", "0e0", "-0e5",
    "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "1e15",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "123456789012345678",
    "18446744073709551616", "18446744073709551617", "1000000000000000000", "1234567890123456", "5e-324", "2e-324",
    "1.7976931348623157e308", "1.7976931348623159e308", "1" + "0" * 30, "0.30000000000000004", "9" * 4301,
    "0." + "3" * 400, "1e99999999999999999999", "1e-99999999999999999999", "2.5e15", "9007199254740993.0", "1e19",
    "9" * 400,
]  # fmt: skip
BROKEN = [
    "00", "01", "-01", "1.", "-", ".5", "+1", "1e", "1e+", "NaN", "Infinity", "-Infinity", "nul", "tru", "True",
    "'a'", "",
    "1 2", "[1,]", "[1", '{"a":1', '"a', '{"a" 1}', "{a:1}", "0x10", "1_0", '"\\x"', '"\\u12"', '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\t"', "[}", "{]", '""a', "1e5.5", "--1", "nullx", "truefalse", '"\\', "\\", '"\\ud800\\u0041"', '{"a":1,}', "{,}",
]  # fmt: skip
BLANKS = ["", "", "", "", "", " ", "\t", "  ", "\r"]


def schema(random: Random) -> dict[str, Any]:
    """Return the schema of a table, of any draft, mostly an object with named members."""
    draft = random.choice(list(DRAFTS.values()))
    drawing = _Schemas(random, draft)
    root = drawing.struct(0) if random.random() < 0.93 else drawing.any(0)
    root = root if isinstance(root, dict) else {}
    if random.random() < 0.08:
        root |= drawing.tie()
    container = "$defs" if draft.name.startswith("20") else "definitions"
    named = {"word": drawing.text(), "pair": drawing.struct(2), "whole": drawing.integer()}
    if random.random() < 0.1:
        root["id" if draft.name == "draft4" else "$id"] = random.choice(
            ["https://example.org/x/main.json", "urn:x:main"]
        )
    return {"$schema": draft.uri, **root, container: named}


class _Schemas:
    """Draws subschemas."""

    def __init__(self, random: Random, draft: Draft) -> None:
        self.random, self.draft = random, draft
        old = draft.name == "draft4"
        self.one: float = 1 if old else 1.0
        self.always: list[Any] = [{}] if old else [True, False]
        self.tied = random.random() < 0.3  # so that most schemas have no rule that ties values together

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def any(self, level: int) -> Any:
        kinds: list[Callable[[], Any]] = [
            self.text,
            self.text,
            self.integer,
            self.number,
            self.boolean,
            self.free,
            self.reference,
            lambda: {"type": "null"},
        ]
        if level < 3:
            kinds += [lambda: self.array(level), lambda: self.map(level), lambda: self.struct(level)] * 2
        made = self.random.choice(kinds)()
        if self.tied and self.maybe(0.1):
            return self.random.choice(
                [*self.always, {"oneOf": [made, {"type": "boolean"}]}, {"allOf": [made]}, {"not": {"type": "null"}}]
            )
        return self.nullable(made) if self.maybe(0.3) else made

    def nullable(self, rule: Any) -> Any:
        if isinstance(rule, dict) and isinstance(rule.get("type"), str) and rule["type"] != "null" and self.maybe(0.6):
            return {**rule, "type": [rule["type"], "null"]}
        word = self.random.choice(["anyOf", "oneOf"])
        return {word: [rule, {"type": "null"}] if self.maybe(0.8) else [{"type": "null"}, rule]}

    def text(self) -> dict[str, Any]:
        rule: dict[str, Any] = {"type": "string"} if self.maybe(0.95) else {}
        if self.maybe(0.25):
            rule["minLength"] = self.random.choice([0, 1, 2, self.one])
        if self.maybe(0.25):
            rule["maxLength"] = self.random.choice([1, 2, 4, 10])
        if self.maybe(0.25):
            rule["pattern"] = self.random.choice(PATTERNS)
        if self.maybe(0.15):
            rule["format"] = self.random.choice(FORMATS)
        if self.maybe(0.1):
            rule["enum"] = self.random.sample(TEXTS, 6)
        if self.maybe(0.05):
            rule["const"] = self.random.choice(TEXTS)
        return rule

    def bounds(self, rule: dict[str, Any], values: list[Any]) -> dict[str, Any]:
        for word in ("minimum", "maximum"):
            if self.maybe(0.3):
                rule[word] = self.random.choice(values)
                if self.draft.name == "draft4" and self.maybe(0.3):
                    rule[f"exclusive{word.capitalize()}"] = self.maybe(0.5)
            if self.draft.name != "draft4" and self.maybe(0.1):
                rule[f"exclusive{word.capitalize()}"] = self.random.choice(values)
        return rule

    def integer(self) -> dict[str, Any]:
        rule = self.bounds({"type": "integer"}, [0, 1, -5, 100, 2**53, 2**63 - 1, 2**64, 0.5, 1e2, -(2**63)])
        if self.maybe(0.1):
            rule["multipleOf"] = self.random.choice([2, 1, 5])
        if self.maybe(0.1):
            rule["enum"] = [0, 1, 5, 100]
        return rule

    def number(self) -> dict[str, Any]:
        rule = self.bounds({"type": "number"}, [0, 1.5, -0.0, 0.1, 100, 1e300, 2**53 + 1, 1e-300, -1e300])
        if self.tied and self.maybe(0.1):
            rule["multipleOf"] = self.random.choice([0.5, 0.1, 1])
        if self.tied and self.maybe(0.1):
            rule["enum"] = [1, 1.5, 0.0, 100]
        return rule

    def boolean(self) -> dict[str, Any]:
        return {"type": "boolean", "enum": [True]} if self.maybe(0.2) else {"type": "boolean"}

    def free(self) -> Any:
        """Return the rule of a column of JSON text."""
        rules: list[Any] = [
            {}, {"type": "array"}, {"type": "object"}, {"type": ["integer", "string"]}, {"type": ["number", "string"],
            "maximum": 2**64},
            {"type": ["string", "boolean"], "minLength": 2}, {"enum": ["a", 1, 1.5, None, [1], {"a": "é"}]},
            {"minLength": 1},
            {"maximum": 5}, {"type": "array", "minItems": 1}, {"type": ["integer", "string"], "maximum": 2**53,
            "pattern": "a"},
            {"type": ["object", "array"], "maxItems": 1}, {"description": "anything"}, {"enum": [2**64, 2**53 + 1,
            1e19, "a"]},
            {"type": ["integer", "boolean"], "multipleOf": 3},
        ]  # fmt: skip
        return self.random.choice(rules)

    def reference(self) -> dict[str, Any]:
        container = "$defs" if self.draft.name.startswith("20") else "definitions"
        rule: dict[str, Any] = {"$ref": f"#/{container}/{self.random.choice(['word', 'pair', 'whole'])}"}
        beside: list[dict[str, Any]] = [
            {"minLength": 2},
            {"type": "string"},
            {"description": "x"},
            {"maximum": 3},
            {"enum": ["a", 1]},
        ]
        return rule | self.random.choice(beside) if self.maybe(0.2) else rule

    def array(self, level: int) -> dict[str, Any]:
        rule: dict[str, Any] = {"type": "array", "items": self.any(level + 1)}
        if self.maybe(0.2):
            rule["minItems"] = self.random.choice([1, 2, self.one])
        if self.maybe(0.2):
            rule["maxItems"] = self.random.choice([0, 1, 2, 3])
        if self.tied and self.maybe(0.1):
            rule["uniqueItems"] = True
        return rule

    def map(self, level: int) -> dict[str, Any]:
        rule: dict[str, Any] = {"type": "object", "additionalProperties": self.any(level + 1)}
        if self.tied and self.maybe(0.1):
            rule |= self.random.choice(
                [{"minProperties": 1}, {"propertyNames": {"minLength": 1}}, {"maxProperties": 1}]
            )
        return rule

    def struct(self, level: int) -> dict[str, Any]:
        names = self.random.sample(NAMES, self.random.randint(1, 4))
        rule: dict[str, Any] = {"type": "object", "properties": {name: self.any(level + 1) for name in names}}
        if self.maybe(0.5):
            rule["required"] = self.random.sample(names, self.random.randint(1, len(names)))
        if self.maybe(0.5):
            rule["additionalProperties"] = self.random.choice([True, False, False, {"type": "integer"}, {}])
        if self.maybe(0.05):
            del rule["type"]
        if self.tied and self.maybe(0.1):
            rule |= self.tie()
        return rule

    def tie(self) -> dict[str, Any]:
        """Return a rule that ties the members of an object together."""
        return self.random.choice(
            [
                {"minProperties": 2}, {"dependentRequired": {"a": ["b"]}}, {"if": {"required": ["a"]},
                "then": {"required": ["b"]}},
                {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
                {"patternProperties": {"^a": {"type": "string"}}},
                {"propertyNames": {"maxLength": 2}}, {"unevaluatedProperties": False}, {"not": {"required": ["a",
                "b"]}},
                {"oneOf": [{"properties": {"a": {"const": "a"}}}, {"properties": {"a": {"const": "b"}}}]},
                {"dependencies": {"a": ["b"]}}, {"maxProperties": 2},
            ]
        )  # fmt: skip


def lines(random: Random, schema: dict[str, Any], many: int, *, bent: float = 0.03) -> list[bytes]:
    """Return lines, without their line ends, that mostly hold valid records; ``bent`` is the share of bent values."""
    writing = Writing(random, schema, bent)
    return [_bent_line(random, writing.value(schema, 0).encode("utf-8", "surrogatepass"), bent) for _ in range(many)]


class Writing:
    """Writes the JSON text of values that fit their schema, but for some."""

    def __init__(self, random: Random, root: dict[str, Any], bent: float) -> None:
        self.random, self.root, self.bent = random, root, bent

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def value(self, rule: Any, level: int) -> str:
        if self.maybe(self.bent):
            return self.wrong(level)
        if not isinstance(rule, dict) or level > 8:
            return self.anything(level)
        if "$ref" in rule:
            steps = rule["$ref"].removeprefix("#/").split("/")
            return self.value(reduce(lambda node, name: node[name], steps, self.root), level + 1)
        for word in ("anyOf", "oneOf"):
            if word in rule and "properties" not in rule:
                return self.value(self.random.choice(rule[word]), level)
        if "allOf" in rule:
            return self.value(rule["allOf"][0], level)
        if "enum" in rule or "const" in rule:
            return self.known(self.random.choice(rule.get("enum", [rule.get("const")])))
        kinds = rule.get("type", self.guessed(rule))
        return self.of_kind(self.random.choice(kinds) if isinstance(kinds, list) else kinds, rule, level)

    @staticmethod
    def guessed(rule: dict[str, Any]) -> str | None:
        words = {"properties": "object", "minLength": "string", "pattern": "string", "maximum": "number"}
        return next((kind for word, kind in words.items() if word in rule), None)

    def of_kind(self, kind: str | None, rule: dict[str, Any], level: int) -> str:
        match kind:
            case "string":
                return self.string(self.fitting(rule))
            case "integer":
                return self.random.choice(WHOLE)
            case "number":
                return self.random.choice(WHOLE if self.maybe(0.6) else EDGES)
            case "boolean":
                return self.random.choice(["true", "false"])
            case "null":
                return "null"
            case "array":
                most = 3 if self.maybe(0.95) else 30
                items = [self.value(rule.get("items", True), level + 1) for _ in range(self.random.randint(0, most))]
                return self.bracketed("[", items, "]")
            case "object":
                return self.object(rule, level)
            case _:
                return self.anything(level)

    def fitting(self, rule: dict[str, Any]) -> str:
        """Return a text, most times one of a length that fits."""
        least, most = rule.get("minLength", 0), rule.get("maxLength", 99)
        fitting = [text for text in TEXTS if least <= len(text) <= most] or TEXTS
        return self.random.choice(fitting if self.maybe(0.95) else TEXTS)

    def object(self, rule: dict[str, Any], level: int) -> str:
        named, required = rule.get("properties", {}), rule.get("required", [])
        names = [name for name in named if self.maybe(0.98 if name in required else 0.7)]
        members = [(name, self.value(named[name], level + 1)) for name in names]
        if isinstance(rule.get("additionalProperties"), dict) and (not named or self.maybe(0.1)):
            more = self.random.sample(NAMES + TEXTS, self.random.choice([0, 1, 2, 3, 4]))
            members += [(name, self.value(rule["additionalProperties"], level + 1)) for name in more]
        elif self.maybe(0.15 if rule.get("additionalProperties", True) in (True, {}) else self.bent):
            others = [name for name in NAMES if name not in named or self.maybe(self.bent)]
            more = self.random.sample(others, self.random.choice([1, 1, 3]))
            members += [(name, self.anything(level)) for name in more]
        if members and self.maybe(self.bent):
            members.append((self.random.choice(members)[0], self.anything(level)))
        if self.maybe(0.15):
            self.random.shuffle(members)
        return self.bracketed(
            "{", [f"{self.name(name)}{self.blank()}:{self.blank()}{text}" for name, text in members], "}"
        )

    def name(self, name: str) -> str:
        return self.string(name) if self.maybe(self.bent) else json.dumps(name, ensure_ascii=False)

    def bracketed(self, start: str, parts: list[str], end: str) -> str:
        return f"{start}{self.blank()}{f'{self.blank()},{self.blank()}'.join(parts)}{self.blank()}{end}"

    def blank(self) -> str:
        return self.random.choice(BLANKS) if self.maybe(0.1) else ""

    def string(self, text: str) -> str:
        """Return a string, with escapes where it must have them, and where it may."""
        if self.maybe(0.7):
            return json.dumps(text, ensure_ascii=False)
        if self.maybe(0.5):
            return json.dumps(text)
        written = [
            f"\\u{ord(each):04X}"
            if ord(each) < 2**16 and self.maybe(0.3)
            else json.dumps(each, ensure_ascii=self.maybe(0.5))[1:-1]
            for each in text
        ]
        return f'"{"".join(written)}"'

    def known(self, value: Any) -> str:
        return self.string(value) if isinstance(value, str) else json.dumps(value)

    def wrong(self, level: int) -> str:
        chosen = self.random.random()
        if chosen < 0.2:
            return "null"
        if chosen < 0.45:
            return self.random.choice(EDGES)
        return self.random.choice(BROKEN) if chosen < 0.6 else self.anything(level)

    def anything(self, level: int) -> str:
        kind = self.random.choice(
            ["string", "integer", "number", "boolean", "null", *(["array", "object"] if level < 6 else [])]
        )
        if kind == "object" and self.maybe(0.02):
            return '{"a":' * 130 + "[[]]" + "}" * 130
        return self.of_kind(kind, {"properties": dict.fromkeys(self.random.sample(NAMES, 2), True)}, level + 1)


def _bent_line(random: Random, line: bytes, bent: float) -> bytes:
    if random.random() > 3 * bent:
        return line
    at = random.randint(0, len(line))
    bends: list[Callable[[], bytes]] = [
            lambda: line[:at], lambda: line + b"x", lambda: line + line, lambda: b"\xef\xbb\xbf" + line,
            lambda: line + b"\r",
            lambda: b" \t" + line + b" ", lambda: b"", lambda: b" \r\t", lambda: line[:at] + b"\xff" + line[at:],
            lambda: b"\x0c",
            lambda: line[:at] + bytes([random.randrange(256)]) + line[at + 1 :], lambda: line[:at] + line[at + 1 :],
            lambda: b"null",
            lambda: line[:at] + b"\xc0\xaf" + line[at:], lambda: line[:at] + b"\xed\xa0\x80" + line[at:],
            lambda: b"[]", lambda: b"{}",
            lambda: line[:at] + b"\\u0000" + line[at:], lambda: line[:at] + b"\x00" + line[at:],
            lambda: line + b" " * 300,
            lambda: b"[" + line + b"]", lambda: line[:at] + b"\xf4\x90\x80\x80" + line[at:], lambda: line + b",",
            lambda: b" " * 300,
            lambda: line[:at] + line[max(at - 5, 0) :], lambda: line[:at] + b'"' + line[at:],
            lambda: line[:at] + b"\xe2\x82" + line[at:],
    ]  # fmt: skip
    return random.choice(bends)()
