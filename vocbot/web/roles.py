"""What each role may do on the console. Everybody who is signed in may read what is redacted."""

from __future__ import annotations

RIGHTS: dict[str, frozenset[str]] = {
    "decide ticket": frozenset({"admin", "analyst", "product"}),
    "decide faq": frozenset({"admin", "support_lead"}),
    "decide notice": frozenset({"admin", "support_lead"}),
    "edit faq": frozenset({"admin", "support_lead"}),
    "sort": frozenset({"admin", "analyst"}),  # the undecided pile
    "shape issues": frozenset({"admin", "analyst", "product"}),  # merge, split, rename, move
    "see identity": frozenset({"admin", "support_lead", "agent"}),  # each look is in the audit log
    "run deliveries": frozenset({"admin"}),
    "manage users": frozenset({"admin"}),
}


def may(role: str, verb: str) -> bool:
    """Whether the role has the right. Raises KeyError for a right that does not exist."""
    return role in RIGHTS[verb]
