"""The documents as ``referencing`` looks things up in them: by the addresses and anchors that were found before.

Its own search takes the keywords of the outermost draft for those of every part, stumbles over ``dependencies`` of both
kinds, and loses the base of what a dynamic anchor leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import evolve
from referencing import Anchor, Registry
from referencing._core import Resolved
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DynamicAnchor

from dataset_packager.schemas.drafts import SPECIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from referencing import Resource
    from referencing._core import Resolver

    from dataset_packager.schemas.subschema_graph import Document


@dataclass(frozen=True)
class _OutermostAnchor:
    """A dynamic anchor that leads to the outermost one of its name, references in it relative to where that stands."""

    name: str
    resource: Resource[Any]

    def resolve(self, resolver: Resolver[Any]) -> Resolved[Any]:
        outermost = None
        for uri, registry in resolver.dynamic_scope():
            try:
                anchor = registry.anchor(uri, self.name).value
            except (Unresolvable, LookupError):
                continue
            if isinstance(anchor, DynamicAnchor | _OutermostAnchor):
                outermost = uri, anchor.resource
        if outermost is None:
            return _resolved(self.resource.contents, resolver)
        return _resolved(outermost[1].contents, resolver.lookup(outermost[0]).resolver)


def _resolved(contents: Any, resolver: Resolver[Any]) -> Resolved[Any]:
    return Resolved(contents=contents, resolver=resolver)  # type: ignore[call-arg]  # mypy doesn't see it as attrs


@cache
def _specifications() -> Registry[Any]:
    crawled: Registry[Any] = SPECIFICATIONS.crawl()
    return crawled


def registry_of(documents: Iterable[Document]) -> Registry[Any]:
    """Return the registry of some documents and of the drafts' own; it fetches nothing and searches nothing."""
    known = _specifications()
    resources, anchors = known._resources, known._anchors
    for document in documents:
        if document.sha256 is None:
            continue
        resources = resources.insert(document.uri, document.draft.specification.create_resource(document.content))
        for place in document.places.values():
            resource = place.draft.specification.create_resource(place.node)
            if place.start and place.pointer == place.start:
                resources = resources.insert(place.resource, resource)
            for keyword, kind in (("$anchor", Anchor), ("$dynamicAnchor", _OutermostAnchor)):
                name = place.node.get(keyword)
                if isinstance(name, str) and place.draft.name in ("2019-09", "2020-12"):
                    anchors = anchors.insert((place.resource, name), kind(name, resource))  # type: ignore[call-arg]  # as above
    registry: Registry[Any] = evolve(known, resources=resources, anchors=anchors)  # type: ignore[misc]  # as above
    return registry
