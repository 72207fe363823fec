"""Finds in source code which codes findings are given, wherever they are made or what they are made from is."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
KEYWORDS_ALONE = {"Problem"}  # whose code is the keyword of the schema that fails


@dataclass
class Codes:
    """The codes that are given, and the places where a code is given that can't be read off."""

    given: set[str] = field(default_factory=set)
    unclear: list[str] = field(default_factory=list)


class Call(NamedTuple):
    """A call, the name of what is called, and the functions that it stands in."""

    node: ast.Call
    name: str
    within: tuple[Function, ...]


class Source(NamedTuple):
    """What a file says of codes: the constants at its top, its classes, and all that is called in it."""

    constants: dict[str, ast.expr]
    classes: list[ast.ClassDef]
    calls: list[Call]


def codes_given(*folders: Path, leave_out: tuple[str, ...] = ()) -> Codes:
    """Return the codes that the sources below ``folders`` give findings."""
    paths = (path for each in folders for path in sorted(each.rglob("*.py")) if path.name not in leave_out)
    sources = {path: _read_source(path) for path in paths}
    makers = {"Finding": 3} | _classes(each for source in sources.values() for each in source.classes)
    while found := _passing_on(sources.values(), makers):
        makers |= found
    codes = Codes()
    for path, source in sources.items():
        passing = {id(call) for _, call, _ in _passed(source.calls, makers)}
        for (call, *_), value in _making(source.calls, makers):
            if id(call) not in passing:
                _read(value, source.constants, codes, f"{path.name}:{call.lineno}")
    return codes


@cache
def _read_source(path: Path) -> Source:
    tree = ast.parse(path.read_text("utf-8"))
    source = Source(_constants(tree), [], [])
    waiting: list[tuple[ast.AST, tuple[Function, ...]]] = [(tree, ())]
    while waiting:
        node, within = waiting.pop()
        if isinstance(node, ast.Call):
            source.calls.append(Call(node, getattr(node.func, "id", getattr(node.func, "attr", "")), within))
        elif isinstance(node, ast.ClassDef):
            source.classes.append(node)
        elif isinstance(node, Function):
            within = (*within, node)
        for name in node._fields:
            held = getattr(node, name, None)
            nodes = held if isinstance(held, list) else (held,)
            waiting += [(each, within) for each in nodes if isinstance(each, ast.AST) and each._fields]
    return source


def _classes(nodes: Iterable[ast.ClassDef]) -> dict[str, int]:
    found = {}
    for node in nodes:
        if node.name not in KEYWORDS_ALONE:
            fields = [part.target.id for part in node.body
                      if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]  # fmt: skip
            made = [part for part in node.body if isinstance(part, Function) and part.name == "__init__"]
            names = [each.arg for each in made[0].args.args[1:]] if made else fields
            if "code" in names:
                found[node.name] = names.index("code")
    return found


def _making(calls: Iterable[Call], makers: dict[str, int]) -> Iterator[tuple[Call, ast.expr]]:
    for call in calls:
        if call.name in makers:
            node = call.node
            named = [each.value for each in node.keywords if each.arg == "code"]
            if named or len(node.args) > makers[call.name]:
                yield call, named[0] if named else node.args[makers[call.name]]


def _passed(calls: Iterable[Call], makers: dict[str, int]) -> Iterator[tuple[Function, ast.Call, int]]:
    """Yield each function that passes a parameter of its own on as a code, the call, and the parameter's place."""
    for call, value in _making(calls, makers):
        if isinstance(value, ast.Name):
            for function in call.within:
                names = [each.arg for each in function.args.args]
                if value.id in names:
                    yield function, call.node, names.index(value.id) - (names[0] in ("self", "cls"))


def _passing_on(sources: Iterable[Source], makers: dict[str, int]) -> dict[str, int]:
    found = {function.name: place for source in sources for function, _, place in _passed(source.calls, makers)}
    return {name: place for name, place in found.items() if name not in makers and name != "__init__"}


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Name):
                found[target.id] = node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                found |= {each.id: value for each, value in zip(target.elts, node.value.elts, strict=True)
                          if isinstance(each, ast.Name)}  # fmt: skip
    return found


def _read(value: ast.expr, constants: dict[str, ast.expr], codes: Codes, where: str) -> None:
    if isinstance(value, ast.IfExp):
        _read(value.body, constants, codes, where)
        _read(value.orelse, constants, codes, where)
    elif isinstance(value, ast.Name) and value.id in constants:
        _read(constants[value.id], constants, codes, where)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        codes.given.add(value.value)
    elif not (isinstance(value, ast.Attribute) and value.attr == "code"):  # that of another finding
        codes.unclear.append(where)
