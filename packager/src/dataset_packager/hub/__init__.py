"""Datasets on the Hugging Face Hub: publishing a release there, and verifying one that stands there.

A release is one commit and one tag. Each step looks first at what is there already, so that a run which was cut off is
finished by the same command; a step that fails says which ones were done.
"""

from dataset_packager.hub.publishing import Wanted, publish
from dataset_packager.hub.repository import Address, parse_address
from dataset_packager.hub.verify import verify_on_hub

__all__ = ["Address", "Wanted", "parse_address", "publish", "verify_on_hub"]
