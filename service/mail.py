"""Messages as an e-mail program opens them; nothing here sends anything."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

EML = "message/rfc822"


def eml(to: str | None, subject: str, body: str) -> bytes:
    """A message to edit and send by hand; an address that could not be one is left out.

    Line breaks in the subject are taken out, so that no header can be slipped in.
    """
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"  # opened as a draft by e-mail programs that know it
    address = address_or_none(to)
    if address is not None:
        message["To"] = address
    message["Subject"] = " ".join(subject.split())
    message.set_content(body, cte="base64")
    return message.as_bytes()


def mailto(to: str | None, subject: str, body: str) -> str:
    """A link that opens a message in the visitor's e-mail program."""
    address = address_or_none(to)
    shown = "" if address is None else quote(address.addr_spec, safe="@")
    lines = "\r\n".join(body.splitlines())
    return f"mailto:{shown}?subject={quote(' '.join(subject.split()), safe='')}&body={quote(lines, safe='')}"


def address_or_none(text: str | None) -> Address | None:
    """The e-mail address in a text, None when it is none."""
    if not text or any(not " " < sign < "\x7f" for sign in text) or text.count("@") != 1:
        return None
    try:
        return Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        return None
