"""A double of the Hub, in the standard library (and PyYAML, for cards), for datasets only.

It answers the requests that the installed ``huggingface_hub`` and ``datasets`` make, as ``README.md`` beside this file
lists them; it checks what it is sent, writes down each request, and fails where a test tells it to.
"""

from .faults import Fault
from .server import Double

__all__ = ["Double", "Fault"]
