"""Colleagues who use the console: their accounts and where they are signed in. Times are physical ones."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from vocbot.store.tables.base import Table, utc


class User(Table, table=True):
    """A colleague's account. `folded` is the name as it is looked up, so that Li Na and li na are one."""

    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    folded: str = Field(unique=True)
    role: str  # admin | analyst | product | marketing | support_lead | agent | executive
    password: str  # argon2id, with its parameters and salt
    language: str | None = None  # none: what the browser asks for
    created_at: datetime = utc()
    disabled_at: datetime | None = utc(default=None)


class SignIn(Table, table=True):
    """A browser that is signed in. The browser holds a random token, this row only its hash."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf: str  # every form of this browser carries it
    begun_at: datetime = utc()
    seen_at: datetime = utc(index=True)
