"""Decide which records a schema accepts, and say of each refused one what is wrong with it.

``jsonschema-rs`` decides, about whole records and, for the explanation, about each value and keyword by itself: it is
right on the whole public test suite, and another engine could contradict it or run for hours on a pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import jsonschema_rs

from dataset_packager.drafts import DRAFTS, SPECIFICATIONS, escape
from dataset_packager.explain import Explainer
from dataset_packager.findings import Finding, SetupError
from dataset_packager.patterns import BACKTRACKING, LINEAR
from dataset_packager.wording import cut, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.schemas import Schema


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
        self._validator = _compiled(schema, assert_formats)
        self._explainer = Explainer(schema, assert_formats)
        self.accepts = self._validator.is_valid

    def explain(self, record: Any, file: str, line: int | None) -> list[Finding]:
        """Return what is wrong with a refused record, in the record's order, each finding once; never nothing.

        Args:
            record: a record that ``accepts`` refuses.
            file: the project-relative file that it stands in.
            line: its line, counted from 1.
        """
        return self._explainer.findings(record, file, line)


def _compiled(schema: Schema, assert_formats: bool) -> jsonschema_rs.Validator:
    draft = DRAFTS[schema.draft]
    documents = dict(schema.documents)
    if any(uri in SPECIFICATIONS for uri in documents):
        documents = {uri: SPECIFICATIONS.contents(uri) for uri in SPECIFICATIONS} | documents

    def compiled(patterns: jsonschema_rs.RegexOptions | jsonschema_rs.FancyRegexOptions) -> jsonschema_rs.Validator:
        registry = jsonschema_rs.Registry(documents.items(), retriever=_refuse)
        return draft.validator(
            schema.document,
            base_uri=schema.uri,
            registry=registry,
            offline=True,
            validate_formats=assert_formats,
            pattern_options=patterns,
        )

    try:
        # In time linear in the value, and nearly twice as fast; it has neither look-around nor back-references.
        return compiled(LINEAR)
    except ValueError:
        pass
    try:
        return compiled(BACKTRACKING)
    except jsonschema_rs.ValidationError as error:
        place = f"{schema.path}#" + "".join(f"/{escape(str(step))}" for step in error.instance_path)
        raise SetupError(f"{place}: the schema can't be compiled: {visible(cut(error.message, 300))}") from None
    except ValueError as error:
        raise SetupError(f"{schema.path}: the schema can't be compiled: {visible(cut(str(error), 300))}") from None


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not in the schema folder, and nothing is fetched")
