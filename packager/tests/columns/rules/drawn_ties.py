"""Random schemas in which a keyword ties values together, and records at the edges of what it allows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.schemas.drafts import DRAFTS, knows
from dataset_packager.schemas.keywords import KEYWORDS, REFERENCES

if TYPE_CHECKING:
    from random import Random

    from dataset_packager.schemas.drafts import Draft

KEYWORDS_DRAWN = tuple(name for name, each in KEYWORDS.items() if each.about and name not in REFERENCES[1:])
NAMES = ("a", "b", "ab", "kind", "n", "é")
TEXTS = ("", "a", "b", "ab", "move", "sale", "é")
NUMBERS: tuple[Any, ...] = (0, 1, 2, 5, 1.0, 0.5, -0.0, 2**53, 0.3, 0.01, 1e15)
PATTERNS = ("^a", "b$", "^(?!a)", "^[ab]{1,2}$", "^(?:a|[b-y]c?)$", "^[a-m]")
SOME: tuple[Any, ...] = (None, True, False, *TEXTS, *NUMBERS)


class Tied:
    """Draws subschemas for values of a shape, most of which use one keyword."""

    def __init__(self, random: Random, draft: Draft, keyword: str) -> None:
        self.random, self.draft, self.keyword = random, draft, keyword
        self.container = "$defs" if draft.name.startswith("20") else "definitions"

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def schema(self) -> dict[str, Any]:
        """Return the schema of a table whose columns are typed, with rules that tie them."""
        columns = self.object(0)
        tied = columns | self.rule(columns, 0)
        if self.maybe(0.3):
            tied["allOf"] = [*tied.get("allOf", []), self.rule(columns, 0)]
        return {"$schema": self.draft.uri, **tied, self.container: {"x": self.rule(columns, 2)}}

    def object(self, level: int) -> dict[str, Any]:
        names = self.random.sample(NAMES, self.random.randint(1, 4))
        made: dict[str, Any] = {"type": "object", "properties": {name: self.column(level + 1) for name in names}}
        if self.maybe(0.6):
            made["additionalProperties"] = False
        if self.maybe(0.4):
            made["required"] = self.random.sample(names, 1)
        return made

    def column(self, level: int) -> dict[str, Any]:
        """Return the schema of a typed column, with a rule beside its type at times."""
        scalars: list[dict[str, Any]] = [
            {"type": kind} for kind in ("string", "string", "integer", "number", "boolean", "null")
        ]
        scalars.append({"type": "integer", "minimum": 0, "maximum": 2**64})
        made = self.random.choice(scalars)
        if level < 3 and self.maybe(0.5):
            made = self.random.choice([self.array, self.map, self.object])(level)
        elif self.maybe(0.2):
            made = {"type": ["number", "string"]} if self.maybe(0.6) else {}
        if isinstance(made.get("type"), str) and made["type"] != "null" and self.maybe(0.3):
            made = {**made, "type": [made["type"], "null"]}
        return made | self.rule(made, level) if self.maybe(0.4) else made

    def array(self, level: int) -> dict[str, Any]:
        return {"type": "array", "items": self.column(level + 1)}

    def map(self, level: int) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.column(level + 1)}

    def any(self, column: dict[str, Any], level: int) -> Any:
        """Return any subschema for the values of a column."""
        always: list[Any] = [{}] if self.draft.name == "draft4" else [{}, True, False]
        if self.maybe(0.12):
            return self.random.choice(always)
        if self.maybe(0.1) and level < 2:
            return {"$ref": f"#/{self.container}/x"}
        if self.maybe(0.3):
            return self.simple(column)
        return self.rule(column, level + 1)

    def simple(self, column: dict[str, Any]) -> dict[str, Any]:
        rules: list[dict[str, Any]] = [
            {"type": self.random.choice(["string", "integer", "number", "null", "object", "array", "boolean"])},
            {"type": ["string", "null"]}, {"minLength": 1}, {"maximum": 1}, {"enum": self.random.sample(SOME, 4)},
            {"required": [self.name(column)]}, {"minItems": 1}, {"pattern": "^a"}, {"multipleOf": 2},
            {"properties": {self.name(column): {"enum": self.random.sample(SOME, 5)}}},
        ]  # fmt: skip
        return self.random.choice(rules)

    def name(self, column: dict[str, Any]) -> str:
        return self.random.choice([*column.get("properties", ()), *self.random.sample(NAMES, 1)])

    def below(self, column: dict[str, Any], level: int, name: str | None = None) -> Any:
        part = column.get("properties", {}).get(name) or column.get("items") or column.get("additionalProperties")
        return self.any(part if isinstance(part, dict) else {}, level)

    def rule(self, column: dict[str, Any], level: int) -> dict[str, Any]:
        """Return a rule for the values of a column: mostly of the keyword, at times of another."""
        known = [name for name in KEYWORDS_DRAWN if knows(self.draft, name)]
        keyword = self.keyword if self.maybe(0.6) and self.keyword in known else self.random.choice(known)
        if level > 3:
            return self.simple(column)
        rule = self.asked(keyword, column, level)
        if self.maybe(0.15):
            rule = self.asked(self.random.choice(known), column, level) | rule
        return rule

    def asked(self, keyword: str, column: dict[str, Any], level: int) -> dict[str, Any]:  # noqa: C901 - a table
        some, several = self.any, self.random.randint(1, 3)
        name, other = self.name(column), self.name(column)
        match keyword:
            case "$ref":
                return {"$ref": f"#/{self.container}/x"} if level < 2 else {}
            case "type":
                return {"type": self.random.sample(["object", "array", "string", "number", "null"], 2)}
            case "enum" | "const":
                values = [value_for(self.random, column, 0) for _ in range(3)]
                return {"enum": values} if keyword == "enum" else {"const": values[0]}
            case "allOf" | "anyOf" | "oneOf":
                return {keyword: [some(column, level) for _ in range(several)]}
            case "not" | "contains":
                return {keyword: some(column, level) if keyword == "not" else self.below(column, level)}
            case "minContains" | "maxContains":
                return {"contains": self.below(column, level), keyword: self.random.randint(0, 2)}
            case "if":
                branches = {word: some(column, level) for word in ("then", "else") if self.maybe(0.8)}
                return {"if": some(column, level), **branches}
            case "minLength" | "maxLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties":
                return {keyword: self.random.randint(0, 3)}
            case "multipleOf":
                bounds = {"minimum": 0, "maximum": 5} if self.maybe(0.4) else {}
                return bounds | {keyword: self.random.choice([1, 2, 0.5, 0.01, 0.3])}
            case "maximum" | "minimum":
                return {keyword: self.random.choice([1, 2, 0.5])}
            case "exclusiveMaximum" | "exclusiveMinimum":
                bound = keyword.removeprefix("exclusive").lower()
                return {keyword: True, bound: 1} if self.draft.name == "draft4" else {keyword: 1}
            case "pattern":
                return {"pattern": self.random.choice(PATTERNS)}
            case "format" | "contentEncoding" | "contentMediaType":
                return {keyword: {"format": "date", "contentEncoding": "base64"}.get(keyword, "application/json")}
            case "items":
                if self.draft.tuples_in_items and self.maybe(0.4):
                    return {"items": [self.below(column, level) for _ in range(several)]}
                return {"items": self.below(column, level)}
            case "prefixItems":
                return {"prefixItems": [self.below(column, level) for _ in range(several)]}
            case "additionalItems":
                return {"items": [self.below(column, level)], "additionalItems": self.below(column, level)}
            case "uniqueItems":
                return {"uniqueItems": self.maybe(0.9)}
            case "required":
                return {"required": [name] if name == other else [name, other]}
            case "properties":
                return {"properties": {each: self.below(column, level, each) for each in (name, other)}}
            case "patternProperties":
                return {"patternProperties": {self.random.choice(["^a", "n", "."]): self.below(column, level)}}
            case "additionalProperties":
                return {"properties": {name: {}}, "additionalProperties": self.below(column, level)}
            case "dependentRequired":
                return {keyword: {name: [other]}}
            case "dependencies":
                return {keyword: {name: [other] if self.maybe(0.5) else some(column, level)}}
            case "dependentSchemas":
                return {keyword: {name: some(column, level)}}
            case "propertyNames":
                return {keyword: self.random.choice([{"maxLength": 1}, {"pattern": "^a"}, {"enum": list(NAMES[:3])}])}
            case _:  # beside rules that speak of some members under a condition
                beside = self.asked(self.random.choice(["anyOf", "if", "allOf", "oneOf"]), column, level)
                return beside | {keyword: self.random.choice([False, {"type": "string"}, some(column, level)])}


def value_for(random: Random, column: Any, level: int) -> Any:  # noqa: C901 - a table
    """Return a value that mostly has the type of a column."""
    if not isinstance(column, dict) or random.random() < 0.03 or level > 4:
        return random.choice([*SOME, [], {}, ["a"], {"a": 1}])
    kinds = column.get("type")
    match random.choice(kinds) if isinstance(kinds, list) else kinds:
        case "string":
            return random.choice(TEXTS)
        case "integer":
            return random.choice([0, 1, 2, 5, 5, 1.0, 2**63 + random.randint(0, 2) if "maximum" in column else 3])
        case "number":
            return random.choice(NUMBERS)
        case "boolean":
            return random.random() < 0.5
        case "null":
            return None
        case "array":
            return [value_for(random, column.get("items"), level + 1) for _ in range(random.randint(0, 3))]
        case "object":
            named = column.get("properties", {})
            required = column.get("required", ())
            made = {
                name: value_for(random, part, level + 1)
                for name, part in named.items()
                if random.random() < (0.95 if name in required else 0.6)
            }
            beyond = column.get("additionalProperties")
            if isinstance(beyond, dict) and not named:
                for name in random.sample(NAMES, random.randint(0, 3)):
                    made[name] = value_for(random, beyond, level + 1)
            elif beyond is not False and random.random() < 0.3:  # members that have no column
                for name in random.sample(NAMES, random.randint(1, 2)):
                    made.setdefault(name, random.choice([*SOME, [], {"a": 1}]))
            return made
        case _:
            return random.choice([*SOME, [], {}, ["a", 1], [1, 1.0], {"a": 1}])


def tied_schema(random: Random, keyword: str) -> dict[str, Any]:
    """Return the schema of a table, of a draft that knows the keyword."""
    draft = random.choice([each for each in DRAFTS.values() if knows(each, keyword)])
    return Tied(random, draft, keyword).schema()


def tied_lines(random: Random, schema: dict[str, Any], many: int) -> list[bytes]:
    """Return lines whose records mostly fit the columns of a schema."""
    return [json.dumps(value_for(random, schema, 0), ensure_ascii=False).encode() for _ in range(many)]
