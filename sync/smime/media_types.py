"""The media types of S/MIME (RFC 8551 §3.2). Apart, so that asking for them loads no engine."""

TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
SIGNATURE_TYPES = {"application/pkcs7-signature", "application/x-pkcs7-signature"}
VAGUE_TYPES = {"application/octet-stream", "application/pkcs7", "application/x-pkcs7"}
