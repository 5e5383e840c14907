"""From a laboratory's results to its outbox, through everything that is built here."""

from __future__ import annotations

import base64
import email
import email.policy
from dataclasses import replace

from store.model.receipt import Outcome
from sync.documents.mdn import Answered, FilingError, build_mdn
from sync.documents.receipts import read_receipts
from tests.unit.documents.invented import CORRECTION, IN_CODES, INS, PDF_OCTETS, unzipped
from tests.unit.documents.test_mss_letter import letter, written
from tests.unit.documents.validity import V3, valid_cda, valid_metadata


def test_a_result_goes_and_its_refusal_comes_back() -> None:
    document = replace(CORRECTION, observations=IN_CODES.observations)
    sent = written(letter(document))
    received = email.message_from_bytes(sent, policy=email.policy.default)
    package, pdf = (part.get_content() for part in received.iter_attachments())
    files = unzipped(package)
    valid_metadata(files["IHE_XDM/SUBSET01/METADATA.XML"])
    root = valid_cda(files["IHE_XDM/SUBSET01/DOC00001.XML"])
    carried = root.findtext(".//v3:observationMedia/v3:value", "", V3)
    assert base64.b64decode(carried) == pdf == PDF_OCTETS
    assert root.find(".//v3:patientRole/v3:id", V3).get("extension") == INS
    assert root.find(".//v3:section", V3) is not None

    answer = build_mdn(
        Answered(
            message_id=received["Message-ID"].strip("<>"),
            subject=received["Subject"],
            asks_to=received["Disposition-Notification-To"],
            return_path=f"<{received['From'].addresses[0].addr_spec}>",
            recipient="alice@cabinet.example",
            octets=sent,
        ),
        FilingError.UNKNOWN_PATIENT,
        message_id="deux@cabinet.example",
        date_at=1795514100,
        boundary="answer0123",
    )
    (receipt,) = read_receipts(answer)
    assert (receipt.outcome, receipt.error) == (Outcome.REFUSED, "902")
    assert (receipt.message_id, receipt.recipient) == ("un@labo.example", "alice@cabinet.example")


def test_the_same_day_gives_the_same_letter() -> None:
    assert written(letter(CORRECTION)) == written(letter(CORRECTION))
