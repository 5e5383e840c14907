"""A dropped document that leaves as a health document: whole, once, or held with all it lacks."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from store.db import drop_wishes
from store.db.authors import set_author
from store.db.drop_telling import older
from store.db.handovers import cancel_handover, handovers
from store.db.open import Connection, write
from store.db.submissions import outbox
from store.db.whitelist import replace_whitelist
from store.model.document import HealthDocument
from store.model.drop_options import FoundIn, Grouping
from store.model.handover import HandoverState
from sync.dispatch.building import build_dispatch
from sync.dispatch.facts import Built
from sync.dispatch.placing import place_open
from sync.documents.cda import read_cda
from sync.documents.xdm import read_xdm
from sync.drop.reasons import Reason
from tests.sim.drop_world import NOW, World, new_world
from tests.sim.test_drop_groups import page, wishes
from tests.unit.dispatch.practice import AUTHOR, SIDECAR, facts
from tests.unit.documents.invented import INS, OUR_OID
from tests.unit.documents.lab_files import DOCTOR, OBR, SENDER, ed, flags, message

PAGE = page("Mme ANAÏS LEROUX-ESSAI, née le 14/03/1985")
OTHER = page("Mme ANAÏS LEROUX-ESSAI, née le 14/03/1985, corrigé")
DOMAINS = ["medecins.example", "analyses.example", "patient.mssante.fr", "medecin.mssante.example"]
PATIENT = f"{INS}@patient.mssante.fr"
ALICE = '\n[[recipients]]\nemail = "alice@medecins.example"\nname = "Dr Alice Chênevert"\n'
TOLD = SIDECAR + ALICE
PID = (
    f"PID|||{INS}^^^ASIP&1.2.250.1.213.1.4.10&ISO^INS"
    "||LEROUX-ESSAI^ANAÏS^ANAÏS LUCE^^^^L||19850314|F" + "|" * 24 + "VALI"
)
MESSAGE_HEAD = {"profile": "2.1^CISIS_CDA_HL7_V2"}
RECIPIENT_PATIENT = f"PRT||UC||RCT^^participation|||||||||||^^X.400^{PATIENT}"


def health_world(db: Connection, tmp_path: Path, folder: Path | None = None) -> World:
    """A rule of an account with a settings file, in the trust space with the patient's mailbox."""
    world = new_world(db, folder or tmp_path / "cobas")
    replace_whitelist(db, DOMAINS, digest=b"d", published_at=NOW, now=NOW)
    with write(db):
        db.execute("UPDATE account SET ca = 'igc-sante'")
    (tmp_path / "dmp").mkdir(exist_ok=True)
    fiche(world, AUTHOR + f'\n[dmp]\nfolder = "{tmp_path / "dmp"}"\n')
    rule(world)
    return world


def fiche(world: World, content: str) -> None:
    set_author(world.db, world.rule().account_id, content, now=NOW)


def rule(world: World, **options: object) -> None:
    """What the rule says: a health document, found by the sidecar unless told otherwise."""
    said: dict[str, object] = {
        "grouping": Grouping.STEM,
        "search": (FoundIn.SIDECAR, FoundIn.HL7, FoundIn.CDA),
        "form": "xdm",
    }
    wishes(world, **{**said, **options})


@pytest.fixture
def world(db: Connection, tmp_path: Path) -> World:
    return health_world(db, tmp_path)


def drop(world: World, pdf: bytes = PAGE, sidecar: str = TOLD, name: str = "a") -> None:
    world.drop(f"{name}.toml", sidecar.encode())
    world.drop(f"{name}.pdf", pdf)


def package(letter: bytes) -> HealthDocument:
    """The one document in the package of a letter."""
    read = message_from_bytes(letter, policy=default)
    [octets] = [part.get_content() for part in read.walk() if part.get_filename() == "IHE_XDM.zip"]
    assert isinstance(octets, bytes)
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        cda = archive.read("IHE_XDM/SUBSET01/DOC00001.XML")
    [document] = read_xdm(octets).documents
    assert read_cda(cda).identifier == document.identifier
    return document


