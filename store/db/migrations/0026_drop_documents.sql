-- A dropped document that leaves as a health document: its letters, its set for the DMP, its identifiers.

ALTER TABLE drop_item ADD COLUMN patient_submission_id INTEGER REFERENCES email_submission(id); -- the patient's own letter, where it became two
ALTER TABLE drop_item ADD COLUMN dispatch_id INTEGER REFERENCES dispatch(id) ON DELETE SET NULL; -- how its document is named, and its set for the DMP
ALTER TABLE drop_item ADD COLUMN lacks TEXT NOT NULL DEFAULT '[]'; -- fact: JSON list of the codes of what kept it from being built
CREATE INDEX drop_item_patient_submission ON drop_item (patient_submission_id) WHERE patient_submission_id IS NOT NULL;
CREATE INDEX drop_item_dispatch ON drop_item (dispatch_id) WHERE dispatch_id IS NOT NULL;
