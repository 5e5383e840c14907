"""Ids that cannot be mistaken for one another: a MailboxId never meets an EmailId."""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", int)
MailboxId = NewType("MailboxId", int)
EmailId = NewType("EmailId", int)
PlacementId = NewType("PlacementId", int)
ThreadId = NewType("ThreadId", int)
DraftId = NewType("DraftId", int)
SubmissionId = NewType("SubmissionId", int)
DropRuleId = NewType("DropRuleId", int)
DropItemId = NewType("DropItemId", int)
BlobId = NewType("BlobId", bytes)
"""SHA-256 of the octets: 32 bytes."""
CertificateId = NewType("CertificateId", int)
KeyId = NewType("KeyId", int)
DocumentId = NewType("DocumentId", int)
PatientId = NewType("PatientId", int)
IdentityId = NewType("IdentityId", int)
DispatchId = NewType("DispatchId", int)
HandoverId = NewType("HandoverId", int)
