"""The reference of the configuration is the one that its JSON Schema gives."""

from __future__ import annotations

from conftest import PACKAGER

from dataset_packager.documents.config_reference import configuration_reference


def test_the_configuration_page_is_up_to_date() -> None:
    page = (PACKAGER / "docs/configuration.md").read_text("utf-8")
    assert page == configuration_reference(), "run make documents"
