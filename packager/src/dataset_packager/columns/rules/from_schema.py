"""From a schema to checks of columns: its rules go down to the columns, and to the gate's engine where values stand.

What the kernel has seen to needs no second look: types, and members without a column. A rule of scalar values is put to
the gate's engine, compiled for that very subschema; of what is told of a whole column at once (limits, multiples, fixed
patterns, lists) it has to confirm examples. What ties values together (``oneOf``, ``if``, ``dependentRequired``) is
decided by which of them are there and which rules they meet.
Where that can't be, a rule is put to the engine with the whole values at its place, and if these aren't known exactly
either, or the rule depends on the way that led to it (``$dynamicRef``), the gate decides on whole records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.columns.encode import (
    IntegerColumn,
    JsonColumn,
    NullColumn,
    NumberColumn,
)
from dataset_packager.columns.nested import ListColumn, StructColumn
from dataset_packager.columns.rules import array_keywords, equal_values, maps, object_keywords, scalar_keywords
from dataset_packager.columns.rules.checks import (
    ALWAYS,
    NEVER,
    Check,
    NotByColumns,
    all_of,
    any_of,
    if_then,
    none_of,
    one_of,
)
from dataset_packager.columns.rules.verdicts import ScalarRule, Verdicts, scalar_check, value_check
from dataset_packager.schemas.drafts import rules_of
from dataset_packager.schemas.keywords import KEYWORDS
from dataset_packager.validation.engine import asserts_content, compiled, compiled_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Columns, Mask
    from dataset_packager.schemas import Schema
    from dataset_packager.schemas.drafts import Draft
    from dataset_packager.schemas.subschema_graph import Place

MOST_CHECKS, MOST_OPTIONS = 20_000, 50
_NULL_RULE = {"type": "null"}
COMBINING = frozenset(("$ref", "allOf", "anyOf", "oneOf", "not", "if"))


class WholeRecords(Exception):  # no error: the gate decides on each record
    """A rule that can't be held against columns: where it stands, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


@dataclass(frozen=True)
class ColumnRules:
    """How the records of a table are judged.

    Attributes:
        check: of the node of the whole record; None where the gate looks at each record.
        slow: where rules stand that look at more than distinct values, and why; for a table without check, the one
            that is the reason.
    """

    check: Check | None
    slow: tuple[tuple[str, str], ...] = ()


def column_rules(schema: Schema, root: Node, *, assert_formats: bool) -> ColumnRules:
    """Return what is left to check once all lines are plain, and tell the nodes which nulls and absences are plain.

    Without a check, nodes take all nulls that they can tell.
    """
    reading = SchemaReading(schema, assert_formats)
    every = list(root.everything())
    for node in every:
        node.required = node.never_absent or (_is_member(node) and not node.may_lack)
    try:
        reading.refuse_dynamic()
        return ColumnRules(reading.check(root, schema.document, surely=True), tuple(reading.slow))
    except WholeRecords as reason:
        for node in every:
            node.take_nulls(allowed=True)
            node.required, node.is_open = node.never_absent, node.rest is not None
        return ColumnRules(None, ((reason.where, reason.why),))


def _is_member(node: Node) -> bool:
    return node.parent is not None and isinstance(node.parent.column, StructColumn)


