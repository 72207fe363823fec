"""The double checks what it is sent and answers as the Hub does: without that, tests against it would show little."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from .double.cards import judge
from .double.server import READER, WRITER
from .double.store import MAIN, Repository, large, regular

if TYPE_CHECKING:
    from .double import Double

REPO, DATA = "org/name", b"0123456789" * 10
SHA256 = hashlib.sha256(DATA).hexdigest()
NDJSON, LFS = "application/x-ndjson", "application/vnd.git-lfs+json"
HEADER = {"key": "header", "value": {"summary": "x", "description": ""}}
UNKNOWN = {"key": "lfsFile", "value": {"path": "a.parquet", "algo": "sha256", "oid": SHA256, "size": len(DATA)}}
LARGE = {"key": "file", "value": {"path": "a.parquet", "content": "UEFSMQ==", "encoding": "base64"}}
CARD = {
    "key": "file",
    "value": {"path": "README.md", "content": "LS0tCmxpY2Vuc2U6IG1pbmUKLS0tCg==", "encoding": "base64"},
}
MISSING = {"key": "deletedFile", "value": {"path": "nothing.txt"}}
SOUND = {"key": "file", "value": {"path": "a.txt", "content": "YQ==", "encoding": "base64"}}
STALE = {"key": "header", "value": {"summary": "x", "description": "", "parentCommit": "0" * 40}}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave redirections to whoever asks."""


def ask(
    url: str, method: str = "GET", body: bytes | None = None, token: str | None = WRITER, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers by lower-case name, and body of an answer."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        told["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, body, told, method=method)  # noqa: S310 - the double's own address
    try:
        answer = urllib.request.build_opener(_NoRedirect).open(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


@pytest.fixture
def stocked(double: Double) -> Double:
    """A double with a dataset that has a regular and a large file."""
    repository = double.repositories[REPO] = Repository(REPO)
    blob = large(DATA)
    repository.objects[SHA256] = DATA
    repository.commit(MAIN, "files", "", repository.files | {"a/b c.txt": regular(DATA), "data/x.parquet": blob})
    return double


@pytest.mark.parametrize(
    ("lines", "status", "message"),
    [
        ([HEADER, UNKNOWN], 400, "LFS pointer pointed to a file that does not exist"),
        ([HEADER, LARGE], 400, "a large file must be sent through LFS"),
        ([HEADER, SOUND, CARD], 400, '"license" must be one of'),
        ([HEADER, SOUND, MISSING], 404, "A file with this name doesn't exist"),
        ([STALE, SOUND], 412, "A commit has happened since"),
        ([HEADER], 400, "an empty commit"),
    ],
)
def test_a_commit_is_made_whole_or_not_at_all(
    lines: list[dict[str, Any]], status: int, message: str, double: Double
) -> None:
    double.repositories[REPO] = Repository(REPO)
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    found, headers, _ = ask(f"{double.url}/api/datasets/{REPO}/commit/main", "POST", body, Content_Type=NDJSON)
    assert found == status
    assert message in headers["x-error-message"]
    assert set(double.repositories[REPO].files) == {".gitattributes"}


@pytest.mark.parametrize(
    ("data", "query", "token", "status"),
    [
        (DATA, f"signature=double&size={len(DATA)}", None, 200),
        (DATA[:-1] + b"?", f"signature=double&size={len(DATA)}", None, 400),
        (DATA[:-1], f"signature=double&size={len(DATA)}", None, 400),
        (DATA, f"size={len(DATA)}", None, 403),
        (DATA, f"signature=double&size={len(DATA)}", WRITER, 403),
    ],
)
def test_storage_takes_exactly_the_bytes_that_were_announced(
    data: bytes, query: str, token: str | None, status: int, double: Double
) -> None:
    double.repositories[REPO] = Repository(REPO)
    assert ask(f"{double.storage}/put/{REPO}/{SHA256}?{query}", "PUT", data, token)[0] == status
    assert (SHA256 in double.repositories[REPO].objects) == (status == 200)


@pytest.mark.parametrize(
    ("asked", "status", "begin", "end"),
    [(None, 200, 0, 100), ("bytes=10-19", 206, 10, 20), ("bytes=90-", 206, 90, 100), ("bytes=-5", 206, 95, 100),
     ("bytes=90-900", 206, 90, 100), ("bytes=100-", 416, 0, 0)],
)  # fmt: skip
@pytest.mark.parametrize("path", ["a/b%20c.txt", "data/x.parquet"])
def test_files_are_given_whole_and_in_parts_where_redirections_lead(
    path: str, asked: str | None, status: int, begin: int, end: int, stocked: Double
) -> None:
    found, headers, _ = ask(f"{stocked.url}/datasets/{REPO}/resolve/main/{path}", "HEAD")
    assert headers["x-repo-commit"] == stocked.repositories[REPO].refs[MAIN]
    if path.endswith(".parquet"):
        assert (found, headers["x-linked-etag"], headers["x-linked-size"]) == (302, f'"{SHA256}"', "100")
    else:
        assert (found, headers["etag"]) == (307, f'"{regular(DATA).oid}"')
    location = headers["location"] if "://" in headers["location"] else stocked.url + headers["location"]
    found, headers, body = ask(location, token=None, Range=asked or "")
    assert found == status
    if status == 206:
        assert headers["content-range"] == f"bytes {begin}-{end - 1}/100"
    if status < 400:
        assert body == DATA[begin:end]


@pytest.mark.parametrize(
    ("private", "token", "status", "code"),
    [
        (False, None, 200, None),
        (True, None, 401, "RepoNotFound"),
        (True, READER, 200, None),
        (False, "hf_nobody", 401, None),
    ],
)
def test_what_is_private_looks_like_nothing_to_strangers(
    private: bool, token: str | None, status: int, code: str | None, stocked: Double
) -> None:
    stocked.repositories[REPO].private = private
    found, headers, _ = ask(f"{stocked.url}/api/datasets/{REPO}", token=token)
    assert (found, headers.get("x-error-code")) == (status, code)


def test_a_request_that_it_does_not_know_is_written_down(double: Double) -> None:
    assert ask(f"{double.url}/api/models/org/name", User_Agent="later/3.0; x")[0] == 501
    assert double.unknown == ["GET /api/models/org/name (later/3.0)"]
    double.forget()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("license: cc0-1.0\nconfigs: [{config_name: a, data_files: [{split: s, path: p}]}]", None),
        ("license: [mit, cc-by-4.0]", None),
        ("license: mine", '"license" must be one of'),
        ("license: other", '"license_name" is required'),
        ("tags: war", '"tags" must be an array of strings'),
        ("pretty_name: [x]", '"pretty_name" must be a string'),
        ("configs: [{config_name: a}, {config_name: a}]", "distinct strings"),
        ("configs: [{config_name: a, default: true}, {config_name: b, default: true}]", "only one of"),
        ("configs: [{config_name: a, data_files: [{paths: p}]}]", 'takes "split" and "path"'),
        ("dataset_info: {splits: [{name: train}]}", '"num_bytes" and "num_examples"'),
        ("a: [", "YAML Metadata Error"),
        ("- a", "must be an object"),
    ],
)  # fmt: skip
def test_a_card_is_judged_by_the_documented_metadata(text: str, error: str | None) -> None:
    errors, _ = judge(f"---\n{text}\n---\n# Card\n")
    assert (errors == []) if error is None else any(error in one for one in errors)
