"""Finds in source code which codes findings are given, wherever they are made or what they are made from is."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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


def codes_given(*folders: Path, leave_out: tuple[str, ...] = ()) -> Codes:
    """Return the codes that the sources below ``folders`` give findings."""
    trees = {path: ast.parse(path.read_text("utf-8")) for each in folders for path in sorted(each.rglob("*.py"))}
    trees = {path: tree for path, tree in trees.items() if path.name not in leave_out}
    makers = {"Finding": 3} | _classes(trees.values())
    while found := _passing_on(trees.values(), makers):
        makers |= found
    codes = Codes()
    for path, tree in trees.items():
        constants, passing = _constants(tree), {id(call) for _, call, _ in _passed(tree, makers)}
        for call, value in _calls(tree, makers):
            if id(call) not in passing:
                _read(value, constants, codes, f"{path.name}:{call.lineno}")
    return codes


def _classes(trees: Iterable[ast.Module]) -> dict[str, int]:
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name not in KEYWORDS_ALONE:
                fields = [part.target.id for part in node.body
                          if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]  # fmt: skip
                made = [part for part in node.body if isinstance(part, Function) and part.name == "__init__"]
                names = [each.arg for each in made[0].args.args[1:]] if made else fields
                if "code" in names:
                    found[node.name] = names.index("code")
    return found


def _calls(tree: ast.AST, makers: dict[str, int]) -> Iterator[tuple[ast.Call, ast.expr]]:
    for node in ast.walk(tree):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in makers:
            named = [each.value for each in node.keywords if each.arg == "code"]
            if named or len(node.args) > makers[name]:
                yield node, named[0] if named else node.args[makers[name]]


def _passed(tree: ast.AST, makers: dict[str, int]) -> Iterator[tuple[Function, ast.Call, int]]:
    """Yield each function that passes a parameter of its own on as a code, the call, and the parameter's place."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            names = [each.arg for each in node.args.args]
            for call, value in _calls(node, makers):
                if isinstance(value, ast.Name) and value.id in names:
                    yield node, call, names.index(value.id) - (names[0] in ("self", "cls"))


def _passing_on(trees: Iterable[ast.Module], makers: dict[str, int]) -> dict[str, int]:
    found = {function.name: place for tree in trees for function, _, place in _passed(tree, makers)}
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
