"""References between schemas: found, followed inside the schema folder, and written so that every validator agrees.

A real schema refers in ways that validators take differently: by a path although its ``$id`` is a remote address, with
characters that a URI may not have, to an ``$id`` that lies in another file. So each file goes by one address, that of
its path (``project://dataset/schema/x.json``): its outermost ``$id`` is taken away once it is known, an inner one is
written as that address and a query, a reference as such an address and a JSON Pointer. The schema says the same as
before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from dataset_packager.base.findings import SetupError
from dataset_packager.schemas.drafts import DRAFTS, Draft, draft_of, escape, is_published, specifications
from dataset_packager.schemas.schema_folder import SchemaFile, SchemaFolder, join, path_of, uri_of
from dataset_packager.schemas.subschema_graph import Document, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEME = re.compile(r"(?!file:[^/])[A-Za-z][A-Za-z0-9+.\-]*:")
_FILE = re.compile("^file:(?=[^/])")  # a path all the same, as real schemas write it: "file:imports/cvss.json"
_PLAIN_POINTER = re.compile(r"#(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class References:
    """The documents that a schema reaches, and what each reference in them stands for."""

    def __init__(self, folder: SchemaFolder) -> None:
        self.folder = folder
        self.documents: dict[str, Document] = {}  # by address
        self.resources: dict[str, Place] = {}  # by every URI that is claimed
        self._anchors: dict[tuple[str, str], Place] = {}
        self._resolved: dict[tuple[str, ...], tuple[Place, str]] = {}
        self._twice: dict[str, tuple[Place, Place]] = {}  # URIs that two parts of a document claim
        self._dialects: set[str] = set()  # paths of the meta-schemas whose own draft is being looked up

    def add(self, file: SchemaFile, inherited: Draft) -> Document:
        """Take up a file: note all that it defines by ``$id`` and anchors, and take its outermost ``$id`` away.

        ``inherited`` is the draft of a file that doesn't name one: that of the schema that refers to it.

        Raises:
            SetupError: the file names a draft that isn't known.
        """
        uri = uri_of(file.path)
        if uri in self.documents:
            return self.documents[uri]
        document = Document(file.path, uri, file.content, inherited, file.sha256)
        if isinstance(file.content, dict) and "$schema" in file.content:
            document.names_draft = True
            self._set_draft(document)
        self.documents[uri] = document
        self._register(document)
        if isinstance(document.content, dict):
            named = document.draft.uri + ("#" if document.draft.ref_stands_alone else "")
            document.content["$schema"] = document.dialect.uri if document.dialect else named
        return document

    def _set_draft(self, document: Document) -> None:
        """Note the draft that a file names; a meta-schema of the folder stands for the draft that it names itself."""
        named = document.content["$schema"]
        draft = draft_of(named)
        if draft is None:
            dialect = self._dialect_file(document, named)
            if dialect is None or dialect.path in self._dialects:
                known = ", ".join(each.uri for each in DRAFTS.values())
                raise SetupError(f"{document.path}#/$schema: {named!r} is no draft that is known; use one of {known}")
            self._dialects.add(dialect.path)
            document.dialect = self.add(dialect, document.draft)
            self._dialects.discard(dialect.path)
            draft = document.dialect.draft
        document.draft = draft

    def _dialect_file(self, document: Document, dialect: object) -> SchemaFile | None:
        if not isinstance(dialect, str):
            return None
        try:
            uri = join(document.uri, dialect).partition("#")[0]
        except ValueError:
            return None
        return self._file_claiming(uri, document.uri, dialect)

    def _register(self, document: Document) -> None:
        root = _root_of(document)
        self.resources[document.uri] = root
        for place in subschemas(root, siblings=True):
            document.places[id(place.node)] = place
            if place.pointer == place.start:
                self.resources.setdefault(place.resource, place)
                first = self.resources.setdefault(place.base, place)
                if first.document is document and not _are_alike(first, place):
                    self._twice.setdefault(place.base, (first, place))
            for name in _anchors_in(place):
                self._anchors.setdefault((place.resource, name), place)
        if isinstance(document.content, dict) and isinstance(document.content.get(document.draft.id_keyword), str):
            del document.content[document.draft.id_keyword]

    def resolve(self, place: Place, keyword: str) -> tuple[Place, str]:
        """Return what a reference points to, and the reference as it is to be written.

        Raises:
            SetupError: nothing in the schema folder answers to it.
        """
        reference = place.node[keyword]
        known = (place.document.uri, place.base, place.resource, keyword, reference)
        if known not in self._resolved:
            self._resolved[known] = self._resolve(place, keyword, reference)
        return self._resolved[known]

    def _resolve(self, place: Place, keyword: str, reference: str) -> tuple[Place, str]:
        relative, _, fragment = reference.partition("#")
        try:
            uri = join(place.base, relative) if relative else place.resource
        except ValueError as error:
            raise _unresolvable(place, keyword, f"can't be read as a URI ({error})") from None
        if relative and uri in self._twice:
            first, second = self._twice[uri]
            why = f"may mean {first} or {second}, which have the same {place.draft.id_keyword}: give each its own"
            raise _unresolvable(place, keyword, why)
        resource = self._resource(uri, place, relative)
        if resource is None:
            raise _unresolvable(place, keyword, self._why_not(uri))
        target = self._fragment(resource, fragment)
        if target is None:
            raise _unresolvable(place, keyword, f"finds nothing at '#{fragment}' in {resource.document.path}")
        plain = _PLAIN_POINTER.fullmatch(reference) and _at(resource, unquote(fragment)) is not None
        return target, reference if plain else _written(keyword, target, fragment)

    def _resource(self, uri: str, place: Place, reference: str) -> Place | None:
        if uri in self.resources:
            return self.resources[uri]
        known = self._specification(uri)
        if known is not None:
            return known
        file = self._file_claiming(uri, place.document.uri, reference)
        if file is None:
            return self._embedded(uri, place.document.draft)
        document = self.add(file, place.document.draft)
        return self.resources[document.uri]

    def _file_claiming(self, uri: str, referrer: str, reference: str) -> SchemaFile | None:
        """Find a file by the address of its path, by its ``$id``, or by its path seen from the file that refers."""
        path = path_of(uri)
        if path is not None:
            return self.folder.find(path)
        beside = None
        if not _SCHEME.match(reference):
            beside = path_of(join(referrer, _FILE.sub("", reference)).partition("#")[0])
        claiming = self.folder.claiming(uri)
        if beside is not None and (beside in claiming or not claiming):
            return self.folder.find(beside)
        if len(claiming) > 1:
            raise SetupError(f"{' and '.join(claiming)} have the same $id {uri!r}, which {path_of(referrer)} refers to")
        return self.folder.find(claiming[0]) if claiming else None

    def _embedded(self, uri: str, inherited: Draft) -> Place | None:
        for path in self.folder.paths():
            file = self.folder.find(path)
            if file is not None and isinstance(file.content, dict | bool):
                try:
                    self.add(file, inherited)
                except SetupError:  # a file of an unknown draft defines nothing that could be meant here
                    continue
                if uri in self.resources:
                    return self.resources[uri]
        return None

    def _specification(self, uri: str) -> Place | None:
        draft = draft_of(uri)
        for known in (draft.uri if draft else uri, uri):
            if is_published(known):
                resource = specifications()[known]
                dialect = resource.contents.get("$schema")
                document = Document(known, known, resource.contents, draft_of(dialect) or DRAFTS["2020-12"])
                place = Place(document, resource.contents, "", known, known, "", document.draft)
                self.documents.setdefault(known, document)
                return self.resources.setdefault(known, place)
        return None

    def _fragment(self, resource: Place, fragment: str) -> Place | None:
        if fragment and not fragment.startswith("/"):
            return self._anchors.get((resource.resource, fragment)) or self._anchor_of_specification(resource, fragment)
        for pointer in dict.fromkeys((_unquoted(fragment), fragment)):
            target = _at(resource, pointer)
            if target is not None:
                return target
        return None

    def _anchor_of_specification(self, resource: Place, fragment: str) -> Place | None:
        if resource.document.sha256 is not None:
            return None
        from referencing.exceptions import Unresolvable  # here: few refer to a draft's own schemas

        try:
            specifications().anchor(resource.resource, fragment)
        except (Unresolvable, LookupError):
            return None
        return resource

    def _why_not(self, uri: str) -> str:
        path = path_of(uri)
        if path is None:
            alike = [each for each in self.folder.paths() if each.rpartition("/")[2] == uri.rpartition("/")[2]]
            mend = f"put that schema into {self.folder.name} with that $id, or refer to it by path"
            mend = f"give {alike[0]} that $id, or refer to it by path" if alike else mend
            return f"is remote, and nothing is ever fetched: {mend}"
        if not self.folder.holds(path):
            return f"leads out of the folder {self.folder.name}"
        if self.folder.exists(path):
            self.folder.read(path)  # says what is wrong with it
        return f"points to {path}, and there is no such file"


def subschemas(start: Place, *, siblings: bool = False) -> Iterator[Place]:
    """Yield ``start`` and each subschema below it in the document's order, booleans left out.

    ``siblings``: also what stands beside a ``$ref`` that stands alone, which no validation meets.
    """
    todo = [start]
    while todo:
        place = todo.pop()
        if not isinstance(place.node, dict):
            continue
        yield place
        if place.draft.ref_stands_alone and "$ref" in place.node and not siblings:
            continue
        below = [_below(place, pointer, child) for pointer, child in place.draft.subschemas(place.node)]
        todo.extend(reversed(below))


def _unresolvable(place: Place, keyword: str, why: str) -> SetupError:
    return SetupError(f"{place}: {keyword} {place.node[keyword]!r} {why}")


def _are_alike(one: Place, other: Place) -> bool:
    """Say whether two parts that have the same identifier say the same."""
    contents = [{k: v for k, v in each.node.items() if k != each.draft.id_keyword} for each in (one, other)]
    return contents[0] == contents[1]


def _root_of(document: Document) -> Place:
    base = document.uri
    if isinstance(document.content, dict):
        claim = document.content.get(document.draft.id_keyword)
        stands_alone = document.draft.ref_stands_alone and "$ref" in document.content
        if isinstance(claim, str) and not stands_alone:
            base = _joined(document.uri, claim) or document.uri
    return Place(document, document.content, "", base, document.uri, "", document.draft)


def _below(parent: Place, pointer: str, node: Any) -> Place:
    """Return the place of a direct subschema; its own ``$id`` opens a resource and becomes that resource's address."""
    base, resource, start, draft = parent.base, parent.resource, parent.start, parent.draft
    here = parent.pointer + pointer
    known = parent.document.places.get(id(node))
    if known is not None and known.pointer == here:
        return known
    named = (draft_of(node.get("$schema")) if isinstance(node, dict) else None) or draft
    claim = node.get(named.id_keyword) if isinstance(node, dict) else None
    if isinstance(claim, str) and not claim.startswith("#") and not (named.ref_stands_alone and "$ref" in node):
        own = _joined(parent.base, claim)
        if own is None:
            del node[named.id_keyword]
        else:
            base, start, draft = own, here, named
            resource = f"{parent.document.uri}?id={quote(own, safe='')}"
            if parent.document.starts.setdefault(resource, here) != here:
                resource += f"&at={quote(here, safe='')}"  # two parts with one $id: what refers to neither is clear
            node[named.id_keyword] = resource
    return Place(parent.document, node, here, base, resource, start, draft)


