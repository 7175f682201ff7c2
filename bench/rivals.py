"""What a user would write instead: FastAPI's hello-world, and FastAPI with a SQLModel commit for each request.

python -m bench.rivals hello|naive PORT [FOLDER]
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import sys

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine

SECRET = b"bench-secret"


def hello() -> FastAPI:
    """The first example of FastAPI's documentation, as POST because a body comes with it."""
    app = FastAPI()

    @app.post("/hooks/zendesk")
    async def root() -> dict[str, str]:
        return {"message": "Hello World"}

    return app


class Record(SQLModel, table=True):
    """A request as it came."""

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(unique=True)
    body: bytes


def naive(folder: str) -> FastAPI:
    """Verify, insert, commit, answer: one transaction for each request, on SQLite with synchronous=FULL."""
    app = FastAPI()
    engine = create_engine(f"sqlite:///{folder}/naive.db", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    SQLModel.metadata.create_all(engine)

    def store(event_id: str, body: bytes) -> None:
        with Session(engine) as session:
            session.add(Record(event_id=event_id, body=body))
            session.commit()

    @app.post("/hooks/zendesk")
    async def take(request: Request) -> dict[str, bool]:
        from starlette.concurrency import run_in_threadpool

        body = await request.body()
        stamp = request.headers["x-zendesk-webhook-signature-timestamp"].encode()
        proof = base64.b64encode(hmac.new(SECRET, stamp + body, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(proof, request.headers["x-zendesk-webhook-signature"]):
            raise HTTPException(401)
        found = await request.json()
        await run_in_threadpool(store, found["id"], body)
        return {"ok": True}

    return app


def main() -> None:
    app = hello() if sys.argv[1] == "hello" else naive(sys.argv[3])
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
