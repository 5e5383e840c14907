"""The demo world: two real servers, a real encrypted store, two folders whose documents leave.

Nothing in it is faked but the people. It lives under one private directory and ends with the
program.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from store.db.accounts import add_account
from store.db.authors import set_author
from store.db.drops import add_rule
from store.db.migrate import migrate
from store.db.open import Connection, connect
from store.db.whitelist import replace_whitelist
from store.host import keys
from store.host.keys import DataKey
from store.host.paths import Home
from store.host.secrets import seal_password
from store.model.account import Endpoint, Profile
from store.model.ids import AccountId
from store.routing.domains import domain_of
from sync.demo import laboratory
from sync.demo.certificates import Certificates, make_certificates
from sync.demo.correspondence import document, letters
from sync.demo.imap_server import LOCALHOST, ImapServer
from sync.demo.other_device import OtherDevice
from sync.demo.scripts import LETTERS, dated, people
from sync.demo.smtp_server import Sender, SmtpServer
from sync.drop.prepare import prepare_folder

SAMPLES = {
    "bilan-beausoleil": "{amj-0}_CR d'examens biologiques_BEAUSOLEIL_Achille.pdf",
    "bilan-loiseleur": "{amj-0}_CR d'examens biologiques_LOISELEUR_Garance.pdf",
}
RULE = "analyseur"
WHITE_LIST = b"demo"
"""In the place of a file's digest: everybody in the demo is inside its trust space."""
OURS = ("alice", "labo")
"""Those whose accounts the demo's store holds; the others only receive."""
WRITER = "alice"
"""Who may send documents: letters/author.toml says what a header wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Both servers and what is needed to reach them."""

    certificates: Certificates
    imap: ImapServer
    smtp: SmtpServer
    passwords: Mapping[str, str] = field(repr=False)

    async def listen(self) -> None:
        """Be reachable, always at the same ports."""
        await self.imap.listen()
        await self.smtp.listen()

    async def hang_up(self) -> None:
        """Be unreachable, as when the line is cut."""
        await self.smtp.hang_up()
        await self.imap.hang_up()

    def other_device(self, user: str) -> OtherDevice:
        """Another mail program on `user`'s mailbox."""
        return OtherDevice(
            host=LOCALHOST,
            port=self.imap.port,
            ca=self.certificates.ca,
            user=user,
            password=self.passwords[user],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pli:
    """A Pli of somebody: its home, what opens it, its accounts."""

    home: Home
    key_file: Path
    key: DataKey
    accounts: Mapping[str, AccountId]


@dataclass(frozen=True, slots=True, kw_only=True)
class World(Pli):
    """The whole demo, ready for a node and a screen."""

    servers: Servers
    folder: Path
    """What is dropped here is sent to Alice by the laboratory."""
    samples: Path
    """Documents to drop."""
    machine: Path
    """Where the laboratory's machine drops results, each for the doctor that it names."""
    receipts: Path
    """What the machine is told of them."""


@asynccontextmanager
async def demo_world(root: Path, *, now: Callable[[], int]) -> AsyncIterator[World]:
    """The demo under `root`: an existing directory, empty and private to its owner."""
    certificates = make_certificates(root, now())
    async with serving(certificates, now=now) as servers:
        yield furnish(root, servers, now=now)


@asynccontextmanager
async def serving(certificates: Certificates, *, now: Callable[[], int]) -> AsyncIterator[Servers]:
    """Both servers, listening, with everyone's mailboxes filled."""
    imap = ImapServer(certificates.server_context())
    passwords = {key: secrets.token_urlsafe(16) for key in people()}
    for key, password in passwords.items():
        await imap.add_user(key, password)
    for letter in letters(now()):
        await imap.deliver(
            letter.owner,
            letter.octets,
            received_at=letter.received_at,
            mailbox=letter.mailbox,
            flags=letter.flags,
        )

    async def deliver(user: str, octets: bytes) -> None:
        await imap.deliver(user, octets, received_at=now())

    smtp = SmtpServer(
        certificates.server_context(),
        users={key: Sender(passwords[key], person.address) for key, person in people().items()},
        mailboxes={person.address: key for key, person in people().items()},
        deliver=deliver,
        now=now,
    )
    servers = Servers(certificates=certificates, imap=imap, smtp=smtp, passwords=passwords)
    try:
        await servers.listen()
        yield servers
    finally:
        await servers.hang_up()


def furnish(root: Path, servers: Servers, *, now: Callable[[], int]) -> World:
    """Make the store, its two accounts, the watched folders and the documents to drop."""
    pli = new_pli(root, OURS, servers, now=now)
    folder, samples, machine = root / "depot", root / "exemples", root / "automate"
    receipts, doctors = root / "retour", root / "medecins.csv"
    prepare_folder(folder)
    prepare_folder(machine)
    for each in (samples, receipts):
        each.mkdir(mode=0o700)
    doctors.write_bytes(laboratory.doctors())
    pli.home.drop_rules.write_text(laboratory.rules(machine, doctors, receipts), encoding="utf-8")
    with closing(connect(pli.home, pli.key)) as db:
        to = (people()["alice"].address,)
        add_rule(db, name=RULE, folder=str(folder), account_id=pli.accounts["labo"], to=to)
        author = (LETTERS / "author.toml").read_text(encoding="utf-8")
        set_author(db, pli.accounts[WRITER], author, now=now())
    for document_key, name in SAMPLES.items():
        (samples / dated(name, now())).write_bytes(document(document_key, now()))
    return World(
        home=pli.home,
        key_file=pli.key_file,
        key=pli.key,
        accounts=pli.accounts,
        servers=servers,
        folder=folder,
        samples=samples,
        machine=machine,
        receipts=receipts,
    )


def new_pli(root: Path, names: Iterable[str], servers: Servers, *, now: Callable[[], int]) -> Pli:
    """A store under `root` with these people's accounts, everybody within its trust space."""
    home, key_file = Home(root / "pli"), root / "cle"
    key = keys.create(home, key_file=key_file)
    with closing(connect(home, key)) as db:
        migrate(db)
        domains = {domain_of(person.address) for person in people().values()}
        replace_whitelist(db, domains, digest=WHITE_LIST, published_at=now(), now=now())
        accounts = {name: _add_account(db, home, key, name, servers) for name in names}
    return Pli(home=home, key_file=key_file, key=key, accounts=accounts)


def _add_account(
    db: Connection, home: Home, key: DataKey, name: str, servers: Servers
) -> AccountId:
    person = people()[name]
    account_id = add_account(
        db,
        name=name,
        address=person.address,
        display_name=person.name,
        imap=Endpoint(host=LOCALHOST, port=servers.imap.port),
        smtp=Endpoint(host=LOCALHOST, port=servers.smtp.port),
        user=name,
        ca=str(servers.certificates.ca),
        profile=Profile.FIBRE,
    )
    seal_password(home, key, account_id, servers.passwords[name])
    return account_id