class SchemaReading:
    """Goes down the schema and the columns together; ``surely`` says that every valid record meets a rule."""

    def __init__(self, schema: Schema, assert_formats: bool) -> None:
        self.schema, self.assert_formats = schema, assert_formats
        self.slow: dict[tuple[str, str], None] = {}
        self._made: dict[tuple[int, int, bool], Check | None] = {}
        self._verdicts: dict[int, Verdicts] = {}
        self._patterns: dict[tuple[str, str], Verdicts] = {}
        self._takes_null: dict[int, bool] = {}
        self._tells_spelling = any(place.draft.tells_spelling for place in schema.graph.places.values())

    def refuse_dynamic(self) -> None:
        """Raise WholeRecords where what a rule means depends on the way that leads to it."""
        for place in self.schema.graph.places.values():
            if place.document.dialect is not None:
                raise WholeRecords(str(place), "a dialect of its own")
        for number, keyword in self.schema.graph.targets:
            if keyword != "$ref":
                raise WholeRecords(
                    f"{self.schema.graph.places[number]}/{keyword}",
                    f"what {keyword} means depends on the way that leads to it",
                )

    def check(self, node: Node, rule: Any, *, surely: bool = False) -> Check:
        """Return the check of a node against a subschema.

        Raises:
            WholeRecords: there is none.
        """
        if isinstance(rule, bool):
            return ALWAYS if rule else NEVER
        key = (node.number, id(rule), surely)
        if key not in self._made:
            self._made[key] = None
            if len(self._made) > MOST_CHECKS:
                raise WholeRecords(str(self.place(rule)), f"more than {MOST_CHECKS:,} rules for the columns of a table")
            made = self._containers(node, rule, surely) if node.children else self._scalars(node, rule, surely)
            self._made[key] = made
        found = self._made[key]
        if found is None:
            raise WholeRecords(str(self.place(rule)), "the rule applies itself to the same value")
        return found

    def place(self, rule: dict[str, Any]) -> Place:
        """Return where a subschema stands."""
        return self.schema.graph.places[id(rule)]

    def target(self, rule: dict[str, Any]) -> Any:
        """Return what the reference of a subschema stands for."""
        return self.schema.graph.targets[id(rule), "$ref"]

    def verdicts(self, rule: dict[str, Any]) -> Verdicts:
        """Return the engine's verdicts for a subschema."""
        if id(rule) not in self._verdicts:
            place = self.place(rule)
            self._verdicts[id(rule)] = Verdicts(lambda: compiled(self.schema, self.assert_formats, place, of_many=True))
        return self._verdicts[id(rule)]

    def verdicts_alone(self, rule: dict[str, Any], draft: Draft) -> Verdicts:
        """Return the engine's verdicts for a rule that stands nowhere and refers to nothing."""
        return Verdicts(lambda: compiled_alone({"items": rule}, draft, self.assert_formats))

    def matches(self, pattern: str, name: str, draft: Draft) -> bool:
        """Say whether a pattern is found in a name."""
        if (pattern, draft.name) not in self._patterns:
            self._patterns[pattern, draft.name] = self.verdicts_alone({"pattern": pattern}, draft)
        return self._patterns[pattern, draft.name].accept([name])

    def takes_null(self, rule: Any) -> bool:
        """Say whether a subschema takes null."""
        if isinstance(rule, bool):
            return rule
        if id(rule) not in self._takes_null:
            self._takes_null[id(rule)] = False  # a rule that applies itself is found by ``check``
            self._takes_null[id(rule)] = all(self._null_fits(rule))
        return self._takes_null[id(rule)]

    def _null_fits(self, rule: dict[str, Any]) -> Iterator[bool]:
        asked, takes = rules_of(rule, self.place(rule).draft), self.takes_null
        if "$ref" in asked:
            yield takes(self.target(rule))
        if "type" in asked:
            yield "null" in scalar_keywords.types_of(asked)
        if "enum" in asked:
            yield any(value is None for value in asked["enum"])
        if "const" in asked:
            yield asked["const"] is None
        if "allOf" in asked:
            yield all(map(takes, asked["allOf"]))
        if "anyOf" in asked:
            yield any(map(takes, asked["anyOf"]))
        if "oneOf" in asked:
            yield sum(map(takes, asked["oneOf"])) == 1
        if "not" in asked:
            yield not takes(asked["not"])
        if "if" in asked:
            yield takes(rule.get("then" if takes(asked["if"]) else "else", True))

    # ---- values without parts ----

    def _scalars(self, node: Node, rule: dict[str, Any], surely: bool) -> Check:
        takes_null = self.takes_null(rule)
        if surely:
            node.take_nulls(allowed=node.allows_null and takes_null)
        draft = self.place(rule).draft
        if isinstance(node.column, JsonColumn):
            if not self._counting(rules_of(rule, draft), draft, None):
                return ALWAYS
            return scalar_check(node, ScalarRule(self.verdicts(rule), takes_null))
        if isinstance(node.column, NullColumn):
            return ALWAYS if takes_null else NEVER
        node.tells_spelling = self._tells_spelling and isinstance(node.column, NumberColumn)
        kind = scalar_keywords.kind_of(node)
        asked = self._counting(self._resolved(rule), draft, kind)
        decimal = isinstance(node.column, IntegerColumn) and node.column.digits
        if kind == "number" and not decimal and not COMBINING.isdisjoint(asked):
            return self._combined(node, rule, takes_null, surely)
        return scalar_keywords.check(node, asked, self.verdicts(rule), takes_null)

    def _combined(self, node: Node, rule: dict[str, Any], takes_null: bool, surely: bool) -> Check:
        """Return the check of numbers against several subschemas, each of which is told of all of them at once."""
        draft = self.place(rule).draft
        every = self._counting(rules_of(rule, draft), draft, "number")
        checks = list(self._applied(node, rule, {name: every[name] for name in every.keys() & COMBINING}, surely))
        beside = {name: value for name, value in every.items() if name not in COMBINING}
        checks.append(scalar_keywords.check(node, beside, self.verdicts_alone(beside, draft), takes_null))
        return _where_it_stands(node, all_of(checks), takes_null)

    def _counting(self, asked: dict[str, Any], draft: Draft, kind: str | None) -> dict[str, Any]:
        """Return the keywords that can refuse values of a kind; those of content and formats may be mere notes."""
        notes = set() if self.assert_formats else {"format"}
        if not asserts_content(draft, self.assert_formats):
            notes |= {"contentEncoding", "contentMediaType"}
        about = ("any", kind)
        return {
            name: value
            for name, value in asked.items()
            if name not in notes and (kind is None or KEYWORDS[name].about in about)
        }

    def _resolved(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Return what a subschema asks for, behind references and alternatives of which one is null."""
        for _ in range(100):
            asked = rules_of(rule, self.place(rule).draft)
            following: Any = None
            if asked.keys() == {"$ref"}:
                following = self.target(rule)
            elif asked.keys() in ({"anyOf"}, {"oneOf"}):
                branches = next(iter(asked.values()))
                others = [each for each in branches if each != _NULL_RULE]
                following = others[0] if len(others) == 1 and len(branches) == 2 else None
            if not isinstance(following, dict):
                return asked
            rule = following
        return asked

    # ---- objects, arrays ----

    def _containers(self, node: Node, rule: dict[str, Any], surely: bool) -> Check:
        takes_null = self.takes_null(rule)
        if surely:
            node.take_nulls(allowed=node.allows_null and takes_null)
        draft = self.place(rule).draft
        asked = rules_of(rule, draft)
        kind = "array" if isinstance(node.column, ListColumn) else "object"
        if "type" in asked and kind not in scalar_keywords.types_of(asked):
            return _where_it_stands(node, NEVER, takes_null)
        try:
            checks = list(self._applied(node, rule, asked, surely))
            if kind == "array":
                checks.extend(array_keywords.checks(self, node, asked, draft, surely))
            elif isinstance(node.column, StructColumn):
                checks.extend(object_keywords.checks(self, node, rule, draft, surely))
            else:
                checks.extend(maps.checks(self, node, asked, draft, surely))
        except NotByColumns as reason:
            checks = [self._by_value(node, rule, str(reason))]
        return _where_it_stands(node, all_of(checks), takes_null)

    def _applied(self, node: Node, rule: dict[str, Any], asked: dict[str, Any], surely: bool) -> Iterator[Check]:
        """Yield what other subschemas say of the same value."""
        if "$ref" in asked:
            yield self.check(node, self.target(rule), surely=surely)
        for each in asked.get("allOf", ()):
            yield self.check(node, each, surely=surely)
        if "anyOf" in asked:
            yield any_of([self.check(node, each) for each in asked["anyOf"]])
        if "oneOf" in asked:
            yield one_of([self.check(node, each) for each in asked["oneOf"]])
        if "not" in asked:
            yield none_of(self.check(node, asked["not"]))
        if "if" in asked:
            branches = (asked["if"], rule.get("then", True), rule.get("else", True))
            yield if_then(*(self.check(node, each) for each in branches))
        if "const" in asked:
            yield equal_values.equals(self, node, asked["const"], self.place(rule).draft)
        if "enum" in asked:
            if len(asked["enum"]) > MOST_OPTIONS:
                raise NotByColumns(f"an enum of more than {MOST_OPTIONS} objects or arrays")
            yield any_of([equal_values.equals(self, node, value, self.place(rule).draft) for value in asked["enum"]])

    def _by_value(self, node: Node, rule: dict[str, Any], why: str) -> Check:
        """Return the check that puts each whole value to the engine."""
        unsure = NumberColumn | JsonColumn if self._tells_spelling else JsonColumn
        if any(isinstance(each.column, unsure) for each in node.everything()):
            raise WholeRecords(
                str(self.place(rule)), f"{why}, about values with numbers that may be written in two ways"
            )
        self.slow[str(self.place(rule)), why] = None
        node.close()  # the values are made of columns
        return value_check(node, self.verdicts(rule))


def _where_it_stands(node: Node, check: Check, takes_null: bool) -> Check:
    """Return a check for entries of a node that may be null."""
    if check is ALWAYS and takes_null:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        present = columns.present(node)
        valid = check(columns, where & present)
        return valid | (where & ~present) if takes_null else valid

    return Check(check.cost, run)
