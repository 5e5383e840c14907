"""`pli send --as xdm`: a document about one patient, to colleagues, to the patient, to the DMP.

All that is missing is said at once, the way to everybody is said before anything is kept, and then
all of it is kept in one transaction (sync/dispatch/queueing.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from store.compose import parse_addresses
from store.db.authors import author_content
from store.db.directory.shelf import connect_listings
from store.db.drafts import draft_refused
from store.db.drops import rules
from store.db.handovers import handover
from store.db.open import Connection
from store.dispatch_words import dispatch_words
from store.errors import MailError, NeedsUser, Permanent, Usage
from store.host.clock import now
from store.host.invocation import Invocation
from store.host.keys import DataKey
from store.host.lock import NodeLock, node_runs
from store.host.log import to_file
from store.host.version import VERSION
from store.model.account import Account
from store.model.document import HealthDocument
from store.model.email import EmailAddress
from store.model.handover import HandoverState
from store.model.ids import AccountId, SubmissionId
from store.plain import explained, facts_line, plain_words
from store.routing.content import content_of, recipients_of
from sync.commands.as_node import know_first
from sync.commands.card import keys_of_card
from sync.commands.document_options import DocumentOptions
from sync.commands.handover import handover_line
from sync.commands.send import chosen_account, leave_and_tell
from sync.commands.ways import both_books, tell_ways
from sync.dispatch.addressing import address_of_rpps
from sync.dispatch.building import build_dispatch
from sync.dispatch.describing import disagree
from sync.dispatch.facts import Built, DispatchFacts, Held
from sync.dispatch.known_patient import patient_by_ins
from sync.dispatch.placing import place_open
from sync.dispatch.queueing import Entered, enter, new_marks, packed, undo, unfiled
from sync.dispatch.remarks import remarks_of
from sync.dispatch.sorting import results_of
from sync.documents.author_file import read_author
from sync.documents.build_xdm import Application
from sync.documents.mss_letter import is_patient_address
from sync.documents.recognise import recognise
from sync.documents.sidecar import Addressed, Sidecar, read_sidecar
from sync.drop.doctors import Doctors, plain_code
from sync.drop.understand import doctors_of
from sync.keyring import opened_keys
from sync.smime.signatures import Signer
from sync.submit.freeze import freeze

MOST_OCTETS = 25 * 1024 * 1024
"""Of a document; what is larger fits into nobody's mailbox."""


def send_document(
    invocation: Invocation, options: DocumentOptions, given: Mapping[str, Any]
) -> int:
    """All of it. Returns the exit code.

    Args:
        given: the options it shares with an ordinary letter.
    """
    home, key = invocation.chosen_home(), invocation.unlock()
    card = (given["card"], given["card_label"], given["card_pin_file"])
    with invocation.store() as db, keys_of_card(*card) as of_card:
        to_file(home)
        know_first(db, home)
        account = chosen_account(db, given["account_name"])
        facts = document_facts(db, invocation, account, given["to"], options)
        sign, seal = bool(given["sign"]), bool(given["seal"])
        built = built_and_told(db, invocation, account, facts, seal=seal)
        if given["dry_run"]:
            return 0
        entered = enter(db, account, facts, built, again=options.again, sign=sign, seal=seal)
        submissions = frozen_letters(db, account, entered, key, of_card)
        waits = place_here(db, invocation, entered)
        if given["as_json"]:
            said_too = {"document": packed(built.named), "level": built.level.value}
            click.echo(facts_line(said_too | {"handover": entered.handover}))
        code = leave_and_tell(db, invocation, submissions, as_json=given["as_json"])
        lost = len(submissions) < len(entered.drafts)
    return 1 if waits or lost else code


def document_facts(
    db: Connection,
    invocation: Invocation,
    account: Account,
    to: Sequence[str],
    options: DocumentOptions,
) -> DispatchFacts:
    """Read the files of a dispatch and what the account's settings say.

    Raises:
        NeedsUser: `dispatch.no_author`, `dispatch.no_address`, `dispatch.several_addresses`,
            `dispatch.patient_apart`, `dispatch.no_such_patient`, `dispatch.other_patient`; what
            `read_sidecar`, `read_author` and `doctors_of` raise.
        Usage: `dispatch.results_unknown`, `send.bad_address`, `send.too_large`.
        Permanent: what reading the results raises.
    """
    content = author_content(db, account.id)
    if not content:
        raise NeedsUser("dispatch.no_author", account=account.name)
    sidecar = read_sidecar(_octets(options.patient)) if options.patient else Sidecar()
    if options.ins:
        sidecar = _of_patient(db, sidecar, options.ins)
    sidecar = replace(
        sidecar,
        to_patient=sidecar.to_patient or options.to_patient,
        to_dmp=sidecar.to_dmp or options.to_dmp,
        closes=sidecar.closes or options.close,
        urgent=sidecar.urgent or options.urgent,
    )
    return DispatchFacts(
        author=read_author(content.encode()),
        email=account.address,
        sidecar=sidecar,
        to=_colleagues(db, invocation, account, sidecar, to),
        pdf=_octets(options.document) if options.document else b"",
        results=_results(options.results) if options.results else (),
        at=now(),
        marks=new_marks(),
        application=Application(name="Pli", version=VERSION),
    )


