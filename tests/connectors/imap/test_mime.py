"""The structure of mails: what is text in them, and what is left when the rest goes."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.imap.mime import DEEPEST, Headers, ends_in_text, stripped, texts


def found(raw: bytes) -> list[tuple[str, bytes]]:
    return [(part.kind, part.content.strip()) for part in texts(raw)]


def mixed(*parts: bytes, kind: bytes = b"mixed", end: bytes = b"--b--\r\n") -> bytes:
    head = b"From: sam@customer.example\r\nContent-Type: multipart/" + kind + b'; boundary="b"\r\n\r\n'
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def test_attachments_go_and_text_stays_as_it_came() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "sam@customer.example"
    message.set_content("优惠券")
    message.add_alternative("<p>优惠券</p>", subtype="html")
    message.add_attachment(b"\x89PNG" * 5000, maintype="image", subtype="png", filename="a.png")
    message.add_attachment("a log, no words", filename="log.txt")
    raw = message.as_bytes()
    assert found(raw) == [("text/plain", "优惠券".encode()), ("text/html", "<p>优惠券</p>".encode())]
    kept = stripped(raw)
    assert len(kept) < 1500 < len(raw)
    assert found(kept) == found(raw)
    assert b"a log" not in kept
    assert kept.startswith(raw.split(b"\r\n\r\n")[0])


def test_a_mail_of_one_part() -> None:
    assert found(b"Subject: x\r\n\r\nhello\r\n") == [("text/plain", b"hello")]
    assert found(b"Content-Type: text/html\n\n<p>x") == [("text/html", b"<p>x")]
    assert found(b"Content-Type: image/png\r\n\r\nxxxx") == []
    assert stripped(b"Content-Type: image/png\r\n\r\nxxxx") == b"Content-Type: image/png\r\n\r\n"
    assert found(b"Content-Type: text\r\n\r\nx") == [("text/plain", b"x")]
    assert found(b"\r\nno head at all") == [("text/plain", b"no head at all")]
    assert found(b"Subject: a head and no body") == [("text/plain", b"")]


def test_transfer_encodings_with_faults() -> None:
    def part(encoding: bytes, body: bytes) -> bytes:
        return texts(b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body)[0].content

    assert part(b"BASE64", base64.b64encode(b"hello!!") + b"\r\n-- \r\n")[:7] == b"hello!!"
    assert part(b"base64", b"aGVsbG8") == b"hello"
    assert part(b"base64", b"aGVsbG8=\r\naGVsbG8=").startswith(b"hello")
    assert part(b"base64", b"a") == b""
    assert part(b"quoted-printable", b"a=20=\r\nb=E4=Z") == b"a b\xe4=Z"
    assert part(b"x-unknown", b"a=20") == b"a=20"
    assert part(b"8bit", "优".encode()) == "优".encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mixed(b"\r\none", b"\r\ntwo"), [b"one", b"two"]),
        (mixed(b"\r\none", b"\r\ntwo", end=b""), [b"one", b"two"]),  # the last line is missing
        (mixed(b"\r\none", end=b"--b--\r\nepilogue\r\n--b\r\n\r\nnot this"), [b"one"]),
        (mixed(b"\r\none --b\r\nand --b--\r\ntwo"), [b"one --b\r\nand --b--\r\ntwo"]),
        (mixed(b"Content-Type: application/pdf\r\n\r\nxx", b"\r\ntwo"), [b"two"]),
        (mixed(b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nfile"), []),
        (mixed(b'Content-Type: text/plain; name="a.txt"\r\n\r\nfile'), []),
        (mixed(b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nattached mail"), []),
        (mixed(b"\r\ndigest", kind=b"digest"), []),
        (
            mixed(b"\r\n--bb\r\n--b x\r\n--b-\r\ntext"),
            [b"--bb\r\n--b x\r\n--b-\r\ntext"],
        ),  # none of these is the boundary
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary named", [b"no boundary named"]),
        (b"Content-Type: multipart/mixed; boundary=zz\r\n\r\nnot there", [b"not there"]),
        (mixed(b"\r\none").replace(b"\r\n", b"\n"), [b"one"]),
        (
            mixed(b"Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\n\r\nin\r\n--b2--", b"\r\nout"),
            [b"in", b"out"],
        ),
    ],
)
def test_containers_whole_and_broken(raw: bytes, expected: list[bytes]) -> None:
    assert [part.content.strip() for part in texts(raw)] == expected
    assert [part.content.strip() for part in texts(stripped(raw))] == expected
    assert b"epilogue" not in stripped(raw)


@pytest.mark.parametrize("boundary", ["=_Part_1.2", "a b", "----=_NextPart_000", "(x)+'?", 'q"uoted', "--"])
def test_boundaries_of_all_kinds(boundary: str) -> None:
    named = boundary.replace('"', '\\"')
    head = f'Content-Type: multipart/mixed;\r\n\tcharset="x"; BOUNDARY="{named}"\r\n\r\n'
    raw = f"{head}--{boundary}\r\n\r\nx\r\n--{boundary}--\r\n"
    assert found(raw.encode()) == [("text/plain", b"x")]


def nested(depth: int) -> bytes:
    raw = b"\r\nat the bottom\r\n"
    for n in range(depth):
        b = b"b%d" % n
        raw = (
            b"Content-Type: multipart/mixed; boundary="
            + b
            + b"\r\n\r\n--"
            + b
            + b"\r\n"
            + raw
            + b"\r\n--"
            + b
            + b"--\r\n"
        )
    return raw


def test_containers_a_hundred_deep_are_read_and_deeper_ones_end() -> None:
    assert found(nested(100)) == [("text/plain", b"at the bottom")]
    assert found(nested(DEEPEST + 1)) == []
    assert found(nested(3000)) == []


@pytest.mark.parametrize(
    "raw",
    [
        nested(5000),
        mixed(*[b"\r\nx"] * 100_000),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
        b'Content-Type: multipart/mixed; boundary="' + b"b" * 400_000,
        b"X: " + b"\r\n y" * 100_000 + b"\r\n\r\n",
        b"A: b\r\n" * 200_000,
        b"\r\n" * 400_000,
        b"Content-Type: " + b";" * 200_000 + b"\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a \t" * 100_000,
    ],
    ids=range(9),
)
def test_time_grows_with_length_alone(raw: bytes) -> None:
    begun = time.process_time()
    texts(raw)
    stripped(raw)
    assert time.process_time() - begun < 3.0


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b",
                b"--",
                b"\r\n",
                b"\n",
                b"\r",
                b"Content-Type: multipart/mixed; boundary=b",
                b"x",
                b": ",
                b"Content-Type: text/html",
                b"Content-Type: image/png",
                b" ",
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
@example(b"\r\n\r\n")
def test_what_is_kept_is_read_alike(raw: bytes) -> None:
    kept = stripped(raw)
    assert [(p.kind, p.body) for p in texts(kept)] == [(p.kind, p.body) for p in texts(raw)]
    assert stripped(kept) == kept
    assert len(kept) <= len(raw)


@given(st.binary(max_size=400))
def test_nothing_fails(raw: bytes) -> None:
    for part in texts(raw):
        assert isinstance(part.content, bytes)
    assert isinstance(ends_in_text(raw), bool)


def test_header_fields() -> None:
    headers = Headers.read(
        b"From me Tue\r\nSubject: a\r\n b\r\n\tc\r\nX Y: z\r\nx-One:  1 \r\nX-ONE: 2\r\n:none\r\nno colon"
    )
    assert headers.fields == (("subject", b"a b c"), ("x-one", b"1"), ("x-one", b"2"))
    assert headers.get("x-one") == b"1"
    assert (headers.has("subject"), headers.has("date")) == (True, False)
    typed = Headers.read(b'Content-Type: text/plain; xcharset=no; charset*=utf-8; name="a\\"b"')
    assert (typed.parameter("charset"), typed.parameter("name"), typed.parameter("boundary")) == (b"utf-8", b'a"b', b"")


def test_whether_the_end_of_a_mail_is_text() -> None:
    assert ends_in_text(b"Subject: x\r\n\r\nhello")
    assert ends_in_text(mixed(b"\r\none", b"\r\ntwo", end=b""))
    assert not ends_in_text(stripped(mixed(b"\r\none", b"Content-Type: image/png\r\n\r\nxxxx", end=b"")))