def metadata_of(letter: bytes) -> bytes:
    """METADATA.XML of the package of a letter."""
    read = message_from_bytes(letter, policy=default)
    [octets] = [p.get_content() for p in read.walk() if p.get_filename() == "IHE_XDM.zip"]
    assert isinstance(octets, bytes)
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return archive.read("IHE_XDM/SUBSET01/METADATA.XML")


def subject(letter: bytes) -> str:
    return str(message_from_bytes(letter, policy=default)["Subject"])


def lacks(world: World) -> tuple[str, ...]:
    [item] = world.items()
    assert (item.state, item.reason) == ("held", Reason.LACKS)
    assert (world.letters(), handovers(world.db)) == ([], [])
    return item.lacks


async def test_it_leaves_as_a_whole_letter_with_what_its_sidecar_says(world: World) -> None:
    drop(world)
    await world.settle()
    [letter], [item] = world.letters(), world.items()
    assert subject(letter).startswith("XDM/1.0/DDM+Compte rendu d'examens biologiques LEROUX-ESSAI")
    document = package(letter)
    assert document.patient
    assert (document.patient.ins, document.renditions[0].octets) == (INS, PAGE)
    assert [each.family_name for each in document.recipients] == ["Dr Alice Chênevert"]
    assert (item.recipients, item.files) == (("alice@medecins.example",), 2)
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(PAGE)) == (["sent"], ["sent"])


async def test_to_the_patient_and_the_dmp_too_it_is_one_document(
    world: World, tmp_path: Path
) -> None:
    rule(world, to_patient="always", to_dmp="always")
    drop(world)
    await world.settle()
    sent = outbox(world.db)[::-1]
    assert [[to.email for to in each.recipients] for each in sent] == [
        ["alice@medecins.example"],
        [PATIENT],
    ]
    [item] = world.items()
    assert (item.submission_id, item.patient_submission_id) == (sent[0].id, sent[1].id)
    first, second = map(package, world.letters())
    assert first.identifier == second.identifier
    world.letters_are("accepted")
    await world.settle()
    assert (world.states(), world.lies(PAGE)) == (["queued"], ["claimed"])  # the DMP's set is not
    assert await place_open(world.db) == 0
    await world.settle()
    assert (world.states(), world.lies(PAGE)) == (["sent"], ["sent"])
    [told] = older(world.db, world.rule_id, before=None, seen_after=0, limit=9)
    assert (len(told.letters), told.dmp and told.dmp.state) == (2, HandoverState.PLACED)
    assert len(list((tmp_path / "dmp").iterdir())) == 1


async def test_refused_for_the_patient_it_has_left_and_says_so(world: World) -> None:
    rule(world, to_patient="always", to_dmp="always")
    drop(world)
    await world.settle()
    cancel_handover(world.db, handovers(world.db)[0].id, now=NOW)
    with write(world.db):
        world.db.execute("UPDATE email_submission SET state = iif(id = 1, 'accepted', 'refused')")
    await world.settle()
    assert world.states() == [f"sent {Reason.PARTLY_SENT}"]
    assert "une de ses lettres" in world.reasons()[0]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("refused", "refused"), f"failed {Reason.SERVER_REFUSED}"),
        (("canceled", "refused"), f"failed {Reason.SERVER_REFUSED}"),
        (("canceled", "canceled"), f"failed {Reason.CANCELED}"),
        (("accepted", "uncertain"), "queued"),
    ],
)
async def test_it_ends_when_all_of_it_has_ended(
    world: World, states: tuple[str, str], expected: str
) -> None:
    rule(world, to_patient="always")
    drop(world)
    await world.settle()
    with write(world.db):
        for id_, state in enumerate(states, 1):
            world.db.execute("UPDATE email_submission SET state = ? WHERE id = ?", (state, id_))
    await world.settle()
    assert world.states() == [expected]


