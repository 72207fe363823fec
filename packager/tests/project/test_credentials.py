"""Passwords and tokens in URLs: neither published nor shown."""

import json
from pathlib import Path

import pytest

from dataset_packager.base.console import Reporter
from dataset_packager.base.findings import SetupError
from dataset_packager.project.read_config import build_config
from dataset_packager.stores.objects import check_url

URLS = {
    "s3://key:secret@bucket/*.jsonl": "s3://…@bucket/*.jsonl: a URL with credentials",
    "s3://bucket/a.jsonl?X-Amz-Signature=secret": "s3://bucket/a.jsonl?X-Amz-Signature=…: a URL with credentials",
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_opens_something_by_itself_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SetupError) as refused:
        check_url(url)
    assert str(refused.value).startswith(URLS[url])


@pytest.mark.parametrize(
    "text", ["see https://me:secret@example.org/x", "https://example.org/?a=1&access_token=secret", "a\0b"]
)
def test_configuration_that_would_publish_a_password_is_refused_and_not_shown(text: str) -> None:
    for document in (
        {"project": {"name": "x", "version": "1.0.0", "urls": {"home": text}}},
        {"project": {"name": "x", "version": "1.0.0"}, "tool": {"dataset-packager": {"tags": [text]}}},
        {"project": {"name": "x", "version": "1.0.0", "authors": [{"name": text}]}},
    ):
        with pytest.raises(SetupError, match=r"NUL|would be published") as refused:
            build_config(Path(), document)
        assert "secret" not in str(refused.value)


def test_what_is_printed_has_no_credentials(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(as_json=True)
    reporter.say("tcp://me:secret@host:1: nobody there")
    reporter.tell(json.dumps({"a": "s3://me:secret@host", "b": "x?token=secret"}))
    reporter.tell(json.dumps({"a": 'https://host/?token=secret"'}))
    out, err = capsys.readouterr()
    assert err == "tcp://…@host:1: nobody there\n"
    assert [json.loads(line) for line in out.splitlines()] == [
        {"a": "s3://…@host", "b": "x?token=…"},
        {"a": 'https://host/?token=…"'},
    ]
