"""The numbers by which CMS names its parts and algorithms (RFC 5652, RFC 8551, RFC 5753...)."""

from __future__ import annotations

DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
ENVELOPED = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
COMPRESSED = "1.2.840.113549.1.9.16.1.9"
ZLIB = "1.2.840.113549.1.9.16.3.8"

DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}
DIGEST_OIDS = {name: number for number, name in DIGESTS.items()}

RSA, RSA_OAEP, MGF1, P_SPECIFIED, RSA_PSS = (f"1.2.840.113549.1.1.{n}" for n in (1, 7, 8, 9, 10))
RSA_WITH = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.3.14.3.2.29": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
EC = "1.2.840.10045.2.1"
ECDSA_WITH = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
ECDSA_OIDS = {name: number for number, name in ECDSA_WITH.items()}
ED25519, X25519 = "1.3.101.112", "1.3.101.110"

CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))
CAPABILITIES = "1.2.840.113549.1.9.15"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
ENCRYPTION_KEY_PREFERENCE = "1.2.840.113549.1.9.16.2.11"
MICROSOFT_KEY_PREFERENCE = "1.3.6.1.4.1.311.16.4"
"""Outlook's own, an issuer and serial number."""

AES = "2.16.840.1.101.3.4.1."
AES_CBC = {f"{AES}2": 16, f"{AES}22": 24, f"{AES}42": 32}
"""Octets of the key."""
AES_WRAP = {f"{AES}5": 16, f"{AES}25": 24, f"{AES}45": 32}
AES_GCM = {f"{AES}6": 16, f"{AES}26": 24, f"{AES}46": 32}
AES_128_CBC, AES_256_CBC, AES_128_GCM, AES_256_GCM = (f"{AES}{n}" for n in (2, 42, 6, 46))
AES_256_WRAP = f"{AES}45"
TRIPLE_DES_CBC = "1.2.840.113549.3.7"
TRIPLE_DES_WRAP = "1.2.840.113549.1.9.16.3.6"
RC2_CBC = "1.2.840.113549.3.2"

AGREEMENTS = {
    "1.3.133.16.840.63.0.2": "sha1",
    "1.3.132.1.11.0": "sha224",
    "1.3.132.1.11.1": "sha256",
    "1.3.132.1.11.2": "sha384",
    "1.3.132.1.11.3": "sha512",
    # With cofactor, which is 1 on every curve here.
    "1.3.133.16.840.63.0.3": "sha1",
    "1.3.132.1.14.0": "sha224",
    "1.3.132.1.14.1": "sha256",
    "1.3.132.1.14.2": "sha384",
    "1.3.132.1.14.3": "sha512",
}
"""ECDH with the X9.63 derivation (RFC 5753 §7.1.4): the digest it uses."""
STANDARD_AGREEMENTS = {
    f"sha{bits}": f"1.3.132.1.11.{n}" for n, bits in enumerate((224, 256, 384, 512))
}
HKDF_AGREEMENTS = {
    f"1.2.840.113549.1.9.16.3.{n}": f"sha{b}" for n, b in ((19, 256), (20, 384), (21, 512))
}
"""ECDH with HKDF (RFC 8418 §2.2)."""
X25519_AGREEMENT = "1.2.840.113549.1.9.16.3.19"
