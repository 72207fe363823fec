"""Reading YAML that strangers wrote: within limits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml
from yaml.constructor import ConstructorError

DEEPEST = 200
LONGEST_NUMBER = 400  # characters; sexagesimal numbers take time that grows with the square of their length
# libyaml's reading, where it is at hand, takes a tenth of the time
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def safe_yaml(text: str) -> Any:
    """Return the value of a YAML text, in time that grows with its length alone.

    Raises:
        ValueError: it is no such text; or it has anchors, aliases or merges (a short text with them can stand for a
            huge value), tags that make objects, a key twice in one mapping (readers differ in which one they take), or
            is nested more than ``DEEPEST`` deep.
    """
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that takes less
    except RecursionError:  # this program was deep in something already
        raise ValueError("YAML nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from error


def _check_events(text: str) -> None:
    """Refuse, before anything is made of it, what is too deep or stands in several places."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused("anchors and aliases are not read here", event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _refused(f"nested more than {DEEPEST} deep", event)


class _Loader(LOADER):  # type: ignore[valid-type,misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = set[Hashable]()
        for key, _ in node.value:
            if key.tag.endswith(":merge"):
                raise _refused("merges are not read here", key)
            if not isinstance(key, yaml.ScalarNode):
                raise _refused("a key that is no plain value", key)
            name: Hashable = self.construct_object(key, deep=True)
            if name in keys:
                raise _refused(f"the key {str(name)[:60]!r} stands twice in one mapping", key)
            keys.add(name)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """Return a number of a sane length."""
        if len(node.value) > LONGEST_NUMBER:
            raise _refused(f"a number of more than {LONGEST_NUMBER} characters", node)
        is_float = node.tag.endswith(":float")
        return self.construct_yaml_float(node) if is_float else self.construct_yaml_int(node)


for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.construct_number)


def _refused(why: str, at: Any) -> ConstructorError:
    return ConstructorError(None, None, why, at.start_mark)
