"""Accounts of colleagues and the browsers they are signed in with: who may come in, and how a password is kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select

from vocbot.rights import ROLES
from vocbot.sdk.errors import VocbotError
from vocbot.store.audit import append
from vocbot.store.db import take_lock
from vocbot.store.tables import SignIn, User

LONGEST_NAME = 60
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
IDLE = timedelta(hours=12)  # without a page
LONGEST = timedelta(days=14)  # however busy
SEEN_EVERY = timedelta(minutes=5)  # a row is not written for each page

# RFC 9106, 4: the second recommended choice (64 MiB, three passes); two at a time, or a crowd at the door would take
# the memory that the rest needs.
_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
_door = threading.Semaphore(2)


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, and with which browser."""

    user: User
    sign_in: SignIn


def folded(name: str) -> str:
    """A name as it is looked up."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def new_password() -> str:
    """A password that nobody guesses: 100 bits, in groups that can be read out."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def hashed(password: str) -> str:
    """The hash to keep. Raises VocbotError where the password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise VocbotError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    with _door:
        return _hasher.hash(password)


@cache
def _nobody() -> str:
    """What a password is compared with where there is no such account."""
    return _hasher.hash(secrets.token_hex(16))


def add_user(session: Session, name: str, role: str, password: str, by: str, now: datetime) -> User:
    """Add an account; `password` is its hash. Raises VocbotError where the name is taken or the role unknown."""
    name = name.strip()
    if role not in ROLES:
        raise VocbotError(f"there is no role {role}: use {', '.join(ROLES)}")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise VocbotError(f"a name has 1 to {LONGEST_NAME} characters that can be seen")
    if find_user(session, name) is not None:
        raise VocbotError(f"there is an account called {name} already; `vocbot user list` shows all")
    user = User(name=name, folded=folded(name), role=role, password=password, created_at=now)
    session.add(user)
    append(session, now, by, "user added", name, role=role)
    return user


def find_user(session: Session, name: str) -> User | None:
    """The account called `name`, whatever its case."""
    return session.exec(select(User).where(User.folded == folded(name))).first()


def first_administrator(session: Session, now: datetime) -> tuple[str, str] | None:
    """Where there is no account at all, make one; returns its name and its password, which is nowhere else."""
    take_lock(session, "users")
    if session.exec(select(User.id).limit(1)).first() is not None:
        return None
    password = new_password()
    return add_user(session, "admin", "admin", hashed(password), "vocbot", now).name, password


def set_password(session: Session, user: User, password: str, by: str, now: datetime) -> None:
    """Change the password (`password` is its hash) and sign the user out everywhere."""
    user.password = password
    session.add(user)
    sign_out_everywhere(session, user)
    append(session, now, by, "password changed", user.name)


def change_role(session: Session, user: User, role: str, by: str, now: datetime) -> None:
    """Give the user another role; the last administrator keeps theirs. Raises VocbotError."""
    if role not in ROLES:
        raise VocbotError(f"there is no role {role}: use {', '.join(ROLES)}")
    _keep_one(session, user, role != "admin")
    append(session, now, by, "role changed", user.name, before=user.role, role=role)
    user.role = role
    session.add(user)


def disable(session: Session, user: User, by: str, now: datetime) -> None:
    """The user may not come in any more. Raises VocbotError for the last administrator."""
    _keep_one(session, user, True)
    if user.disabled_at is None:
        user.disabled_at = now
        session.add(user)
        sign_out_everywhere(session, user)
        append(session, now, by, "user disabled", user.name)


def enable(session: Session, user: User, by: str, now: datetime) -> None:
    """The user may come in again."""
    if user.disabled_at is not None:
        user.disabled_at = None
        session.add(user)
        append(session, now, by, "user enabled", user.name)


def _keep_one(session: Session, user: User, goes: bool) -> None:
    others = session.exec(
        select(User.id).where(User.role == "admin", col(User.disabled_at).is_(None), User.id != user.id)
    ).first()
    if goes and user.role == "admin" and others is None:
        raise VocbotError(f"{user.name} is the only administrator: make another one first")


# -- coming in


def right_password(user: User | None, password: str) -> bool:
    """Whether this is the user's password. Takes the same time where there is no such user."""
    with _door:
        try:
            _hasher.verify(user.password if user is not None else _nobody(), password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False
    return user is not None and user.disabled_at is None


def sign_in(session: Session, user: User, now: datetime) -> str:
    """Begin a new sign-in and return the token for the browser. Rows that have run out are cleared away."""
    session.exec(delete(SignIn).where((col(SignIn.seen_at) < now - IDLE) | (col(SignIn.begun_at) < now - LONGEST)))
    token = secrets.token_urlsafe(32)
    row = SignIn(
        token_hash=_digest(token), user_id=user.id or 0, csrf=secrets.token_urlsafe(32), begun_at=now, seen_at=now
    )
    session.add(row)
    return token


def visitor(session: Session, token: str, now: datetime) -> Visitor | None:
    """Who holds this token; None where it has run out, was ended, or its user may not come in."""
    found = session.exec(
        select(SignIn, User)
        .join(User, col(User.id) == col(SignIn.user_id))
        .where(SignIn.token_hash == _digest(token), col(User.disabled_at).is_(None))
    ).first()
    if found is None:
        return None
    row, user = found
    if now - row.seen_at > IDLE or now - row.begun_at > LONGEST:
        return None
    return Visitor(user, row)


def anybody_in(session: Session, now: datetime) -> bool:
    """Whether somebody is signed in, and may ask for a page at any moment."""
    return session.exec(select(SignIn.token_hash).where(col(SignIn.seen_at) > now - IDLE).limit(1)).first() is not None


def seen(session: Session, row: SignIn, now: datetime) -> None:
    """The browser was here."""
    known = session.get(SignIn, row.token_hash)
    if known is not None:
        known.seen_at = now
        session.add(known)


def sign_out(session: Session, token: str) -> None:
    """End one sign-in."""
    session.exec(delete(SignIn).where(col(SignIn.token_hash) == _digest(token)))


def sign_out_everywhere(session: Session, user: User) -> None:
    """End all sign-ins of a user."""
    session.exec(delete(SignIn).where(col(SignIn.user_id) == user.id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
