"""The wire to the mail server: one connection a letter, and what each reply code means for what happened.

Until the whole letter is out, nothing has happened there; from then until the server's reply, nobody knows.
Only codes go into errors: the text of a reply quotes addresses.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors.email.config import EmailSettings
from connectors.email.letter import Letter
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable, VocbotError

END_FACTOR = 4  # of the timeout, for the reply to a whole letter: servers look through it before they take it

_ENHANCED = re.compile(rb"[245]\.(\d{1,3})\.\d{1,3}")
_DOT = re.compile(rb"^\.", re.MULTILINE)


@contextmanager
def session(settings: EmailSettings, timeout: float) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted and logged in as the settings say; closed politely. Each reply may take `timeout` s.

    Raises Retryable (no connection, or it broke; 4xx) or Rejected (5xx; the server lacks what the settings ask for).
    """
    failure: VocbotError
    smtp = None
    try:
        smtp = _connect(settings, timeout)
        yield smtp
        with suppress(OSError):
            smtp.quit()  # what was taken stays taken, whatever becomes of the farewell
        return
    except smtplib.SMTPResponseException as error:
        failure = refusal("set-up", error.smtp_code, _raw(error.smtp_error))
    except smtplib.SMTPServerDisconnected:
        failure = Retryable("SMTP: the connection broke")
    except smtplib.SMTPException:
        failure = Rejected("SMTP: the server offers no STARTTLS or no log-in that we know, and the settings ask for it")
    except OSError as error:
        failure = Retryable(f"SMTP: no connection ({type(error).__name__})")
    finally:
        if smtp is not None:
            smtp.close()
    raise failure from None


def send(settings: EmailSettings, timeout: float, letter: Letter) -> None:
    """Hand one letter over.

    Raises Unreachable (the mailbox is refused for good), Rejected (we or the letter are), Retryable (nothing was
    taken), OutcomeUnknown (the letter is out and no reply came).
    """
    with session(settings, timeout) as smtp:
        limit = smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(letter.content):
            raise Rejected("SMTP: the letter is larger than the server takes")
        if letter.utf8 and not smtp.has_extn("smtputf8"):
            raise Unreachable("SMTP: the address needs SMTPUTF8, which the server does not offer")
        options = [f"SIZE={len(letter.content)}"] if smtp.has_extn("size") else []
        options += ["SMTPUTF8", "BODY=8BITMIME"] if letter.utf8 else []
        _expect("MAIL", smtp.mail(letter.sender, options))
        _expect("RCPT", smtp.rcpt(letter.recipient))
        _expect("DATA", smtp.docmd("DATA"), 354)
        failure = None
        try:
            assert smtp.sock is not None
            smtp.sock.settimeout(timeout * END_FACTOR)
            smtp.send(_DOT.sub(b"..", letter.content) + b".\r\n")
            reply = smtp.getreply()
            smtp.sock.settimeout(timeout)
        except OSError as error:  # smtplib's own errors are OSErrors
            failure = OutcomeUnknown(f"SMTP: no reply to the letter ({type(error).__name__})")
        if failure:
            raise failure
        if reply[0] // 100 in (4, 5):
            raise refusal("letter", *reply)
        if reply[0] // 100 != 2:
            raise OutcomeUnknown(f"SMTP: unreadable reply to the letter ({reply[0]})")


def refusal(step: str, code: int, text: bytes) -> VocbotError:
    """What a reply other than the expected one means.

    A refused recipient is Unreachable, unless the server says that it is about us: 530 and 535 (log in first) and the
    enhanced codes 5.7.x (policy, RFC 3463) would otherwise close the way to every customer at once.
    """
    found = _ENHANCED.match(text)
    said = f"SMTP {step}: {code}" + (f" {found[0].decode()}" if found else "")
    if not 500 <= code < 600:
        return Retryable(said)
    policy = code in (530, 535) or (found is not None and found[1] == b"7")
    return Unreachable(said) if step == "RCPT" and not policy else Rejected(said)


def _connect(settings: EmailSettings, timeout: float) -> smtplib.SMTP:
    where = (settings.host, settings.port, settings.id_domain)
    context = ssl.create_default_context(cafile=settings.ca_file) if settings.security != "none" else None
    smtp = (
        smtplib.SMTP_SSL(*where, timeout=timeout, context=context)
        if settings.security == "tls"
        else smtplib.SMTP(*where, timeout=timeout)
    )
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if settings.username is not None and settings.password is not None:
            smtp.login(settings.username, settings.password.get_secret_value())
    except OSError:
        smtp.close()
        raise
    return smtp


def _expect(step: str, reply: tuple[int, bytes], code: int = 250) -> None:
    if reply[0] // 10 != code // 10:
        raise refusal(step, *reply)


def _raw(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
