"""A signature proves that a release is what its signer signed; one changed byte or another signer fails."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import keeps_contract
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from dataset_packager.release import signature

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def keys(folder: Path, name: str) -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def built(project: Path, cli: CommandLine) -> Path:
    assert cli("--project", project, "--out", project / "dist").code == 0
    return project / "dist/tiny-library"


def test_a_signed_release_verifies_and_fails_for_a_changed_byte_or_another_signer(
    built: Path, tmp_path: Path, cli: CommandLine
) -> None:
    private, public = keys(tmp_path, "mine")
    _, other = keys(tmp_path, "other")
    before = {path: path.read_bytes() for path in built.rglob("*") if path.is_file()}
    assert cli("sign", built, "--key", private).code == 0
    assert before == {path: path.read_bytes() for path in built.rglob("*") if path.is_file()}
    keeps_contract("signature", json.loads((built.parent / "tiny-library.signature.json").read_text("utf-8")))
    signed = cli("verify", built, "--signer", public)
    assert signed.code == 0
    assert "signed by" in signed.err
    assert "all but README.md" in signed.err
    refused = cli("verify", built, "--signer", other)
    assert refused.code == 1
    assert "isn't what other.pub has signed" in refused.out
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    beside = ("--signature", built.parent / "tiny-library.signature.json")
    assert cli("verify", copy, "--signer", public, *beside).code == 0
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt", "DATASHEET.md"):
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        assert cli("verify", copy, "--signer", public, *beside).code == 1
        (copy / name).write_bytes(data)
    assert cli("verify", copy, "--signer", public).code == 1  # there is no signature beside the copy


def test_what_is_no_key_or_no_signature_is_told(
    built: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = keys(tmp_path, "mine")
    curve = tmp_path / "curve.pem"
    curve.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    for wrong in (public, curve, tmp_path / "none"):
        ran = cli("sign", built, "--key", wrong)
        assert ran.code == 2
        assert "openssl genpkey -algorithm ed25519" in ran.err
    (tmp_path / "s.json").write_text('{"signature": "no"}', "utf-8")
    ran = cli("verify", built, "--signer", public, "--signature", tmp_path / "s.json")
    assert ran.code == 1
    assert "is no signature of a release" in ran.out
    monkeypatch.setattr(signature, "is_installed", lambda _: False)
    assert "dataset-packager[sign]" in cli("sign", built, "--key", private).err
