"""A draft as octets (RFC 5322, RFC 2045-2047, RFC 2231), the same ones each time.

Pure ASCII in lines of at most 76 characters where that can be, so that any gateway carries it
unchanged: text in quoted-printable, documents in base64, names in encoded words.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from store.compose import is_address
from store.errors import Permanent
from store.model.draft import Draft
from store.model.email import EmailAddress
from sync.mime.encode import base64_lines, encoded_words, file_name_parameters, needs_encoding
from sync.mime.encode import quoted_printable

MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")
BOUNDARY = re.compile(r"[A-Za-z0-9]{1,60}")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
WIDTH = 76