async def test_a_correction_names_what_it_replaces_and_so_does_the_next(world: World) -> None:
    for content in (PAGE, OTHER, page("ANAÏS LEROUX-ESSAI, née le 14/03/1985, de nouveau")):
        drop(world, content)
        await world.settle()
        world.letters_are("accepted")
    first, second, third = map(package, world.letters())
    assert (first.version, second.version, third.version) == (1, 2, 3)
    assert second.replaces[0] == first.identifier  # and its entry in the package
    assert third.replaces[0] == second.identifier
    assert first.set_identifier == second.set_identifier == third.set_identifier
    assert "[Annule et remplace]" in subject(world.letters()[1])
    assert [item.corrects for item in world.items()] == [None, 1, 2]


async def test_of_a_document_that_was_none_before_words_say_it(world: World) -> None:
    wishes(world, grouping=Grouping.STEM, search=(FoundIn.SIDECAR,))
    drop(world)
    await world.settle()
    rule(world)
    drop(world, OTHER)
    await world.settle()
    assert package(world.letters()[1]).replaces == ()
    body = message_from_bytes(world.letters()[1], policy=default).get_body(("plain",))
    assert body
    assert "corrige et remplace celui" in body.get_content()


async def test_what_is_missing_is_named_and_once_it_is_said_the_document_leaves(
    world: World,
) -> None:
    fiche(world, "")
    drop(world)
    await world.settle()
    assert lacks(world) == ("drop.lacks.author",)
    assert "n'a pas de fiche" in world.reasons()[0]
    fiche(world, AUTHOR.replace("signs = true\n", "").replace("keeps = true\n", ""))
    drop_wishes.release(world.db, world.items()[0].id)
    await world.settle()
    assert lacks(world) == ("document.missing.custodian", "document.missing.signer")
    assert "Il manque le responsable" in world.reasons()[0]
    fiche(world, AUTHOR)
    drop_wishes.release(world.db, world.items()[0].id)
    await world.settle()
    assert (world.states(), len(world.letters())) == (["queued"], 1)
    assert world.items()[0].lacks == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("ins_qualified = true", ""), "dispatch.patient_not_qualified"),
        ((f'ins = "{INS}"\n', ""), "dispatch.patient_not_qualified"),
        (("alice@medecins.example", PATIENT), "dispatch.patient_apart"),
        (("[document]", '[document]\nkind = "autre"'), "drop.lacks.kind"),
    ],
)
async def test_what_forbids_it_is_named(world: World, change: tuple[str, str], code: str) -> None:
    rule(world, to_patient="always")
    drop(world, sidecar=TOLD.replace(*change))
    await world.settle()
    assert code in lacks(world)


async def test_several_documents_and_strangers_are_no_health_document(world: World) -> None:
    rule(world, grouping=Grouping.FOLDER)
    for name, content in (("deux", OTHER), ("image", b"\x89PNG")):
        (world.folder / name).mkdir()
        (world.folder / name / "a.pdf").write_bytes(PAGE)
        (world.folder / name / "b.bin").write_bytes(content)
        (world.folder / name / "a.toml").write_text(TOLD)
    await world.settle()
    assert sorted(each for item in world.items() for each in item.lacks) == [
        "drop.lacks.not_a_document",
        "drop.lacks.several",
    ]
    assert world.letters() == []


async def test_what_its_rule_does_not_do_is_held(world: World) -> None:
    asks = TOLD + "\n[letter]\nto_patient = true\nto_dmp = true\n"
    drop(world, sidecar=asks)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.DESTINATIONS}"], [])
    rule(world, to_patient="asked", to_dmp="asked")
    drop_wishes.release(world.db, world.items()[0].id)
    await world.settle()
    assert len(world.letters()) == 2
    drop(world, OTHER, name="b")  # who does not ask has none
    await world.settle()
    assert (len(world.letters()), len(handovers(world.db))) == (3, 1)


