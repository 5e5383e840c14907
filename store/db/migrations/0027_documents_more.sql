-- What an XDS association replaces is found by its entry, and what has an OID alone by that OID.

ALTER TABLE health_document ADD COLUMN entry TEXT NOT NULL DEFAULT ''; -- UUID of its entry in METADATA.XML, lower case
CREATE INDEX health_document_entry ON health_document (entry) WHERE entry <> '';
DROP INDEX health_document_identifier;
CREATE INDEX health_document_identifier ON health_document (identifier_root, identifier)
    WHERE identifier_root <> '';
DROP INDEX health_document_set;
CREATE INDEX health_document_set ON health_document (set_root, set_identifier) WHERE set_root <> '';
