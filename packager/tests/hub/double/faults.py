"""Faults that a test orders: which request fails, how often, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass
class Fault:
    """The next ``times`` requests of ``route`` fail.

    Attributes:
        route: the route's name.
        status: what is answered; None cuts the connection instead.
        times: how often.
        after: how many requests of that route go well first.
        done: whether the request is carried out all the same, so that only its answer is lost.
        headers: further headers of the answer.
        message: what the answer says.
        then: what else happens then, such as the client's death.
    """

    route: str
    status: int | None
    times: int = 1
    after: int = 0
    done: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "told to fail"
    then: Callable[[], object] | None = None

    def strikes(self, route: str) -> bool:
        """Say whether a request of ``route`` fails, and count it."""
        if route != self.route or not self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        if self.then:
            self.then()
        return True