def ready_made(pdf: bytes = PAGE) -> bytes:
    """A CDA as a laboratory's own program writes it."""
    built = build_dispatch(facts(pdf=pdf))
    assert isinstance(built, Built)
    assert built.letter
    with zipfile.ZipFile(io.BytesIO(built.letter.files[0].octets)) as archive:
        return archive.read("IHE_XDM/SUBSET01/DOC00001.XML")


async def test_a_cda_leaves_octet_for_octet_with_what_its_own_header_says(world: World) -> None:
    fiche(world, AUTHOR.replace("SA25", "SA99").replace("18719-5", "18725-2"))
    cda = ready_made()
    world.drop("a.xml", cda)
    world.drop("a.toml", ALICE.encode())
    rule(world, grouping=Grouping.FOLDER, search=(FoundIn.SIDECAR,))  # its header names another
    (world.folder / "un").mkdir()
    for name in ("a.xml", "a.toml"):
        (world.folder / name).rename(world.folder / "un" / name)
    await world.settle()
    [letter] = world.letters()
    read = message_from_bytes(letter, policy=default)
    [octets] = [p.get_content() for p in read.walk() if p.get_filename() == "IHE_XDM.zip"]
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert archive.read("IHE_XDM/SUBSET01/DOC00001.XML") == cda
        metadata = archive.read("IHE_XDM/SUBSET01/METADATA.XML").decode()
    assert "SA25" in metadata
    assert "SA99" not in metadata
    assert "18719-5" in metadata
    assert [p.get_content() for p in read.walk() if p.get_filename("").endswith(".pdf")] == [PAGE]


def correcting(identifier: bytes, content: bytes = OTHER) -> bytes:
    """The same program's correction of one of these."""
    cda = ready_made(content).replace(b'extension="' + b"0" * 31 + b'1"', b'extension="NEUF"')
    related = (
        b'<relatedDocument typeCode="RPLC"><parentDocument><id root="'
        + OUR_OID.encode()
        + b'" extension="'
        + identifier
        + b'"/></parentDocument></relatedDocument><componentOf>'
    )
    return cda.replace(b"<componentOf>", related)


async def test_a_cda_says_itself_what_it_replaces_whatever_its_file_is_called(
    world: World,
) -> None:
    rule(world, grouping=Grouping.ALONE, search=(FoundIn.FIXED,))
    world.drop("a.xml", ready_made())
    await world.settle()
    world.drop("b.xml", correcting(b"0" * 31 + b"1"))
    await world.settle()
    first, second = map(package, world.letters())
    assert second.replaces[0] == first.identifier  # and its entry in the package
    assert "[Annule et remplace]" in subject(world.letters()[1])
    assert [item.corrects for item in world.items()] == [None, 1]
    world.drop("b.xml", ready_made(PAGE + b"%%EOF\n").replace(b"0" * 31 + b"1", b"SEUL"))
    await world.settle()
    assert package(world.letters()[2]).replaces == ()
    assert world.items()[2].corrects is None


async def test_a_cda_that_replaces_what_never_left_from_here_is_held(world: World) -> None:
    rule(world, grouping=Grouping.ALONE, search=(FoundIn.FIXED,))
    world.drop("a.xml", correcting(b"AILLEURS"))
    await world.settle()
    assert lacks(world) == ("document.missing.replaced_entry",)


async def test_a_sidecar_cannot_say_what_a_cda_replaces(world: World) -> None:
    """Else the package would replace what the document does not."""
    rule(world, grouping=Grouping.FOLDER, search=(FoundIn.FIXED,))
    entry = "0f0f0f0f-0000-4000-8000-000000000009"
    ours = f'{{ oid = "{OUR_OID}", value = "AUTRE" }}'
    named = f'identifier = {ours}, set = {ours}, version = 1, entry = "{entry}"'
    for name, cda in (("sans", ready_made()), ("avec", correcting(b"AILLEURS"))):
        (world.folder / name).mkdir()
        (world.folder / name / "a.xml").write_bytes(cda)
        (world.folder / name / "a.toml").write_text(f"[document]\nreplaces = {{ {named} }}\n")
    await world.settle()
    assert sorted(world.states()) == [f"held {Reason.LACKS}", "queued"]
    [letter] = world.letters()
    assert package(letter).replaces == ()
    assert entry.encode() not in metadata_of(letter)


