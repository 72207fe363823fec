"""What the Hub refuses, in the words of whoever has to mend it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from dataset_packager.base.findings import EnvironmentFailure, PackagerError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOGIN = "log in with `hf auth login`, or put a token into HF_TOKEN"
UNSEEN = f"no such dataset on the Hub, or a private one that this token doesn't open: check the name, {LOGIN}"
CHANGED = "the repository changed meanwhile: run the same command again"
SETUP = {
    400: "the Hub can't take this",
    401: f"the Hub doesn't know who asks: {LOGIN}",
    403: "the token doesn't allow this: use one with the right to write to this repository and its namespace",
}
ENVIRONMENT = {
    404: CHANGED,
    409: CHANGED,
    412: CHANGED,
    429: "too many requests: wait, then run the same command again",
}


@contextmanager
def hub_failures(what: str, mends: Mapping[int, str] | None = None) -> Iterator[None]:
    """Turn what the Hub's client raises while it does ``what`` into an error that says how to mend it.

    ``mends`` says so for statuses that mean something else there.

    Raises:
        SetupError: the call is wrong: a name, a revision, a token, or what was sent.
        EnvironmentFailure: the Hub or the way to it failed, or somebody else was faster.
    """
    try:
        yield
    except PackagerError:
        raise
    except (httpx2.HTTPError, OSError, RuntimeError, ValueError, ConnectionError) as error:
        raise told(what, error, mends or {}) from error


def told(what: str, error: BaseException, mends: Mapping[int, str]) -> PackagerError:
    """Return what is to be told of an error of the Hub's client."""
    if str(error).startswith("Invalid metadata"):  # the card's; the error behind it doesn't name the file
        return SetupError(f"{what}: {_line(error)}: mend what the card is made from, and build again")
    found = _innermost(error)
    if isinstance(found, OfflineModeIsEnabled):
        return SetupError(f"{what}: HF_HUB_OFFLINE is set: unset it")
    if isinstance(found, HfHubHTTPError):
        return _refused(what, found, mends)
    if isinstance(found, ValueError):
        return SetupError(f"{what}: {_line(found)}")
    reason = f"{type(found).__name__}: {_line(found)}"
    return EnvironmentFailure(f"{what}: {reason}: see to the connection, then run the same command again")


def _innermost(error: BaseException) -> BaseException:
    """Return the error behind one that only says that something failed."""
    while not isinstance(error, HfHubHTTPError | OfflineModeIsEnabled) and error.__cause__:
        error = error.__cause__
    return error


def _refused(what: str, error: HfHubHTTPError, mends: Mapping[int, str]) -> PackagerError:
    if isinstance(error, GatedRepoError):
        return SetupError(f"{what}: access is by request: ask for it on the dataset's page, then {LOGIN}")
    if isinstance(error, RevisionNotFoundError):
        return SetupError(f"{what}: no such revision: name a tag, a branch or a commit that stands there")
    if isinstance(error, RepositoryNotFoundError):
        return SetupError(f"{what}: {UNSEEN}")
    status = error.response.status_code
    said = f" ({' '.join(error.server_message.split())})" if error.server_message else ""
    if status in SETUP:
        return SetupError(f"{what}: {status}{said}: {SETUP[status]}")
    wait = error.response.headers.get("Retry-After")
    mend = {**ENVIRONMENT, **mends}.get(status, "the Hub failed: run the same command again later")
    if wait and status == 429:
        mend = f"too many requests: wait {wait} s, then run the same command again"
    return EnvironmentFailure(f"{what}: {status}{said}: {mend}")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
