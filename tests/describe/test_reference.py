"""The reference of the configuration is the one that its JSON Schema gives."""

from __future__ import annotations

from conftest import ROOT

from dataset_packager.describe.reference import configuration_reference


def test_the_configuration_page_is_up_to_date() -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    assert page == configuration_reference(), "run make documents"
