-- What has changed since a time, and the last documents of a rule, are found without a look through
-- all that ever left. A letter is touched whenever a recipient of it is; of what became of them
-- afterwards only few are told.
CREATE INDEX email_submission_updated ON email_submission (updated_at);
CREATE INDEX submission_recipient_fate_at ON submission_recipient (fate_at) WHERE fate_at IS NOT NULL;
CREATE INDEX handover_updated ON handover (updated_at);
CREATE INDEX drop_item_updated ON drop_item (rule_id, updated_at);
CREATE INDEX drop_item_rule ON drop_item (rule_id);
