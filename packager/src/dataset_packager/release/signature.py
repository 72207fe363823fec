"""A signature over a release's tag manifest, with an Ed25519 key of one's own (RFC 8032); it needs no network.

The tag manifest has the SHA-256 of the manifest of the data and of all documents but the card, so one signature is over
all of them. It stands beside the bag, in a file of its own: whoever signs anew changes no byte of the release.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from dataset_packager.base.check_result import unsound
from dataset_packager.base.extras import is_installed, missing
from dataset_packager.base.files import bytes_sha256, failures, regular_bytes, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.release.names import TAG_MANIFEST
from dataset_packager.release.release_files import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.base.check_result import Told

ENDING = ".signature.json"
TYPE = "dataset-packager-signature/1"
NO_KEY = "no Ed25519 key in PEM: make one with openssl genpkey -algorithm ed25519 -out KEY"


def signature_file(release: Path) -> Path:
    """Return where the signature of a release stands unless somebody says otherwise: beside its folder."""
    return release.with_name(release.name + ENDING)


def sign(release: Path, key: Path, target: Path) -> None:
    """Write the signature of a release, made with the private key in ``key``.

    Raises:
        SetupError: there is no release, no key, or the extra isn't installed.
    """
    manifest = regular_bytes(resolved(release) / TAG_MANIFEST)
    private = _key(key, private=True)
    signed = {"type": TYPE, "algorithm": "ed25519", "file": TAG_MANIFEST, "sha256": bytes_sha256(manifest)}
    signed |= {"signature": base64.b64encode(private.sign(_message(manifest))).decode()}
    write_text(target, json.dumps(signed, indent=1) + "\n")


def check_signature(release: Path, signer: Path, signature: Path) -> Iterator[Told]:
    """Yield 1 where ``signer``, the file of a public key, has signed the release as it is; else what is wrong.

    Raises:
        SetupError: there is no such key, or the extra isn't installed.
    """
    public = _key(signer, private=False)
    from cryptography.exceptions import InvalidSignature

    try:
        told = json.loads(regular_bytes(signature))
        given = base64.b64decode(told["signature"], validate=True)
    except FileNotFoundError:
        yield unsound(signature.name, "missing: nobody has signed the release, or the signature lies elsewhere")
        return
    except (OSError, ValueError, KeyError, TypeError):
        yield unsound(signature.name, "is no signature of a release")
        return
    try:
        public.verify(given, _message(regular_bytes(release / TAG_MANIFEST)))
        yield 1
    except (InvalidSignature, FileNotFoundError):
        yield unsound(TAG_MANIFEST, f"isn't what {signer.name} has signed: it was changed, or somebody else signed it")


def _message(manifest: bytes) -> bytes:
    """Return the bytes that are signed: what they are for, and the manifest."""
    return TYPE.encode() + b"\n" + manifest


def _key(path: Path, *, private: bool) -> Any:
    if not is_installed("cryptography"):
        raise missing("sign", "a signature")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    with failures(path):
        if not path.is_file():
            raise SetupError(f"{path}: no such file: {NO_KEY}")
        data = regular_bytes(path)
    try:
        key = load_pem_private_key(data, None) if private else load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SetupError(f"{path}: {NO_KEY}" + ("" if private else "; this is its public half")) from None
    if not isinstance(key, Ed25519PrivateKey if private else Ed25519PublicKey):
        raise SetupError(f"{path}: a key of another algorithm: {NO_KEY}")
    return key
