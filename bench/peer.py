"""A peer that takes acts and remembers when: python -m bench.peer PORT. GET / tells the times of all, in seconds."""

from __future__ import annotations

import sys
import time

import uvicorn
from fastapi import FastAPI

app = FastAPI()
times: list[float] = []


@app.post("/acts", status_code=201)
async def take() -> dict[str, bool]:
    times.append(time.time())
    return {"ok": True}


@app.get("/")
async def all_times() -> list[float]:
    return times


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