def _joined(base: str, claim: str) -> str | None:
    """Return an ``$id`` as an absolute URI that any reader takes, None where there is no way to read it as one."""
    try:
        uri = join(base, claim).partition("#")[0]
    except ValueError:
        return None
    return quote(_STRAY_PERCENT.sub("%25", uri), safe="%/!$&'()*+,;=:@~-._?")


def _anchors_in(place: Place) -> Iterator[str]:
    for keyword in ("$anchor", "$dynamicAnchor"):
        if isinstance(place.node.get(keyword), str):
            yield place.node[keyword]
    claim = place.node.get(place.draft.id_keyword)
    if isinstance(claim, str) and "#" in claim and place.draft.ref_stands_alone:
        yield claim.partition("#")[2]


def _unquoted(fragment: str) -> str:
    return unquote(_STRAY_PERCENT.sub("%25", fragment))


def _at(resource: Place, pointer: str) -> Place | None:
    """Follow a JSON Pointer (RFC 6901) from a resource; a place that no keyword leads to is one, too."""
    place, node, passed = resource, resource.node, ""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isdecimal() and name.isascii() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
        passed += "/" + escape(name)
        known = resource.document.places.get(id(node))
        if known is not None and known.pointer == resource.pointer + passed:
            place = known
    if not isinstance(node, dict | bool):
        return None
    here = resource.pointer + passed
    return Place(place.document, node, here, place.base, place.resource, place.start, place.draft)


def _written(keyword: str, target: Place, fragment: str) -> str:
    if target.document.sha256 is None:
        return target.document.uri + ("#" + fragment if fragment else "")
    if keyword == "$dynamicRef" and fragment and not fragment.startswith("/"):
        return f"{target.resource}#{fragment}"
    return target.address
