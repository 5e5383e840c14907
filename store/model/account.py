"""An account: one mailbox provider we read from and send through (RFC 8620 §1.6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model.ids import AccountId


class Tls(StrEnum):
    """How the connection becomes encrypted. There is no third way: never in clear."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    """Always required; a server that does not offer it is refused."""


class Login(StrEnum):
    """How we prove who we are, to every server of the account."""

    PASSWORD = "password"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    """An access token of a command's (XOAUTH2, OAUTHBEARER): Pro Santé Connect."""
    CERTIFICATE = "certificate"
    """The client certificate alone (SASL EXTERNAL): the mailbox of an organisation."""


class Incoming(StrEnum):
    """What the server that letters come from speaks."""

    IMAP = "imap"
    POP3 = "pop3"
    """One mailbox, no keywords: what is done to a letter here stays here."""


class Profile(StrEnum):
    """The line this account is reached over; decides how much is fetched, and when."""

    AUTO = "auto"
    """Whichever of the others the line was measured to be (sync/link/profile.py)."""
    FIBRE = "fibre"
    ADSL = "adsl"
    MOBILE = "mobile"
    SATELLITE = "satellite"


class DraftsKept(StrEnum):
    """Where the drafts of an account are kept."""

    SERVER = "server"
    """Here, and in its Drafts mailbox: other clients see them."""
    LOCAL = "local"
    """Here only."""


class Signs(StrEnum):
    """Which letters of an account are signed; sealed ones always are, where it has a key."""

    ASKED = "asked"
    """Those of which the person says so."""
    ALWAYS = "always"


class SentBy(StrEnum):
    """Who keeps the copy of a letter in Sent. A wish."""

    APPEND = "append"
    """We upload it."""
    SERVER = "server"
    """The server keeps one of what it is given; we look that it did."""
    SELF = "self"
    """We are one more recipient, and what comes is the copy: half the octets of an upload."""


class Receipts(StrEnum):
    """What is answered to who asks whether a letter was read. A wish."""

    NEVER = "never"
    ASK = "ask"
    ALWAYS = "always"
    """Without asking, where the standard allows it; else asks (RFC 8098 §2.1)."""


class Link(StrEnum):
    """What the node last knew of the line to this account. A fact; only `sync` writes it."""

    NEVER = "never"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    ONLINE = "online"
    OFFLINE = "offline"
    NEEDS_USER = "needs_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything needed to reach one account, secrets excepted (store/host/secrets.py)."""

    id: AccountId
    name: str
    """Chosen by the person, unique: what the command line calls it."""
    address: str
    """The addr-spec we write as."""
    display_name: str = ""
    imap: Endpoint
    """Where letters come from; it speaks what `incoming` says."""
    smtp: Endpoint
    tls: Tls = Tls.IMPLICIT
    smtp_tls: Tls | None = None
    """Of `smtp`, where it differs from `tls`."""
    user: str
    password_file: str = ""
    """Path read at each connection; '' when the secret is elsewhere."""
    password_command: str = ""
    """Run without a shell at each connection; its first line of output is the password."""
    login: Login = Login.PASSWORD
    token_command: str = ""
    """Run without a shell when a token is needed (sync/tokens.py); its first line is the token."""
    ca: str = "system"
    """'system', 'igc-sante', or the path of a PEM file with the trust anchors."""
    client_cert: str = ""
    """A PEM file, or a PKCS#12 file with the key in it; '' for none."""
    client_key: str = ""
    """Of a PEM file."""
    client_password_file: str = ""
    """Path of what opens the key, read at each connection; '' when nothing must."""
    incoming: Incoming = Incoming.IMAP
    pop3_delete_days: int | None = None
    """Days after which a letter that is held here leaves a POP3 server; None for never."""
    profile: Profile = Profile.AUTO
    auto_profile: Profile = Profile.ADSL
    """What AUTO stands for now. A fact; only `sync` writes it."""
    drafts: DraftsKept = DraftsKept.SERVER
    sign: Signs = Signs.ASKED
    sent_by: SentBy = SentBy.APPEND
    receipts: Receipts = Receipts.ASK
    undo_seconds: int = 10
    """For so long after "send" a person's letter stays here."""
    link: Link = Link.NEVER
    last_synced_at: int | None = None
    """End of the last complete pass; None before the first one. Unix seconds UTC."""
    last_error: str = ""
    """MailError.code of what stopped the last pass; '' when nothing did."""
    capabilities: str = ""
    """Fact: what the IMAP server last offered, for sync/imap/memory.py; '' before the first time.
    Saves turns, decides nothing about security."""
    sync_wanted_at: int = 0
    """Wish: the person asked for a pass at that time; 0 when never. Unix seconds UTC."""

    @property
    def submission_tls(self) -> Tls:
        """How the connection to `smtp` becomes encrypted."""
        return self.smtp_tls or self.tls
