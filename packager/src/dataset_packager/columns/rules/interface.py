"""What keywords ask of whoever goes down a schema and its columns together: each has a module that yields checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check
    from dataset_packager.columns.rules.verdicts import Verdicts
    from dataset_packager.schemas.drafts import Draft
    from dataset_packager.schemas.subschema_graph import Place


class Reading(Protocol):
    """A schema that is being turned into checks."""

    def check(self, node: Node, rule: Any, *, surely: bool = False) -> Check:
        """Return the check of a node against a subschema; ``surely`` says that every valid record meets it."""

    def place(self, rule: dict[str, Any]) -> Place:
        """Return where a subschema stands."""

    def target(self, rule: dict[str, Any]) -> Any:
        """Return what the reference of a subschema stands for."""

    def verdicts(self, rule: dict[str, Any]) -> Verdicts:
        """Return the engine's verdicts for a subschema."""

    def verdicts_alone(self, rule: dict[str, Any], draft: Draft) -> Verdicts:
        """Return the engine's verdicts for a rule that stands nowhere and refers to nothing."""

    def matches(self, pattern: str, name: str, draft: Draft) -> bool:
        """Say whether a pattern is found in a name."""
