"""The guard's decision: for one recipient, a way, or a refusal and what would work instead. Pure.

Nothing medical leaves in clear, whoever asks: `pli send`, the screen and the drop folder all pass
here, twice: when the letter is shown to whoever sends it, and when its octets are frozen. What is
not known is not assumed: without a white list nobody is inside the trust space. It stands in the
store because the screen says the way while a letter is written, node or no node.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from store.model.identifiers import problem_with_ins
from store.model.route import (
    Addressee,
    Content,
    Dispatch,
    Envelope,
    Route,
    Sender,
    TrustSpace,
    Way,
)
from store.routing.domains import APICRYPT, PATIENTS, domain_of, is_reserved, is_under

OLD_SECONDS = 30 * 86_400
"""The list appears every day; after a month without one, a person is told."""


def route(
    to: Addressee,
    senders: Sequence[Sender],
    content: Content,
    space: TrustSpace,
    *,
    now: int,
) -> Route:
    """Decide for one recipient.

    Args:
        senders: the accounts it may leave by, the one the person chose first.
        now: Unix seconds UTC.

    Returns:
        The way of the first account that has one; when none has, the refusal of the first.
    """
    decided = [_by(sender, to, content, space, now) for sender in senders]
    secure = [d for d in decided if d.way not in (Way.REFUSED, Way.NON_MEDICAL)]
    clear = [d for d in decided if d.way is Way.NON_MEDICAL]
    found = (secure or clear or decided)[0]
    return replace(found, remarks=(*found.remarks, *_remarks(found, to, senders[0], space, now)))


def stands(way: Way, to: Addressee, sender: Sender, space: TrustSpace) -> bool:
    """Whether a way that was decided when a letter was frozen is still one, just before it leaves.

    Days may lie between, and the list, the account or the site's policy be others. What is sealed
    is as safe as it was.
    """
    domain = domain_of(to.email)
    return {
        Way.MSSANTE: sender.inside and to.listed,
        Way.PATIENT: sender.inside,
        Way.OPERATOR: sender.private_anchor and domain == domain_of(sender.address),
        Way.EXERCISE: not space.known and is_reserved(domain),
        Way.NON_MEDICAL: space.non_medical,
    }.get(way, way is not Way.REFUSED)


def dispatches(routes: Iterable[Route], hidden: Collection[str] = ()) -> tuple[Dispatch, ...]:
    """The messages a letter becomes: one for each account and envelope, and for each recipient
    of the vendor's program, which seals for one. () when any is refused.

    What is sealed by S/MIME names everybody who can open it (RFC 5652 §6.2), so that whoever gets
    a blind copy has a message of their own.

    Whole or not at all: a letter that reached half of its readers is written again by hand.

    Args:
        hidden: those who get a blind copy.
    """
    unseen = {email.casefold() for email in hidden}
    groups: dict[tuple[int, Envelope, str], list[Route]] = {}
    for one in routes:
        if one.way is Way.REFUSED:
            return ()
        blind = one.envelope is Envelope.SEALED and one.email.casefold() in unseen
        alone = one.email if blind or one.envelope is Envelope.VENDOR else ""
        groups.setdefault((one.account_id, one.envelope, alone), []).append(one)
    return tuple(
        Dispatch(account_id=found[0].account_id, envelope=envelope, routes=tuple(found))
        for (_, envelope, _), found in groups.items()
    )


def _by(sender: Sender, to: Addressee, content: Content, space: TrustSpace, now: int) -> Route:
    def by(way: Way, reason: str = "") -> Route:
        refused = way is Way.REFUSED
        return Route(
            email=to.email,
            way=way,
            account_id=sender.account_id,
            reason=reason,
            offers=to.others if refused else (),
            resembles=to.resembles,
            certificate_id=to.sealing.certificate_id if to.sealing and way is Way.SMIME else None,
        )

    domain = domain_of(to.email)
    if content.seal or content.was_sealed:
        if _can_be_sealed_for(to, now):
            return by(Way.SMIME)
        return by(Way.REFUSED, _no_seal(to, content, now))
    if domain == PATIENTS:
        reason = _not_for_patient(sender, to, content)
        return by(Way.REFUSED, reason) if reason else by(Way.PATIENT)
    if sender.inside and to.listed:
        return by(Way.MSSANTE)
    if is_under(domain, APICRYPT) and sender.vendor:
        return by(Way.APICRYPT)
    if _can_be_sealed_for(to, now):
        return by(Way.SMIME)
    if domain and domain == domain_of(sender.address) and sender.private_anchor:
        return by(Way.OPERATOR)
    if not space.known and is_reserved(domain):
        return by(Way.EXERCISE)
    if content.non_medical:
        reason = _not_in_clear(content, space)
        return by(Way.REFUSED, reason) if reason else by(Way.NON_MEDICAL)
    return by(Way.REFUSED, _not_secure(sender, to, space, now))


def _can_be_sealed_for(to: Addressee, now: int) -> bool:
    return to.sealing is not None and to.sealing.trusted and now <= to.sealing.until


def _no_seal(to: Addressee, content: Content, now: int) -> str:
    if to.sealing is not None:
        return _bad_certificate(to.sealing.until, now)
    return "route.no_certificate" if content.seal else "route.was_sealed"


def _bad_certificate(until: int, now: int) -> str:
    return "route.certificate_expired" if now > until else "route.certificate_untrusted"


def _not_for_patient(sender: Sender, to: Addressee, content: Content) -> str:
    matricule = to.email.rpartition("@")[0]
    if problem_with_ins(matricule):
        return "route.patient_key"
    if matricule.upper() != content.patient.upper():
        return "route.patient_not_qualified"
    if sender.inside:
        return ""
    return "route.account_anchor" if sender.listed else "route.account_outside"


def _not_in_clear(content: Content, space: TrustSpace) -> str:
    if not space.non_medical:
        return "route.non_medical_forbidden"
    return "route.non_medical_documents" if content.documents else ""


def _not_secure(sender: Sender, to: Addressee, space: TrustSpace, now: int) -> str:
    if to.listed:
        return "route.account_anchor" if sender.listed else "route.account_outside"
    if is_under(domain_of(to.email), APICRYPT):
        return "route.apicrypt"
    if to.sealing is not None:
        return _bad_certificate(to.sealing.until, now)
    if to.resembles:
        return "route.resembles"
    return "route.not_secure" if space.known else "route.no_list"


def _remarks(
    found: Route, to: Addressee, chosen: Sender, space: TrustSpace, now: int
) -> tuple[str, ...]:
    said = []
    if found.account_id != chosen.account_id:
        said.append("route.other_account")
    since = space.published_at or space.imported_at
    if found.way in (Way.MSSANTE, Way.PATIENT) and since and now - since > OLD_SECONDS:
        said.append("route.list_old")
    if to.resembles and found.reason != "route.resembles":
        said.append("route.resembles")
    return tuple(said)
