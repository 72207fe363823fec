"""Answers to those who read: what a repository is, which files it has, and their bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode

from .access import read, seen
from .cards import metadata
from .server import PAGE, Answer
from .store import DATE, Blob, Commit, Refused, Repository, pointer

if TYPE_CHECKING:
    from .server import Double, Request


def registry(double: Double, request: Request) -> Answer:  # noqa: ARG001 - the same for everybody
    return Answer({"standardEnvVars": [], "harnesses": {}})


def info(double: Double, request: Request, repo: str, revision: str = "main") -> Answer:
    found = seen(double, request, repo)
    commit = found.resolve(revision)
    return Answer(_described(found, commit), headers={"X-Repo-Commit": commit.oid})


def _described(repository: Repository, commit: Commit) -> dict[str, Any]:
    card = commit.files.get("README.md")
    return {
        "_id": "0" * 24,
        "id": repository.id,
        "author": repository.id.split("/")[0],
        "sha": commit.oid,
        "createdAt": DATE,
        "lastModified": DATE,
        "private": repository.private,
        "gated": "auto" if repository.gated else False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "cardData": metadata(card.data.decode()) if card else None,
        "siblings": [{"rfilename": path} for path in sorted(commit.files)],
    }


def refs(double: Double, request: Request, repo: str) -> Answer:
    found = seen(double, request, repo)
    kinds: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": [], "pullRequests": []}
    names = {"heads": "branches", "tags": "tags", "pr": "pullRequests"}
    for ref, oid in found.refs.items():
        _, kind, name = ref.split("/", 2)
        kinds[names[kind]].append({"name": name, "ref": ref, "targetCommit": oid})
    if "include_prs" not in request.query:
        del kinds["pullRequests"]
    return Answer(kinds)


def tree(double: Double, request: Request, repo: str, revision: str, path: str = "") -> Answer:
    commit = seen(double, request, repo).resolve(revision)
    below = [name for name in commit.files if not path or name.startswith(path + "/")]
    if path and not below:
        raise Refused(404, f"{path} does not exist on {revision!r}", "EntryNotFound")
    recursive = request.query.get("recursive", "").lower() in ("true", "1")
    entries = _entries(commit, path, below, recursive=recursive)
    begin = int(request.query.get("cursor", 0))
    headers = {"X-Repo-Commit": commit.oid}
    if begin + PAGE < len(entries):
        query = urlencode({**request.query, "cursor": begin + PAGE})
        headers["Link"] = f'<{double.url}{request.path}?{query}>; rel="next"'
    return Answer(entries[begin : begin + PAGE], headers=headers)


def _entries(commit: Commit, path: str, below: list[str], *, recursive: bool) -> list[dict[str, Any]]:
    start = len(path) + 1 if path else 0
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(below):
        parts = name[start:].split("/")
        for depth in range(1, len(parts) if recursive else min(len(parts), 2)):
            folder = name[:start] + "/".join(parts[:depth])
            found.setdefault(folder, {"type": "directory", "path": folder, "oid": "0" * 40, "size": 0})
        if recursive or len(parts) == 1:
            found[name] = _entry(name, commit.files[name])
    return list(found.values())


def _entry(path: str, blob: Blob) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "oid": blob.oid, "size": blob.size}
    if blob.sha256:
        length = len(pointer(blob.sha256, blob.size))
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": length}
    return entry


def paths_info(double: Double, request: Request, repo: str, revision: str) -> Answer:
    commit = seen(double, request, repo).resolve(revision)
    if request.headers.get_content_type() == "application/json":
        asked = json.loads(request.body)["paths"]
    else:
        asked = parse_qs(request.body.decode())["paths"]
    entries = {entry["path"]: entry for entry in _entries(commit, "", list(commit.files), recursive=True)}
    return Answer([entries[path] for path in asked if path in entries], headers={"X-Repo-Commit": commit.oid})


def discussions(double: Double, request: Request, repo: str) -> Answer:
    pulls = seen(double, request, repo).pulls
    wanted = [pull for pull in pulls if request.query.get("status", "all") in ("all", pull.status)]
    told = [
        {
            "num": pull.number,
            "title": pull.title,
            "status": pull.status,
            "isPullRequest": True,
            "createdAt": DATE,
            "author": {"name": "writer"},
            "repo": {"name": repo, "type": "dataset"},
        }
        for pull in wanted
    ]
    return Answer({"discussions": told, "count": len(told), "start": 0})


def resolve(double: Double, request: Request, repo: str, revision: str, path: str) -> Answer:
    """Send the client on: for a large file to the storage, for another to where its commit's bytes are cached."""
    commit, blob = _file(double, request, repo, revision, path)
    headers = {"X-Repo-Commit": commit.oid, "ETag": f'"{blob.oid}"', "Accept-Ranges": "bytes"}
    if blob.sha256:
        location = f"{double.storage}/get/{repo}/{blob.sha256}?signature=double"
        linked = {"X-Linked-Size": str(blob.size), "X-Linked-ETag": f'"{blob.sha256}"', "Location": location}
        return Answer(None, 302, headers | linked)
    if double.repositories[repo].private or not blob.size:
        return _bytes(request, blob, headers)
    location = f"/api/resolve-cache/datasets/{repo}/{commit.oid}/{quote(path, safe='')}?etag=%22{blob.oid}%22"
    return Answer(None, 307, headers | {"Location": location})


def cached(double: Double, request: Request, repo: str, revision: str, path: str) -> Answer:
    commit, blob = _file(double, request, repo, revision, path)
    return _bytes(request, blob, {"X-Repo-Commit": commit.oid, "ETag": f'"{blob.oid}"', "Accept-Ranges": "bytes"})


def _file(double: Double, request: Request, repo: str, revision: str, path: str) -> tuple[Commit, Blob]:
    commit = read(double, request, repo).resolve(revision)
    if path not in commit.files:
        raise Refused(404, "Entry not found", "EntryNotFound", headers={"X-Repo-Commit": commit.oid})
    return commit, commit.files[path]


def stored(double: Double, request: Request, repo: str, sha256: str) -> Answer:
    """Give a large file's bytes to whoever comes with the signed address; storage wants no token beside it."""
    if request.token:
        raise Refused(400, "Only one auth mechanism allowed")
    if request.query.get("signature") != "double":
        raise Refused(403, "Missing signature")
    found = double.repositories[repo].objects[sha256]
    return _bytes(request, Blob(sha256, found), {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"})


def _bytes(request: Request, blob: Blob, headers: dict[str, str]) -> Answer:
    """Return a file's bytes, or the part that ``Range`` asks for (RFC 9110, section 14)."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not asked or asked[0] == "bytes=-":
        return Answer(data=blob.data, headers=headers)
    begin = int(asked[1]) if asked[1] else max(blob.size - int(asked[2]), 0)
    end = min(int(asked[2]) if asked[1] and asked[2] else blob.size - 1, blob.size - 1)
    if begin > end:
        raise Refused(416, "Range Not Satisfiable", headers={"Content-Range": f"bytes */{blob.size}"})
    part = {"Content-Range": f"bytes {begin}-{end}/{blob.size}"}
    return Answer(data=blob.data[begin : end + 1], status=206, headers=headers | part)
