"""Evidence and findings as JSON: written once, and read back to be judged again."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from typing import Any

from store.model.trust import (
    Evidence,
    Finding,
    Reason,
    Revocation,
    RevocationFact,
    Root,
    Sealing,
    Signer,
)


def pack(facts: Evidence | Finding) -> str:
    """As JSON; certificates and lists in base64."""
    return json.dumps(asdict(facts), default=_as_text, ensure_ascii=False, separators=(",", ":"))


def _as_text(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def evidence_of(packed: str) -> Evidence:
    """The inverse of `pack`."""
    found: dict[str, Any] = json.loads(packed)
    return Evidence(
        **found
        | {
            "root": Root(found["root"]),
            "sealing": Sealing(found["sealing"]),
            "signers": tuple(_signer(each) for each in found["signers"]),
            "certificates": _octets(found["certificates"]),
            "crls": _octets(found["crls"]),
            "ocsp_responses": _octets(found["ocsp_responses"]),
            "from_addresses": tuple(found["from_addresses"]),
            "signed_from_addresses": tuple(found["signed_from_addresses"]),
        }
    )


def _signer(found: dict[str, Any]) -> Signer:
    return Signer(
        **found
        | {
            "certificate": _maybe(found["certificate"]),
            "encryption_certificate": _maybe(found["encryption_certificate"]),
            "capabilities": tuple(found["capabilities"]),
            "finding": None if found["finding"] is None else _finding(found["finding"]),
        }
    )


def finding_of(packed: str) -> Finding:
    """The inverse of `pack`."""
    return _finding(json.loads(packed))


def _finding(found: dict[str, Any]) -> Finding:
    revocation = found["revocation"]
    return Finding(
        **found
        | {
            "addresses": tuple(found["addresses"]),
            "weak_addresses": tuple(found["weak_addresses"]),
            "path": _octets(found["path"]),
            "faults": tuple(Reason(each) for each in found["faults"]),
            "revocation": RevocationFact(**revocation | {"state": Revocation(revocation["state"])}),
        }
    )


def _maybe(found: str | None) -> bytes | None:
    return None if found is None else b64decode(found)


def _octets(found: list[str]) -> tuple[bytes, ...]:
    return tuple(b64decode(each) for each in found)
