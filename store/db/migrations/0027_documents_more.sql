-- What an XDS association replaces is found by its entry, and what has an OID alone by that OID; the
-- words of a PDF inside a package or a CDA are found like those of one beside it.

ALTER TABLE health_document ADD COLUMN entry TEXT NOT NULL DEFAULT ''; -- UUID of its entry in METADATA.XML, lower case
CREATE INDEX health_document_entry ON health_document (entry) WHERE entry <> '';
DROP INDEX health_document_identifier;
CREATE INDEX health_document_identifier ON health_document (identifier_root, identifier)
    WHERE identifier_root <> '';
DROP INDEX health_document_set;
CREATE INDEX health_document_set ON health_document (set_root, set_identifier) WHERE set_root <> '';
ALTER TABLE document_file ADD COLUMN text_state TEXT NOT NULL DEFAULT 'none'; -- fact: none, wanted, ready or unreadable: the text of a PDF that is no part of its letter
ALTER TABLE document_file ADD COLUMN text TEXT NOT NULL DEFAULT ''; -- words from outside
CREATE INDEX document_file_wanted ON document_file (document_id) WHERE text_state = 'wanted';