def _of_patient(db: Connection, sidecar: Sidecar, ins: str) -> Sidecar:
    """About a patient that received documents tell of; whether their INS is qualified stays what
    the description says."""
    known = patient_by_ins(db, ins)
    if sidecar.patient is None:
        return replace(sidecar, patient=known)
    if disagree(known, sidecar.patient):
        raise NeedsUser("dispatch.other_patient")
    return sidecar


def _colleagues(
    db: Connection,
    invocation: Invocation,
    account: Account,
    sidecar: Sidecar,
    to: Sequence[str],
) -> tuple[EmailAddress, ...]:
    """Those of the command line, else those of the sidecar, an RPPS or a code looked up."""
    people = tuple(a for text in to for a in parse_addresses(text))
    if not people and sidecar.recipients:
        listings = connect_listings(invocation.chosen_home(), invocation.unlock(), readonly=True)
        with closing(listings):
            lists = _lists_of_doctors(db, account)
            people = tuple(_one(listings, lists, each) for each in sidecar.recipients)
    if any(is_patient_address(each.email) for each in people):
        raise NeedsUser("dispatch.patient_apart")
    return people


def _lists_of_doctors(db: Connection, account: Account) -> list[Doctors]:
    """Those that the rules of the account's watched folders name. Raises as `doctors_of`."""
    named = [rule for rule in rules(db) if rule.account_id == account.id and rule.options.doctors]
    return [doctors_of(rule) for rule in named]


def _one(listings: Connection, lists: Sequence[Doctors], each: Addressed) -> EmailAddress:
    if each.email:
        return EmailAddress(name=each.name, email=each.email)
    if each.rpps:
        return address_of_rpps(listings, each.rpps)
    code = plain_code(each.code)
    found = sorted({email for doctors in lists for email in doctors.get(code, ())})
    if len(found) > 1:
        addresses = ", ".join(found)
        raise NeedsUser("dispatch.several_addresses", who=each.code, addresses=addresses)
    if not found:
        raise NeedsUser("dispatch.no_address", who=each.name or each.code)
    return EmailAddress(name=each.name, email=found[0])


def _results(path: Path) -> tuple[HealthDocument, ...]:
    octets = _octets(path)
    found = results_of(recognise(path.name, octets), octets)
    if found is None:
        raise Usage("dispatch.results_unknown", name=path.name)
    return found


def _octets(path: Path) -> bytes:
    if path.stat().st_size > MOST_OCTETS:
        raise Usage("send.too_large", name=path.name, most_mb=MOST_OCTETS // 2**20)
    return path.read_bytes()


def built_and_told(
    db: Connection,
    invocation: Invocation,
    account: Account,
    facts: DispatchFacts,
    *,
    seal: bool,
) -> Built:
    """What leaves, once all that is missing, the remarks and the ways have been said.

    Raises:
        NeedsUser: `dispatch.held`.  Permanent: `send.no_way`.
    """
    built = build_dispatch(facts)
    if isinstance(built, Held):
        for reason in built.reasons:
            click.echo(explained(reason), err=True)
        raise NeedsUser("dispatch.held", n=len(built.reasons))
    _tell_remarks(built)
    letters = [each for each in (built.letter, built.patient_letter) if each]
    drafts = [unfiled(each, seal=seal) for each in letters]
    people = [email for draft in drafts for email in recipients_of(draft)]
    with both_books(invocation, db, people) as shelf:
        told = [
            tell_ways(shelf, account, recipients_of(each), content_of(each), at=facts.at)
            for each in drafts
        ]
    if not all(told):
        raise Permanent("send.no_way")
    return built


def _tell_remarks(built: Built) -> None:
    for code, params in remarks_of(built):
        click.echo(plain_words(dispatch_words(code, params)), err=True)


def frozen_letters(
    db: Connection, account: Account, entered: Entered, key: DataKey, of_card: Sequence[Signer]
) -> tuple[SubmissionId, ...]:
    """Freeze its letters. When the first cannot be, nothing of it happened; a later one stays, with
    its reason, in the outbox.

    Raises:
        MailError: what `freeze` raises.
    """

    def keys(account_id: AccountId) -> Sequence[Signer]:
        return [*of_card, *opened_keys(db, key, account_id)]

    found: list[SubmissionId] = []
    for draft_id in entered.drafts:
        try:
            found += asyncio.run(freeze(db, account, draft_id, now=now(), keys=keys))
        except MailError as error:
            if error.code == "draft.unknown":
                continue  # the node was quicker: it is in the outbox
            if found:
                draft_refused(db, draft_id, error.code)
                click.echo(explained(error), err=True)
            else:
                undo(db, entered)
                raise
    return tuple(found)


def place_here(db: Connection, invocation: Invocation, entered: Entered) -> bool:
    """Put the DMP's set into its folder, unless a node does. True when it waits for a person."""
    if entered.handover is None:
        return False
    home = invocation.chosen_home()
    if not node_runs(home):
        with NodeLock(home):
            asyncio.run(place_open(db))
    placed = handover(db, entered.handover)
    click.echo(plain_words(handover_line(placed)), err=True)
    return placed.state is not HandoverState.PLACED and not node_runs(home)
