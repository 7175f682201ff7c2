"""Insert a row that must exist only once, where two transactions may try it at the same time.

Without it the second one would lose everything else that it decided, too.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from vocbot.store.tables.base import Table


def add_once(session: Session, row: Table) -> bool:
    """Insert `row` in the running transaction; False where its unique key is taken.

    On PostgreSQL it waits for the end of a transaction that has inserted the same key.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True
