"""Route: by which way a letter reaches one recipient, or why it may not leave.

What a person is told before sending is this, and what `sync` does is this: one decision, made by
`store/routing/decide.py` from what the store knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import AccountId


class Way(StrEnum):
    """How octets are kept from everyone else on their way. Each has a sentence."""

    MSSANTE = "mssante"
    """Both ends are inside the trust space: operator to operator, mutually authenticated."""
    PATIENT = "patient"
    """The patient's own mailbox, by a qualified INS, from inside the trust space."""
    APICRYPT = "apicrypt"
    """Sealed by the vendor's own program, which this site has."""
    SMIME = "smime"
    """Sealed for a certificate that was checked: nobody between can read it."""
    OPERATOR = "operator"
    """Stays with the sender's own operator, whose authority this site chose itself."""
    EXERCISE = "exercise"
    """A name reserved for exercises (RFC 6761): reaches nobody. Only before a list was imported."""
    NON_MEDICAL = "non_medical"
    """In clear, on the word of a person that it concerns no patient; the word is kept."""
    REFUSED = "refused"
    """No way is secure. It does not leave."""


class Envelope(StrEnum):
    """What is done to the octets: ways of one envelope and account leave as one message."""

    PLAIN = "plain"
    SEALED = "sealed"
    """S/MIME (RFC 8551)."""
    VENDOR = "vendor"
    """The Apicrypt program."""


ENVELOPES = {Way.SMIME: Envelope.SEALED, Way.APICRYPT: Envelope.VENDOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One account as the guard sees it."""

    account_id: AccountId
    address: str
    private_anchor: bool
    """Its servers are checked against an authority this site chose, not the public ones."""
    listed: bool
    """Its domain is in the white list."""
    vendor: bool = False
    """The Apicrypt program is configured for it."""

    @property
    def inside(self) -> bool:
        """Part of the trust space. A public authority vouches for no operator of it
        (ECO.1.1.10)."""
        return self.listed and self.private_anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """The best certificate known for an address."""

    certificate_id: int
    until: int
    """Not valid after, Unix seconds UTC."""
    trusted: bool
    """Its chain ends at a configured anchor, and it is not known to be revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """What the store knows of one recipient."""

    email: str
    listed: bool = False
    sealing: Sealing | None = None
    others: tuple[str, ...] = ()
    """Other addresses of the same person in the directory, the secure ones first."""
    resembles: str = ""
    """The known domain that this unknown one could be mistaken for; '' when none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the guard must know of a letter. No word of it."""

    seal: bool = False
    """The person wants it sealed."""
    was_sealed: bool = False
    """It quotes, or carries, what reached us sealed by S/MIME."""
    documents: bool = False
    """Something is attached, or it was made by the drop folder."""
    patient: str = ""
    """The qualified INS of the one patient it is about; '' when none is known."""
    non_medical: str = ""
    """The person's reason why it concerns no patient; '' when it was not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSpace:
    """The white list as imported, and what the site allows."""

    known: bool = False
    published_at: int | None = None
    """Unix seconds UTC; None when the list does not say."""
    imported_at: int | None = None
    domains: int = 0
    non_medical: bool = False
    """Site policy: a letter that concerns no patient may leave in clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The decision for one recipient."""

    email: str
    way: Way
    account_id: AccountId
    """By which account it leaves."""
    reason: str = ""
    """Code of why it is refused; '' otherwise."""
    remarks: tuple[str, ...] = ()
    """Codes of what a person should know all the same."""
    offers: tuple[str, ...] = ()
    """Addresses that would work."""
    resembles: str = ""
    certificate_id: int | None = None

    @property
    def envelope(self) -> Envelope:
        """What is done to the octets."""
        return ENVELOPES.get(self.way, Envelope.PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One message of a letter: those of its recipients who are reached alike."""

    account_id: AccountId
    envelope: Envelope
    routes: tuple[Route, ...]

    @property
    def emails(self) -> tuple[str, ...]:
        """The envelope's addr-specs."""
        return tuple(route.email for route in self.routes)
