"""The requests that the double knows: name, method and path of each, and who answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from . import reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import Answer, Request

REPO, REVISION = r"(?P<repo>[^/]+/[^/]+)", r"(?P<revision>[^/]+)"
API = f"/api/datasets/{REPO}"


@dataclass(frozen=True)
class Route:
    """One kind of request; ``pattern`` matches the whole path as it is sent, with its escapes."""

    name: str
    method: str
    pattern: str
    answer: Callable[..., Answer]
    host: str = "hub"

    def shown(self) -> str:
        """Return method and path as documentation has them, with what may be left out in brackets."""
        path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", self.pattern)
        path = path.replace("\\", "").replace("(?:", "[").replace(")?", "]")
        return f"{self.method} {path}"


ROUTES = (
    Route("create", "POST", "/api/repos/create", writing.create),
    Route("validate-yaml", "POST", "/api/validate-yaml", writing.validate_yaml),
    Route("preupload", "POST", f"{API}/preupload/{REVISION}", writing.preupload),
    Route("lfs-batch", "POST", rf"/datasets/{REPO}\.git/info/lfs/objects/batch", writing.batch),
    Route("lfs-put", "PUT", f"/put/{REPO}/(?P<sha256>[0-9a-f]+)", writing.put, "storage"),
    Route("lfs-verify", "POST", rf"/datasets/{REPO}\.git/info/lfs/verify", writing.verify),
    Route("commit", "POST", f"{API}/commit/{REVISION}", writing.commit),
    Route("branch", "POST", f"{API}/branch/{REVISION}", writing.branch),
    Route("unbranch", "DELETE", f"{API}/branch/{REVISION}", writing.unbranch),
    Route("tag", "POST", f"{API}/tag/{REVISION}", writing.tag),
    Route("registry", "GET", "/api/agent-harnesses", reading.registry),
    Route("info", "GET", f"{API}(?:/revision/{REVISION})?", reading.info),
    Route("refs", "GET", f"{API}/refs", reading.refs),
    Route("tree", "GET", f"{API}/tree/{REVISION}(?:/(?P<path>.+))?", reading.tree),
    Route("paths-info", "POST", f"{API}/paths-info/{REVISION}", reading.paths_info),
    Route("discussions", "GET", f"{API}/discussions", reading.discussions),
    Route("resolve", "HEAD", f"/datasets/{REPO}/resolve/{REVISION}/(?P<path>.+)", reading.resolve),
    Route("resolve", "GET", f"/datasets/{REPO}/resolve/{REVISION}/(?P<path>.+)", reading.resolve),
    Route("cached", "HEAD", f"/api/resolve-cache/datasets/{REPO}/{REVISION}/(?P<path>.+)", reading.cached),
    Route("cached", "GET", f"/api/resolve-cache/datasets/{REPO}/{REVISION}/(?P<path>.+)", reading.cached),
    Route("lfs-get", "GET", f"/get/{REPO}/(?P<sha256>[0-9a-f]+)", reading.stored, "storage"),
)


def find(request: Request) -> tuple[Route | None, dict[str, str]]:
    """Return the route of a request with the parts of its path, unescaped; None where there is none."""
    for route in ROUTES:
        found = re.fullmatch(route.pattern, request.path)
        if found and (route.host, route.method) == (request.host, request.method):
            return route, {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
    return None, {}
