-- A dropped document that leaves as a health document: its letters, its set for the DMP, its identifiers;
-- and what the practice's software said of documents that were received, on its way to who sent them.

ALTER TABLE drop_item ADD COLUMN patient_submission_id INTEGER REFERENCES email_submission(id); -- the patient's own letter, where it became two
ALTER TABLE drop_item ADD COLUMN dispatch_id INTEGER REFERENCES dispatch(id) ON DELETE SET NULL; -- how its document is named, and its set for the DMP
ALTER TABLE drop_item ADD COLUMN lacks TEXT NOT NULL DEFAULT '[]'; -- fact: JSON list of the codes of what kept it from being built
CREATE INDEX drop_item_patient_submission ON drop_item (patient_submission_id) WHERE patient_submission_id IS NOT NULL;
CREATE INDEX dispatch_named ON dispatch (account_id, json_extract(document, '$.identifier.value'));
CREATE INDEX drop_item_dispatch ON drop_item (dispatch_id) WHERE dispatch_id IS NOT NULL;

ALTER TABLE receipt_asked ADD COLUMN filing TEXT; -- fact: all documents of the letter were filed: ''; or one was not: its code, 900 to 906; NULL while that is not known
CREATE INDEX receipt_asked_filing ON receipt_asked (email_id) WHERE filing IS NULL AND state IN ('unread', 'read', 'ask');
