"""What a view's query may be: one SELECT that gives the same rows everywhere and at any time.

DuckDB's own parser reads the query. Its tree is searched for functions of the clock, of chance and of the surroundings,
so that neither quotes nor subqueries, macros or function chains hide one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

CLOCK = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
"""What means the time without parentheses, unless a column has the name."""
NAMED = frozenset({"user", "current_user", "current_role", "session_user", "current_catalog", "current_schema"})
"""What names the surroundings without parentheses, unless a column has the name."""

# DuckDB says of most functions that they are volatile, but not of these: constants of a machine or a version, names for
# others, what samples, and what runs or shows a query that is made of text.
_REFUSED = CLOCK | NAMED | frozenset({
    "ago", "current_database", "current_localtime", "current_localtimestamp", "current_schemas", "get_block_size",
    "get_current_date", "get_current_time", "get_current_timestamp", "getenv", "json_execute_serialized_sql",
    "json_serialize_plan", "pg_backend_pid", "query", "query_table", "reservoir_quantile", "statement_timestamp",
    "clock_timestamp", "version", "uuidv4", "uuidv7",
})  # fmt: skip
_REFUSED_BEGINNINGS = ("pg_", "has_", "inet_", "duckdb_", "pragma_")
_STABLE = frozenset({"error", "pg_size_pretty", "pg_typeof"})  # that would be refused by the rules
_TABLE_FUNCTIONS = frozenset({
    "generate_series", "generate_subscripts", "histogram", "histogram_values", "json_each", "json_tree", "range",
    "regexp_split_to_table", "repeat", "repeat_row", "unnest",
})  # fmt: skip
_READERS = ("read_", "parquet_scan", "glob", "arrow_scan")  # refused when they run: nothing but the tables can be read
_RUN_TEXT = frozenset({"query", "query_table", "json_execute_serialized_sql"})
_ORDER = re.compile(r"\border\b", re.IGNORECASE)
_MOST_CUTS = 20  # that are tried
_BY_NAME = frozenset({"aggregate", "array_aggr", "array_aggregate", "list_aggr", "list_aggregate"})


def checked_query(where: str, query: str, columns: Collection[str], tables: Collection[str]) -> str:
    """Return a view's query, if it is one SELECT whose rows depend on nothing but the tables, without its own order.

    The view's key orders the rows; for the query's own ORDER BY, whole rows would have to fit into memory.

    Args:
        where: the query's file, for messages.
        query: its text.
        columns: the names of all columns of the tables.
        tables: the names of the tables.

    Raises:
        SetupError: it isn't; the message names what it uses.
    """
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as own:
        tree = _tree(own, where, query)
        unordered = _unordered(own, query, tree)
        search = _Search(own, {name.lower() for name in columns}, {name.lower() for name in tables})
    for node in _nodes(tree):
        search.defined.update(name.lower() for name in _defined(node))
    found = min(search.found(tree), default=None)
    if found:
        position, name = found
        line = query.encode("utf-8")[:position].count(b"\n") + 1
        if name in _RUN_TEXT:
            raise SetupError(f"{where}: line {line}: {name} hides what it runs: write the SELECT itself")
        raise SetupError(
            f"{where}: line {line}: {name} can give something else at another time or place, and a view must give the "
            "same rows everywhere: write the value into the query, or take it from a column of a table"
            + (f" (a column of that name: TABLE.{name})" if name in CLOCK | NAMED else "")
        )
    return unordered


def _unordered(own: duckdb.DuckDBPyConnection, query: str, tree: Any) -> str:
    """Return a query without the ORDER BY at its end: cut where what remains is proven to be the same but for that."""
    node = tree[0]["node"]
    if [each["type"] for each in node.get("modifiers", ())] != ["ORDER_MODIFIER"]:
        return query
    wanted = [{**tree[0], "node": {**node, "modifiers": []}}]
    for found in reversed(list(_ORDER.finditer(query))[-_MOST_CUTS:]):
        cut = query[: found.start()]
        row = own.execute("SELECT json_serialize_sql(?::VARCHAR)", [cut]).fetchone()
        if row and json.loads(row[0]).get("statements") == wanted:
            return cut
    return query


def _tree(own: duckdb.DuckDBPyConnection, where: str, query: str) -> Any:
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise SetupError(f"{where}: {error}") from error
    if len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT:
        try:
            row = own.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
            told = json.loads(row[0]) if row else {}
        except (duckdb.Error, RecursionError) as error:
            raise SetupError(f"{where}: nested too deeply to be checked: name parts of it by WITH") from error
        if not told.get("error", True) and all(node.get("type") != "SHOW_REF" for node in _nodes(told)):
            return told["statements"]
    raise SetupError(f"{where}: a view is one SELECT: remove all other statements")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def _defined(node: dict[str, Any]) -> Iterator[str]:
    """Yield the names that a part of the query gives to columns: by AS, behind a table's alias, of lambdas."""
    if node.get("alias"):
        yield node["alias"]
    yield from (name for name in node.get("column_name_alias") or () if isinstance(name, str))
    yield from (name for name in node.get("aliases") or () if isinstance(name, str))
    if node.get("class") == "LAMBDA":
        yield from (name for each in _nodes(node.get("lhs")) for name in each.get("column_names") or ())


