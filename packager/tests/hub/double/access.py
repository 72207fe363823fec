"""Who may do what: the writer everything below ``org``, the reader may look, anybody may see what isn't private."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .server import READER, WRITER
from .store import Refused, Repository

if TYPE_CHECKING:
    from .server import Double, Request

NAMESPACES = ("org", "writer")


def seen(double: Double, request: Request, repo: str) -> Repository:
    """Return a repository that may be looked at.

    Without a token the Hub doesn't tell a repository that isn't there from a private one.
    """
    check_token(request)
    found = double.repositories.get(repo)
    if found and (not found.private or request.token):
        return found
    if request.token:
        raise Refused(404, "Repository not found", "RepoNotFound")
    raise Refused(401, "Invalid username or password.", "RepoNotFound")


def read(double: Double, request: Request, repo: str) -> Repository:
    """Return a repository whose files may be read: of a gated one, by those who were let in."""
    found = seen(double, request, repo)
    if found.gated and request.token != WRITER:
        status = 403 if request.token else 401
        raise Refused(status, f"Access to dataset {repo} is restricted. You must have access to it.", "GatedRepo")
    return found


def written(double: Double, request: Request, repo: str) -> Repository:
    """Return a repository that may be written to."""
    found = seen(double, request, repo)
    check_writer(request, repo.split("/")[0])
    return found


def check_writer(request: Request, namespace: str) -> None:
    check_token(request)
    if request.token is None:
        raise Refused(401, "Invalid username or password.")
    if request.token != WRITER or namespace not in NAMESPACES:
        raise Refused(403, f'You don\'t have the rights to create a dataset under the namespace "{namespace}"')


def check_token(request: Request) -> None:
    if request.token not in (WRITER, READER, None):
        raise Refused(401, "Invalid credentials in Authorization header")
