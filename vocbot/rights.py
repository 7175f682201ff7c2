"""What each role may do, on the console and in chat. Everybody who is signed in may read what is redacted."""

from __future__ import annotations

ROLES = ("admin", "analyst", "product", "marketing", "support_lead", "agent", "executive")
RIGHTS: dict[str, frozenset[str]] = {
    "decide ticket": frozenset({"admin", "analyst", "product"}),
    "decide faq": frozenset({"admin", "support_lead"}),
    "decide notice": frozenset({"admin", "support_lead"}),
    "edit faq": frozenset({"admin", "support_lead"}),
    "edit notice": frozenset({"admin", "support_lead"}),
    "correct": frozenset({"admin", "analyst", "product"}),  # merge, split, rename, move; undo
    "sort": frozenset({"admin", "analyst"}),  # the undecided pile
    "see identity": frozenset({"admin", "support_lead", "agent"}),  # each look is in the audit log
    "run deliveries": frozenset({"admin"}),
    "manage users": frozenset({"admin"}),
}


def may(role: str, verb: str) -> bool:
    """Whether the role has the right. Raises KeyError for a right that does not exist."""
    return role in RIGHTS[verb]


def may_decide(role: str | None, token: str) -> bool:
    """Whether the role may decide about `token` (faq:3, notice:CHANGE-1); without a role, about everything."""
    return _may(role, "decide", token)


def may_edit(role: str | None, token: str) -> bool:
    """Whether the role may write the text anew that waits under `token`; without a role, every one."""
    return _may(role, "edit", token)


def _may(role: str | None, verb: str, token: str) -> bool:
    right = f"{verb} {token.partition(':')[0]}"
    return role is None or (right in RIGHTS and may(role, right))
