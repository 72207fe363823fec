"""One document instead of many: the same rules, with references by JSON Pointer within it.

The gate's engine expands a reference to another document anew at each place: schemas of a hundred files that refer to
one another would never be compiled. References within one document it follows once.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.schemas.drafts import Draft

_UNBUNDLED = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"})


@dataclass(frozen=True)
class Bundle:
    """A schema and all that it reaches in one document; ``names`` has the name of each former document by address."""

    draft: Draft
    container: str
    parts: Mapping[str, Any]
    names: Mapping[str, str]

    def holds(self, address: str) -> bool:
        """Say whether what stood at ``address`` is in the bundle."""
        return address.partition("#")[0] in self.names

    def schema(self, address: str) -> dict[str, Any]:
        """Return the document, as a schema that refers to what stood at ``address``."""
        return {"$schema": self.draft.uri, "$ref": self.pointer(address), self.container: self.parts}

    def pointer(self, address: str) -> str:
        """Return the reference within the document for what stood at ``address``.

        Raises:
            KeyError: no document of the bundle stood there.
        """
        uri, _, fragment = address.partition("#")
        return f"#/{self.container}/{self.names[uri]}{fragment}"


def bundled(documents: Mapping[str, Any], draft: Draft) -> Bundle | None:
    """Return the documents as one, or None where there is only one, or where identifiers or drafts tell them apart."""
    if len(documents) < 2:
        return None
    names = {uri: f"d{number}" for number, uri in enumerate(documents)}
    parts = {names[uri]: deepcopy(content) for uri, content in documents.items()}
    for part in parts.values():
        if isinstance(part, dict) and part.pop("$schema", draft.uri).rstrip("#") != draft.uri:
            return None
    bundle = Bundle(draft, "definitions" if draft.ref_stands_alone else "$defs", parts, names)
    return bundle if _rewritten(bundle, draft) else None


def _rewritten(bundle: Bundle, draft: Draft) -> bool:
    """Write all references anew; False where one leads to what isn't in the bundle, or where identifiers count."""
    todo, seen = [(uri, bundle.parts[name]) for uri, name in bundle.names.items()], set[int]()
    while todo:
        here, node = todo.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        if _UNBUNDLED & node.keys() or isinstance(node.get(draft.id_keyword), str):
            return False
        todo.extend((here, child) for _, child in draft.subschemas(node))
        if isinstance(node.get("$ref"), str):
            uri, _, pointer = node["$ref"].partition("#")
            if (uri or here) not in bundle.names or pointer[:1] not in ("", "/"):
                return False
            todo.append((uri or here, _resolve(bundle.parts[bundle.names[uri or here]], pointer)))
            node["$ref"] = bundle.pointer(f"{uri or here}#{pointer}")
    return True


def _resolve(node: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        name = unquote(token).replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node
