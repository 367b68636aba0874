"""Messages for e-mail programs."""

from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

import pytest

from service.mail import eml, mailto


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "x",
        "a@b@c",
        "a@b.fr\nBcc: z@z.fr",
        "a b@c.fr",
        "é@exemple.fr",
        "a@b.fr, z@z.fr",
        "<a@b.fr>",
        "@b.fr",
    ],
)
def test_what_is_no_single_address_is_left_out(address):
    message = message_from_bytes(eml(address, "s", "b"), policy=policy.default)
    assert (message["To"], message["Bcc"]) == (None, None)
    assert mailto(address, "s", "b").startswith("mailto:?")


def test_a_subject_of_several_lines_becomes_one():
    message = message_from_bytes(eml("a@exemple.fr", "x\r\nBcc: z@z.fr", "b"), policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"] == "x Bcc: z@z.fr"


def test_a_link_carries_the_whole_message():
    link = mailto("a+b@exemple.fr", "Objet & é", "Une\nDeux ? 100 %")
    asked = urlsplit(link)
    assert asked.path == "a%2Bb@exemple.fr"
    assert parse_qs(asked.query) == {"subject": ["Objet & é"], "body": ["Une\r\nDeux ? 100 %"]}
