"""Subschemas and where they stand: documents, places in them, and the graph of those that validation can meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from dataset_packager.schemas.drafts import Draft

Scope = tuple[str, ...]
"""The schema resources that were entered on the way to a subschema, the outermost first: dynamic references ask it."""


@dataclass
class Document:
    """One file of the schema folder, or one of the drafts' own meta-schemas, with what it defines.

    Attributes:
        sha256: of the file's bytes; None for a meta-schema of a draft.
        names_draft: whether it has a ``$schema`` of its own.
        dialect: the file that ``$schema`` names, where it isn't a draft's own.
        places: each subschema that keywords lead to, by identity.
        starts: where the first part with each address stands.
    """

    path: str
    uri: str
    content: Any
    draft: Draft
    sha256: str | None = None
    names_draft: bool = False
    dialect: Document | None = None
    places: dict[int, Place] = field(default_factory=dict)
    starts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A subschema and where it stands.

    Attributes:
        node: the subschema, an object or a boolean (or whatever a wrong reference points to).
        pointer: its JSON Pointer within the document.
        base: the URI that references in it are relative to.
        resource: the address of the schema resource that it belongs to (the file, or a part with an ``$id``) ...
        start: ... and the JSON Pointer of that resource within the document.
    """

    document: Document
    node: Any
    pointer: str
    base: str
    resource: str
    start: str
    draft: Draft

    def __str__(self) -> str:
        return f"{self.document.path}#{self.pointer}"

    @property
    def address(self) -> str:
        """The URI that names this place in both validators: its resource and a JSON Pointer (RFC 6901, section 6)."""
        inner = self.pointer[len(self.start) :]
        return self.resource + ("#" + quote(inner, safe="/!$&'()*+,;=:@~-._?") if inner else "")

    def entered(self, scope: Scope, *, lexically: bool = False) -> Scope:
        """Return the resources entered where ``scope`` has been and this place comes next.

        ``lexically``: not by a reference. The gate's engine then leaves the resource around an inner one.
        """
        if lexically:
            return (*scope[:-1], self.resource)
        return scope if scope[-1:] == (self.resource,) else (*scope, self.resource)


@dataclass(frozen=True)
class Graph:
    """The subschemas that validation can meet, and what leads from one to another.

    Attributes:
        places: each subschema's place, by identity.
        targets: what a reference points to before the dynamic scope is looked at, by identity and keyword.
        anchors: the subschemas with a ``$dynamicAnchor``, by resource and name.
        roots: the outermost subschema of each resource.
    """

    places: dict[int, Place] = field(default_factory=dict)
    targets: dict[tuple[int, str], Any] = field(default_factory=dict)
    anchors: dict[tuple[str, str], Any] = field(default_factory=dict)
    roots: dict[str, Any] = field(default_factory=dict)

    def add(self, place: Place) -> None:
        """Take up a subschema."""
        self.places[id(place.node)] = place
        if isinstance(place.node.get("$dynamicAnchor"), str):
            self.anchors[place.resource, place.node["$dynamicAnchor"]] = place.node
        if place.pointer == place.start:
            self.roots[place.resource] = place.node

    @property
    def is_dynamic(self) -> bool:
        """Whether what a reference stands for may depend on the way to it."""
        return any(keyword != "$ref" for _, keyword in self.targets)

    def bound(self, scope: Scope) -> tuple[str | None, ...]:
        """Return what dynamic references follow from after a way: ways that bind alike lead on to the same targets."""
        names = dict.fromkeys(name for _, name in self.anchors)
        outermost = (next((each for each in scope if (each, name) in self.anchors), None) for name in names)
        return (*outermost, self._recursive_root(scope))

    def _recursive_root(self, scope: Scope) -> str | None:
        """Return the outermost of the resources last entered whose roots all have a ``$recursiveAnchor``."""
        found = None
        for resource in reversed(scope):
            root = self.roots.get(resource)
            if not isinstance(root, dict) or not root.get("$recursiveAnchor"):
                break
            found = resource
        return found

    def target(self, rule: dict[str, Any], keyword: str, scope: Scope) -> Any:
        """Return what a reference of a subschema stands for, seen on a way: that counts where it is dynamic.

        JSON Schema 2020-12, section 8.2.3.2 (``$dynamicRef``); 2019-09, section 8.2.4.2 (``$recursiveRef``).
        """
        target = self.targets.get((id(rule), keyword))
        if keyword == "$dynamicRef":
            name = rule[keyword].partition("#")[2]
            if isinstance(target, dict) and target.get("$dynamicAnchor") == name:
                anchors = ((resource, name) for resource in scope)
                return next((self.anchors[each] for each in anchors if each in self.anchors), target)
        if keyword == "$recursiveRef" and isinstance(target, dict) and target.get("$recursiveAnchor"):
            outermost = self._recursive_root(scope)
            return target if outermost is None else self.roots[outermost]
        return target