def hl7(*more: str, **chosen: str) -> bytes:
    people = (SENDER, DOCTOR, RECIPIENT_PATIENT)
    return message(PID, OBR, ed(ready_made()), *people, *flags(**chosen), *more, **MESSAGE_HEAD)


async def test_what_a_message_asks_is_done_where_the_rule_allows_it(
    world: World, tmp_path: Path
) -> None:
    rule(world, grouping=Grouping.ALONE, to_patient="asked", to_dmp="asked")
    world.drop("a.hl7", hl7())
    await world.settle()
    sent = outbox(world.db)[::-1]
    assert [each.recipients[0].email for each in sent] == [
        "loic.kermadec@medecin.mssante.example",
        PATIENT,
    ]
    assert len(handovers(world.db)) == 1
    assert world.items()[0].control_ids == ("M-77",)


@pytest.mark.parametrize(
    ("chosen", "outcome"),
    [
        ({"DESTMSSANTEPAT": "N", "INVISIBLE_PATIENT": "Y", "DESTDMP": "N"}, "queued"),
        ({"DESTMSSANTEPAT": "N", "INVISIBLE_PATIENT": "Y"}, "held drop.lacks"),
        ({"DESTMSSANTEPAT": "N"}, "held drop.destinations"),
    ],
)
async def test_what_a_message_forbids_is_not_done_though_the_rule_does_it(
    world: World, chosen: dict[str, str], outcome: str
) -> None:
    rule(world, grouping=Grouping.ALONE, to_patient="always", to_dmp="always")
    octets = message(
        *(PID, OBR, ed(ready_made()), SENDER, DOCTOR, *flags(**chosen)), **MESSAGE_HEAD
    )
    world.drop("a.hl7", octets)
    await world.settle()
    assert world.states() == [outcome]
    assert len(world.letters()) == (outcome == "queued")
    assert handovers(world.db) == []


async def test_for_the_patient_alone_no_doctor_gets_it(world: World) -> None:
    rule(world, grouping=Grouping.ALONE, to_patient="asked")
    people = (SENDER, RECIPIENT_PATIENT)
    chosen = flags(DESTMSSANTEPS="N", DESTDMP="N")
    octets = message(PID, OBR, ed(ready_made()), *people, *chosen, **MESSAGE_HEAD)
    world.drop("a.hl7", octets)
    await world.settle()
    [sent] = outbox(world.db)
    assert [each.email for each in sent.recipients] == [PATIENT]
    world.letters_are("accepted")
    await world.settle()
    assert world.states() == ["sent"]


async def test_whom_nobody_names_the_patient_alone_does_not_get_it(world: World) -> None:
    rule(world, to_patient="always", to_dmp="always")
    drop(world, sidecar=SIDECAR)
    await world.settle()
    assert (world.states(), world.letters()) == ([f"held {Reason.NO_RECIPIENT}"], [])


async def test_a_message_that_takes_back_is_held(world: World) -> None:
    rule(world, grouping=Grouping.ALONE)
    chosen = flags(DESTMSSANTEPAT="N", INVISIBLE_PATIENT="Y", DESTDMP="N")
    octets = message(
        *(PID, "ORC|CA", OBR, ed(ready_made(), state="D"), SENDER, DOCTOR, *chosen), **MESSAGE_HEAD
    )
    world.drop("a.hl7", octets)
    await world.settle()
    assert lacks(world) == ("drop.lacks.takes_back",)


async def test_an_identity_that_was_not_checked_is_no_qualified_one(world: World) -> None:
    rule(world, grouping=Grouping.ALONE, to_patient="asked", to_dmp="asked")
    world.drop("a.hl7", hl7().replace(b"VALI", b"PROV"))
    await world.settle()
    assert lacks(world) == ("dispatch.patient_not_qualified",)
