"""Read a JSON Schema with all that it refers to, check it, and prepare it for validators that fetch nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.schemas.bundle import Bundle, bundled
from dataset_packager.schemas.did_you_mean import fitting_draft, idle_keywords, why_invalid
from dataset_packager.schemas.drafts import DRAFTS, LATEST, escape
from dataset_packager.schemas.evaluation_cost import check_steps
from dataset_packager.schemas.keywords import REFERENCES
from dataset_packager.schemas.patterns import Patterns
from dataset_packager.schemas.references import References, subschemas
from dataset_packager.schemas.schema_folder import SchemaFolder
from dataset_packager.schemas.subschema_graph import Document, Graph, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import jsonschema_rs


@dataclass(frozen=True)
class Schema:
    """A schema that has been checked, with everything that it refers to.

    Attributes:
        path: the file, relative to the project.
        document: the schema. The outermost ``$id`` is gone.
        uri: its address, as in ``project://dataset/schema/claims.schema.json``.
        draft: ``draft4``, ``draft6``, ``draft7``, ``2019-09`` or ``2020-12``.
        documents: every document that it reaches by address, without the drafts' own unless they are referred to.
        sources: the SHA-256 of every file that it reaches, by project-relative path.
        graph: the subschemas that validation can meet, and what their references stand for.
        warnings: what is legal in it and was hardly meant.
    """

    path: str
    document: dict[str, Any] | bool
    uri: str
    draft: str
    documents: Mapping[str, Any] = field(repr=False, compare=False)
    sources: Mapping[str, str]
    graph: Graph = field(repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def bundle(self) -> Bundle | None:
        """The documents as one, where they can be one."""
        return bundled(self.documents, DRAFTS[self.draft])


def load_schema(project: Path, path: str) -> Schema:
    """Load the schema at ``path`` (relative to ``project``) and every file of its folder that it refers to.

    Raises:
        SetupError: a file is missing, outside of the schema folder or not JSON; the draft is unknown; a schema is
            invalid against its meta-schema; a reference is remote or can't be resolved; a pattern can't be compiled.
            The message names file, JSON Pointer and what stands there.
    """
    folder = SchemaFolder(project, PurePosixPath(path).as_posix())
    references = References(folder)
    document = references.add(folder.read(PurePosixPath(path).as_posix()), LATEST)
    if not isinstance(document.content, dict | bool):
        raise SetupError(f"{path}: a schema is an object or a boolean, not {type(document.content).__name__}")
    graph = Graph()
    reached = _reach(references, document, graph)
    contents = {each.uri: each.content for each in reached}
    return Schema(
        path=document.path,
        document=document.content,
        uri=document.uri,
        draft=document.draft.name,
        documents=contents,
        sources={each.path: each.sha256 for each in reached if each.sha256 is not None},
        graph=graph,
        warnings=tuple(dict.fromkeys(_warnings(graph))),
    )


def _warnings(graph: Graph) -> Iterator[str]:
    for place in graph.places.values():
        if place.document.sha256 is not None and place.document.dialect is None:
            yield from idle_keywords(place)


def _reach(references: References, document: Document, graph: Graph) -> list[Document]:
    """Check and follow every reference from ``document`` on; return the documents reached, the first one first."""
    reached = {document.uri: document}
    todo = [references.resources[document.uri]]
    patterns = Patterns()
    while todo:
        start = todo.pop()
        if id(start.node) in graph.places or isinstance(start.node, bool):
            continue
        places = list(subschemas(start))
        if start.document.sha256 is not None:
            _check(start, [each for each in places if each.draft is not start.draft])
        for place in places:
            if id(place.node) in graph.places:
                continue
            graph.add(place)
            if start.document.sha256 is not None:
                _check_patterns(place, patterns)
            for target in _follow(references, place, graph):
                reached.setdefault(target.document.uri, target.document)
                todo.append(target)
    for each in reached.values():
        _silence(references, each, graph, reached)
    check_steps(graph)
    return list(reached.values())


def _follow(references: References, place: Place, graph: Graph) -> Iterator[Place]:
    if place.document.dialect is not None:
        yield references.resources[place.document.dialect.uri]
    for keyword in REFERENCES:
        if isinstance(place.node.get(keyword), str):
            target, written = references.resolve(place, keyword)
            graph.targets[id(place.node), keyword] = target.node
            if place.document.sha256 is not None:
                place.node[keyword] = written
            yield target


def _silence(references: References, document: Document, graph: Graph, reached: Mapping[str, Document]) -> None:
    """Take away the references that no validation can meet, where they lead to nothing: validators look at all."""
    for place in list(document.places.values()):
        if id(place.node) in graph.places:
            continue
        for keyword in REFERENCES:
            if not isinstance(place.node.get(keyword), str):
                continue
            try:
                target, place.node[keyword] = references.resolve(place, keyword)
                resolved = target.document.uri in reached
            except SetupError:
                resolved = False
            if not resolved:
                place.node["$comment"] = f"{keyword} {place.node.pop(keyword)!r} leads nowhere and is never used"


@cache
def _meta_validator(name: str) -> jsonschema_rs.Validator:
    draft = DRAFTS[name]
    own = {"$schema": draft.uri, "$ref": draft.uri}  # the engine has the meta-schemas of all drafts
    return draft.validator(own, offline=True, validate_formats=False)


def _check(place: Place, others: list[Place]) -> None:
    """Hold a schema against its draft's meta-schema, and the parts that are of another draft against theirs.

    Raises:
        SetupError: it isn't valid; names the deepest place that is wrong.
    """
    parts = [each for each in others if each.pointer == each.start and each is not place]
    for part in [place, *parts]:
        _check_alone(part, [each for each in parts if each is not part])


def _check_alone(place: Place, parts: list[Place]) -> None:
    validator = _meta_validator(place.draft.name)
    node = _without(place.node, {id(each.node) for each in parts}) if parts else place.node
    if validator.is_valid(node):
        return
    error = max(validator.iter_errors(node), key=lambda each: len(each.instance_path))
    pointer = "".join("/" + escape(str(part)) for part in error.instance_path)
    why = why_invalid(list(error.instance_path), error.instance, error.message)
    other = fitting_draft(place, lambda draft: _meta_validator(draft.name).is_valid(node))
    raise SetupError(f"{place}{pointer}: not valid in {place.draft.name}: {why}{other}")


def _without(node: Any, parts: set[int]) -> Any:
    """Return a copy in which nothing stands in the place of some subschemas."""
    if id(node) in parts:
        return {}
    if isinstance(node, dict):
        return {name: _without(value, parts) for name, value in node.items()}
    return [_without(value, parts) for value in node] if isinstance(node, list) else node


def _check_patterns(place: Place, known: Patterns) -> None:
    """Hold every pattern of a subschema against the gate's engine, and write it so that the engine takes it.

    Raises:
        SetupError: the engine doesn't take it, or not together with the others.
    """
    node, named = place.node, place.node.get("patternProperties")
    if isinstance(node.get("pattern"), str):
        node["pattern"] = known.written(node["pattern"], f"{place}/pattern")
    if isinstance(named, dict):
        where = f"{place}/patternProperties/"
        patterns = {name: known.written(name, where + escape(name)) for name in named}
        if any(name != pattern for name, pattern in patterns.items()):
            node["patternProperties"] = _renamed(named, patterns)


def _renamed(named: dict[str, Any], patterns: dict[str, str]) -> dict[str, Any]:
    """Write the patterns of ``named`` anew; two that come out alike stay two, as both rules hold."""
    renamed: dict[str, Any] = {}
    for name in sorted(named, key=lambda each: patterns[each] != each):  # what stays as it is comes first
        pattern = patterns[name]
        while pattern in renamed:
            pattern = f"(?:{pattern})"
        renamed[pattern] = patterns[name] = pattern
    return {patterns[name]: schema for name, schema in named.items()}
