"""The key of a store: made with the store, and never silently replaced once something was written with it.

Another key would not only leave old data unreadable: nobody would be recognised any more.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from vocbot.store.crypt import Crypt, load_key
from vocbot.store.db import Store
from vocbot.store.tables import Inbound, VaultEntry


def open_crypt(store: Store, reference: str) -> Crypt:
    """The encryption of `store` with the key behind `reference` (env:NAME or file:PATH).

    A missing file is created only while the store holds nothing encrypted. Raises KeyProblem where the key is missing
    or is not the one the store was written with.
    """
    sealed = _sealed(store)
    crypt = Crypt(load_key(reference, create=sealed is None))
    if sealed is not None:
        crypt.open(sealed)
    return crypt


def _sealed(store: Store) -> bytes | None:
    """Something encrypted from the store, if there is anything."""
    with Session(store.inbox) as inbox:
        body = inbox.exec(
            select(Inbound.body).where(Inbound.body != b"").order_by(col(Inbound.id).desc()).limit(1)
        ).first()
    if body is not None:
        return body
    with store.read() as session:
        return session.exec(select(VaultEntry.value).order_by(col(VaultEntry.id).desc()).limit(1)).first()
