"""Says why a span was taken for personal data, in words for the person who tunes or audits the redaction.

Looks at the text again instead of being told by the finders: they are busy, explanations are rare.
"""

from __future__ import annotations

from vocbot.text.redact import Found, redact
from vocbot.text.redact_labels import label
from vocbot.text.redact_view import look, lower, spell

_SHAPES = {
    "PHONE": "digits in the shape of a mobile or foreign number",
    "LANDLINE": "digits in the shape of a landline, with area code",
    "ID_CARD": "digits of a region, a day of birth and a right check digit (GB 11643), or a number after such a word",
    "BANK_CARD": "digits of a known issuer with a right check digit (Luhn)",
    "PLATE": "province, letter and five or six characters of a number plate",
    "VIN": "17 characters of a vehicle number, the last four digits",
    "EMAIL": "an e-mail address",
    "QQ": "a number after QQ",
    "WECHAT": "an account after WeChat",
    "ADDRESS": "a road or estate with a house number, a post box, or a place after a cue",
    "NAME": "a name beside a cue, or one that was again",
    "IBAN": "country, length and check digits of an IBAN (ISO 13616)",
    "SSN": "digits in the shape of a social security number",
    "PASSPORT": "a number after passport or permit",
    "IP": "an IP address",
    "SECRET": "a password, token or key",
}
_FREE = "likelier a name than words, by a dictionary: no cue stands beside it"
_LABELS = {
    "ssn": "social security",
    "id": "an identity card",
    "bank": "a card or an account",
    "ip": "an IP address",
    "chat": "a chat account",
    "phone": "a telephone",
}


def why(text: str, found: Found) -> str:
    """The reason for one span that `redact` found in this text."""
    view = look(text)
    at = found.start if view.index is None else view.index.index(found.start)
    cued = found.kind != "NAME" or any(other.start == found.start for other in redact(text, free_names=False).found)
    reason = _SHAPES[found.kind] if cued else _FREE
    named = label(lower(spell(view.chars)), at)
    return f"{reason}; the words before it name {_LABELS[named]}" if named in _LABELS else reason