@dataclass
class _Search:
    """Looks in a tree for what a view can't use; ``defined`` are names that the query itself gives."""

    own: duckdb.DuckDBPyConnection
    columns: set[str]
    tables: set[str]
    defined: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        listed = "SELECT function_name, function_type, stability FROM duckdb_functions()"
        functions = self.own.execute(listed).fetchall()
        tables = {"table", "table_macro", "pragma"}
        self.unstable = {name.lower() for name, _, stability in functions if stability not in (None, "CONSISTENT")}
        self.table_functions = {name.lower() for name, kind, _ in functions if kind in tables} - _TABLE_FUNCTIONS
        views = self.own.execute("SELECT view_name FROM duckdb_views() WHERE internal").fetchall()
        self.system_views = {name.lower() for (name,) in views} - self.tables

    def found(self, tree: Any) -> Iterator[tuple[int, str]]:
        """Yield where something stands that a view can't use, in bytes, and what it is called."""
        for node in _nodes(tree):
            place = node.get("query_location", 0)
            yield from ((place, name) for name in self._in(node))

    def _in(self, node: dict[str, Any]) -> Iterator[str]:
        kind = node.get("type")
        if node.get("sample"):
            yield "a sample"
        if node.get("class") == "FUNCTION":
            yield from self._in_function(node)
        elif kind == "TABLE_FUNCTION":
            name = node["function"].get("function_name", "").lower()
            if name in self.table_functions and not name.startswith(_READERS):
                yield name
        elif kind == "COLUMN_REF" and len(node["column_names"]) == 1:
            name = node["column_names"][0].lower()
            if name in CLOCK or (name in NAMED and name not in self.columns | self.defined):
                yield name
        elif kind == "BASE_TABLE":
            name, schema, catalog = (node[key].lower() for key in ("table_name", "schema_name", "catalog_name"))
            if schema not in ("", "main") or catalog not in ("", "memory") or name in self.system_views:
                yield ".".join(part for part in (catalog, schema, name) if part)

    def _in_function(self, node: dict[str, Any]) -> Iterator[str]:
        name = node["function_name"].lower()
        called = [name]
        if name in _BY_NAME:
            given = (each["expression"].get("literal") for each in node["arguments"][1:2])
            called += [str(literal.get("text", "")).lower() for literal in given if literal]
        for each in called:
            if each in _STABLE:
                continue
            if each in _REFUSED or each in self.unstable or each.startswith(_REFUSED_BEGINNINGS):
                yield each
        if name == "age" and len(node["arguments"]) == 1:
            yield "age with one argument"
