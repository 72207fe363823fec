"""Decide which records a schema accepts, and say of each refused one what is wrong with it.

``jsonschema-rs`` decides, about whole records and, for the explanation, about each value and keyword by itself: it is
right on the whole public test suite, and another engine could contradict it or run for hours on a pattern.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_packager.validation.engine import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.base.findings import Finding
    from dataset_packager.schemas import Schema
    from dataset_packager.validation.explain import Explainer


class Gate:
    """A compiled schema: ``accepts`` decides about a record, ``explain`` gives the findings of a refused one.

    Integers of any size are judged exactly; ``1.0`` is an integer, but not in draft 4. A value on which a pattern with
    look-around or back-references takes more than a million steps is refused.

    Attributes:
        accepts: takes a record as ``parse`` gives it and says whether the schema accepts it.
    """

    accepts: Callable[[Any], bool]

    def __init__(self, schema: Schema, assert_formats: bool) -> None:
        """Compile ``schema``; ``assert_formats`` makes ``format`` a rule, else it is a mere note.

        Raises:
            SetupError: the schema can't be compiled.
        """
        self._schema, self._assert_formats = schema, assert_formats
        self._validator = compiled(schema, assert_formats)
        self.accepts = self._validator.is_valid

    def explain(self, record: Any, file: str, line: int | None) -> list[Finding]:
        """Return what is wrong with a refused record, in the record's order, each finding once; never nothing.

        Args:
            record: a record that ``accepts`` refuses.
            file: the project-relative file that it stands in.
            line: its line, counted from 1.
        """
        return self._explainer.findings(record, file, line)

    @cached_property
    def _explainer(self) -> Explainer:
        from dataset_packager.validation.explain import Explainer  # here: most records are accepted

        return Explainer(self._schema, self._assert_formats)
