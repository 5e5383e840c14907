"""Sending from inside the trust space of a strict operator: who is reached, how, and who is not.

Servers are real, and openssl opens and verifies what arrived. Nothing of a sealed letter, its
subject included, is readable in what they carried.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.db.accounts import account_by_name
from store.db.drafts import drafts, drafts_waiting, save_draft, send_draft
from store.db.submissions import outbox
from store.host import clock
from store.host.paths import Home
from store.model.draft import Draft
from store.model.email import EmailAddress
from store.model.route import Way
from store.model.submission import EmailSubmission
from tests.live.person import Pli, opened
from tests.live.test_strict_operator import Operator
from tests.servers.authority import Authority
from tests.servers.dovecot import DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.tokens import TokenAuthority
from tests.servers.world import MailWorld
from tests.unit.cli.test_whitelist import a_list
from tests.unit.trust import pki

INS = "279035121518989"
PATIENT = f"{INS}@patient.mssante.fr"
OUTSIDE = "bob@ailleurs.example"
BODY = "Glycémie : 1,05 g/L chez Mme Valmière.\n".encode()
CLEAR = (b"Valmi", b"Glyc", b"1,05", b"HbA1c")
DAYS = 300 * pki.DAY


@pytest.fixture(scope="module")
def operator(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """STARTTLS, a client certificate, a token: nothing else is let in."""
    with ExitStack() as stack:
        judge = stack.enter_context(TokenAuthority(tmp_path_factory.mktemp("tokens")))
        dovecot = stack.enter_context(
            DovecotServer(authority, introspection_url=judge.url, client_certificates=True)
        )
        postfix = stack.enter_context(PostfixServer(authority, dovecot, client_certificates=True))
        for name in ("bob", "chloe", INS):
            dovecot.add_user(name)
        yield Operator(dovecot, postfix, judge, authority.client("cabinet"))


@dataclass(frozen=True)
class Papers:
    """Certificates and keys of this world, as files."""

    anchor: Path
    alice: Path
    """Her certificate and key together."""
    bob: Path
    bob_key: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder, now = tmp_path_factory.mktemp("papers"), clock.now()
    valid = {"from_at": now - pki.DAY, "until_at": now + DAYS}
    root = pki.make(pki.authority("Autorité des médecins", **valid))

    def written(name: str, email: str, key: object, *uses: str) -> tuple[Path, pki.Made]:
        wanted = pki.person(
            name, key=key, addresses=(email,), usage=pki.usage(*uses), crl_urls=(), **valid
        )
        made = pki.make(wanted, root)
        path = folder / f"{email.partition('@')[0]}.pem"
        path.write_bytes(made.pem)
        return path, made

    alice, her = written(
        "Dr Alice",
        "alice@sante.test",
        pki.ec_key("alice"),
        *("digital_signature", "key_agreement"),
    )
    alice.write_bytes(her.pem + her.key_pem)
    bob, his = written("Dr Bob", OUTSIDE, pki.rsa_key(2048), "key_encipherment")
    (folder / "bob.key").write_bytes(his.key_pem)
    (folder / "anchor.pem").write_bytes(root.pem)
    return Papers(folder / "anchor.pem", alice, bob, folder / "bob.key")


@pytest.fixture
def pli(
    home: Home,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    operator: Operator,
    papers: Papers,
    tmp_path: Path,
) -> Pli:
    """Alice's practice, inside the trust space, by an account of the strict operator."""
    pli = Pli(home, capsys, monkeypatch, MailWorld(operator.dovecot, operator.postfix))
    operator.tokens.issue("alice")
    command = operator.tokens.command("alice")
    (tmp_path / "liste.xml").write_bytes(a_list("sante.test", "patient.mssante.fr"))
    assert pli("init") == 0
    options = operator.options("alice")
    assert pli("account", "add", "cabinet", *options, "--token-command", command) == 0, pli.said
    assert pli("whitelist", "import", str(tmp_path / "liste.xml")) == 0, pli.said
    assert pli("anchors", "import", str(papers.anchor), "--name", "medecins") == 0, pli.said
    return pli


def send(pli: Pli, *to: str, more: tuple[str, ...] = ()) -> int:
    """A letter with something to hide, subject included."""
    people = tuple(word for each in to for word in ("--to", each))
    words = ("send", *people, "--subject", "HbA1c de Mme Valmière", "--account", "cabinet")
    return pli(*words, *more, body=BODY)


def queued(pli: Pli) -> list[EmailSubmission]:
    with opened(pli) as db:
        return outbox(db)


