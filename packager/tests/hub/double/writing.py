"""Answers to those who write; what they send is checked, and a commit is made whole or not at all."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from .access import check_writer, written
from .cards import judge
from .server import Answer
from .store import MAIN, MOST_REGULAR, Blob, Pull, Refused, Repository, large, regular

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import Double, Request

LFS_TYPE = "application/vnd.git-lfs+json"


def create(double: Double, request: Request) -> Answer:
    asked = request.json()
    namespace = asked.get("organization") or "writer"
    check_writer(request, namespace)
    if asked.get("type") != "dataset":
        raise Refused(400, "the double has datasets only")
    repo, visibility = f"{namespace}/{asked['name']}", asked.get("visibility", double.visibility)
    url = f"{double.url}/datasets/{repo}"
    if repo in double.repositories:
        raise Refused(409, "You already created this dataset repo")
    if visibility not in ("public", "private"):
        raise Refused(400, '"visibility" must be one of [public, private]')
    double.repositories[repo] = Repository(repo, private=visibility == "private")
    return Answer({"url": url, "name": repo, "id": "0" * 24, "private": visibility == "private"})


def validate_yaml(double: Double, request: Request) -> Answer:  # noqa: ARG001 - the double holds no cards of its own
    asked = request.json()
    if asked.keys() != {"content", "repoType"} or asked["repoType"] != "dataset":
        raise Refused(400, "the double has datasets only")
    errors, warnings = ([{"message": one} for one in told] for told in judge(asked["content"]))
    return Answer({"errors": errors, "warnings": warnings}, 400 if errors else 200)


def preupload(double: Double, request: Request, repo: str, revision: str) -> Answer:
    found = written(double, request, repo)
    commit = found.resolve(revision)
    files = []
    for file in request.json()["files"]:
        sample = base64.b64decode(file["sample"], validate=True)
        if len(sample) != min(512, file["size"]):
            raise Refused(400, f"{file['path']}: the sample is not the first 512 bytes")
        mode = "lfs" if _is_large(found, file["path"], file["size"]) else "regular"
        known = commit.files.get(file["path"])
        oid = known and (known.sha256 or known.oid)
        files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False} | ({"oid": oid} if oid else {}))
    return Answer({"files": files, "commitOid": commit.oid})


def _is_large(repository: Repository, path: str, size: int) -> bool:
    lines = repository.files[".gitattributes"].data.decode().splitlines()
    return size > MOST_REGULAR or any("filter=lfs" in line and fnmatch(path, line.split()[0]) for line in lines)


def batch(double: Double, request: Request, repo: str) -> Answer:
    """Say where each large file goes (git-lfs, Batch API); one that is there already goes nowhere."""
    found, asked = written(double, request, repo), request.json()
    if request.headers.get_content_type() != LFS_TYPE or asked["hash_algo"] != "sha256":
        raise Refused(422, "this is no request of the LFS batch API")
    if asked["operation"] != "upload" or "basic" not in asked["transfers"]:
        raise Refused(422, "the double takes basic uploads only")
    objects = [_object(double, found, one["oid"], one["size"]) for one in asked["objects"]]
    return Answer({"transfer": "basic", "objects": objects}, headers={"Content-Type": LFS_TYPE})


def _object(double: Double, repository: Repository, oid: str, size: int) -> dict[str, Any]:
    told: dict[str, Any] = {"oid": oid, "size": size, "authenticated": True}
    if oid not in repository.objects:
        told["actions"] = {
            "upload": {"href": f"{double.storage}/put/{repository.id}/{oid}?signature=double&size={size}"},
            "verify": {"href": f"{double.url}/datasets/{repository.id}.git/info/lfs/verify"},
        }
    return told


def put(double: Double, request: Request, repo: str, sha256: str) -> Answer:
    """Take a large file from whoever comes with the signed address; its length must be told first."""
    if request.token or request.query.get("signature") != "double":
        raise Refused(403, "the address is the only credential here")
    if "Content-Length" not in request.headers:
        raise Refused(411, "MissingContentLength")
    if len(request.body) != int(request.query["size"]) or hashlib.sha256(request.body).hexdigest() != sha256:
        raise Refused(400, "the bytes are not those that were announced")
    double.repositories[repo].objects[sha256] = request.body
    return Answer()


def verify(double: Double, request: Request, repo: str) -> Answer:
    found, asked = written(double, request, repo), request.json()
    if len(found.objects.get(asked["oid"], b"")) != asked["size"]:
        raise Refused(422, "the object was not uploaded")
    return Answer()


@dataclass
class _Draft:
    """A commit in the making."""

    repository: Repository
    files: dict[str, Blob]

    def file(self, path: str, content: str, encoding: str) -> None:
        try:
            data = base64.b64decode(content, validate=True)
        except binascii.Error:
            raise Refused(400, f"{path}: not base64") from None
        if encoding != "base64" or _is_large(self.repository, path, len(data)):
            raise Refused(400, f"{path}: a large file must be sent through LFS")
        self.files[path] = regular(data)

    def large(self, path: str, algo: str, oid: str, size: int) -> None:
        data = self.repository.objects.get(oid)
        if algo != "sha256" or data is None or len(data) != size:
            raise Refused(400, f"{path}: LFS pointer pointed to a file that does not exist")
        self.files[path] = large(data)

    def delete(self, path: str) -> None:
        if path not in self.files:
            raise Refused(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
        del self.files[path]


def commit(double: Double, request: Request, repo: str, revision: str) -> Answer:
    found = written(double, request, repo)
    if request.headers.get_content_type() != "application/x-ndjson":
        raise Refused(415, "a commit is application/x-ndjson")
    first, *operations = map(json.loads, request.body.splitlines())
    header, parent = first["value"], found.resolve(revision)
    if header.get("parentCommit", parent.oid) != parent.oid:
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    draft = _drafted(found, dict(parent.files), operations)
    branch = f"refs/heads/{revision}"
    ref, pull = (branch if branch in found.refs else revision), None
    if request.query.get("create_pr"):
        pull = Pull(len(found.pulls) + 1, header["summary"])
        found.pulls.append(pull)
        ref = f"refs/pr/{pull.number}"
    oid = found.commit(ref, header["summary"], header["description"], draft.files, parent.oid)
    page = f"{double.url}/datasets/{repo}"
    told = {"success": True, "commitOid": oid, "commitUrl": f"{page}/commit/{oid}", "hookOutput": ""}
    return Answer(told | ({"pullRequestUrl": f"{page}/discussions/{pull.number}"} if pull else {}))


def _drafted(repository: Repository, files: dict[str, Blob], operations: list[dict[str, Any]]) -> _Draft:
    if not operations:
        raise Refused(400, "an empty commit")
    draft = _Draft(repository, files)
    actions: dict[str, Callable[..., None]] = {"file": draft.file, "lfsFile": draft.large, "deletedFile": draft.delete}
    for operation in operations:
        if operation["key"] not in actions:
            raise Refused(400, f"the double doesn't know the operation {operation['key']}")
        actions[operation["key"]](**operation["value"])
    card = draft.files.get("README.md")
    errors = judge(card.data.decode())[0] if card else []
    if errors:
        raise Refused(400, f"YAML metadata of README.md: {errors[0]}")
    return draft


def branch(double: Double, request: Request, repo: str, revision: str) -> Answer:
    found, name = written(double, request, repo), f"refs/heads/{revision}"
    if name in found.refs:
        raise Refused(409, "Reference already exists")
    found.refs[name] = found.resolve(request.json().get("startingPoint", "main")).oid
    return Answer()


def unbranch(double: Double, request: Request, repo: str, revision: str) -> Answer:
    found, name = written(double, request, repo), f"refs/heads/{revision}"
    if name not in found.refs or name == MAIN:
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    del found.refs[name]
    return Answer()


def tag(double: Double, request: Request, repo: str, revision: str) -> Answer:
    found, name = written(double, request, repo), request.json()["tag"]
    target = found.resolve(revision)
    if f"refs/tags/{name}" in found.refs:
        raise Refused(409, "Tag reference exists already")
    found.refs[f"refs/tags/{name}"] = target.oid
    return Answer({"tag": name, "ref": f"refs/tags/{name}"})