def openssl(*words: str, given: bytes) -> bytes:
    done = subprocess.run(["openssl", "cms", *words], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-800:]
    return done.stdout


def arrived(operator: Operator, name: str, before: int) -> bytes:
    return operator.postfix.wait_delivered(f"{name}@sante.test", before + 1)[before]


def had(operator: Operator, name: str) -> int:
    return len(operator.dovecot.letters(name))


def test_inside_it_leaves_outside_it_does_not(pli: Pli, operator: Operator) -> None:
    before = had(operator, "bob")
    assert send(pli, "bob@sante.test") == 0, pli.said
    assert "bob@sante.test : espace de confiance MSSanté (sante.test, liste du" in pli.said
    [row] = queued(pli)
    assert [r.way for r in row.recipients] == [Way.MSSANTE]
    assert b"Glyc" in arrived(operator, "bob", before)
    assert send(pli, OUTSIDE) == 1
    assert f"{OUTSIDE} : ne part pas." in pli.said
    assert len(queued(pli)) == 1


def test_outside_it_is_sealed_and_opened_there_and_its_signature_holds(
    pli: Pli, operator: Operator, papers: Papers
) -> None:
    before = had(operator, "bob")
    assert pli("key", "add-certificate", str(papers.bob)) == 0, pli.said
    assert pli("whitelist", "check", OUTSIDE) == 0, pli.said
    assert "scellée par S/MIME" in pli.out
    assert send(pli, OUTSIDE) == 1
    assert "ce compte n'a pas de clé qui ouvre" in pli.said
    assert pli("key", "import", str(papers.alice), "--account", "cabinet") == 0, pli.said
    assert send(pli, OUTSIDE, more=("--sign", "--encrypt")) == 0, pli.said
    letter = arrived(operator, "bob", before)
    for word in CLEAR:
        assert word not in letter
    assert b"Subject: [...]" in letter
    inside = openssl(
        "-decrypt", "-recip", str(papers.bob), "-inkey", str(papers.bob_key), given=letter
    )
    signed = openssl("-verify", "-CAfile", str(papers.anchor), given=inside)
    assert b"Glyc=C3=A9mie : 1,05" in signed
    assert b"HbA1c" in signed
    assert pli("sync") == 0, pli.said
    sent = b"".join(operator.dovecot.letters("alice", "Sent"))
    assert b"Subject: [...]" in sent
    for word in CLEAR:
        assert word not in sent, "nor does the copy among the sent ones say it"


def test_two_people_on_two_networks_each_get_one(pli: Pli, operator: Operator) -> None:
    operator.tokens.issue("cabinet2")
    other = operator.options("cabinet2")
    command = operator.tokens.command("cabinet2")
    other[other.index("--address") + 1] = "cabinet2@reseau.example"
    assert pli("account", "add", "reseau", *other, "--token-command", command) == 0, pli.said
    bob, chloe = had(operator, "bob"), had(operator, "chloe")
    assert send(pli, "bob@sante.test", "chloe@reseau.example") == 0, pli.said
    assert "Elle part du compte reseau" in pli.said
    assert pli("sync") == 0, pli.said
    one, two = arrived(operator, "bob", bob), arrived(operator, "chloe", chloe)
    assert b"From: alice@sante.test" in one
    assert b"From: cabinet2@reseau.example" in two
    assert (had(operator, "bob"), had(operator, "chloe")) == (bob + 1, chloe + 1)
    first, second = queued(pli)
    assert first.letter == second.letter != ""


def test_a_patient_is_written_to_by_their_qualified_identity_only(
    pli: Pli, operator: Operator
) -> None:
    assert send(pli, PATIENT) == 1
    assert "ne s'écrit que depuis son INS qualifiée" in pli.said
    written = Draft(
        sender=EmailAddress(email="alice@sante.test"),
        to=(EmailAddress(email=PATIENT),),
        subject="Votre compte rendu",
        body="Bonjour.\n",
        patient=INS,
    )
    with opened(pli) as db:
        account = account_by_name(db, "cabinet")
        send_draft(db, save_draft(db, account.id, written, now=clock.now()), clock.now())
    assert pli("sync") == 0, pli.said
    [row] = queued(pli)
    assert [r.way for r in row.recipients] == [Way.PATIENT]
    operator.postfix.wait_delivered(PATIENT, 1)
    with opened(pli) as db:
        assert (drafts(db), drafts_waiting(db)) == ([], [])
