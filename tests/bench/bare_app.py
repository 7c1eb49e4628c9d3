"""The least a command over HTTP can be: FastAPI checks a body, asyncpg inserts one row in one transaction.

``python -m tests.bench.bare_app`` serves it at ``BENCH_PORT`` over the database ``BENCH_DATABASE_URL``.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from deploy.local.ports import LOOPBACK

_POOL_SIZE: Final = 10
"""As large as a service's (services.chassis.database.open_pool)."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS bare_row (
    row_id  uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    made_on date NOT NULL,
    words   text NOT NULL
)
"""
_INSERT: Final = "INSERT INTO bare_row (row_id, case_id, made_on, words) VALUES ($1, $2, $3, $4)"


class NewRow(BaseModel):
    """What a row holds."""

    made_on: date
    words: str


class RowMade(BaseModel):
    """The answer: the row's id."""

    row_id: UUID


@asynccontextmanager
async def _with_pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=2, max_size=_POOL_SIZE) as pool:
        await pool.execute(_TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_with_pool)


@app.get("/health/ready")
async def ready() -> dict[str, bool]:
    """200 once the table is there."""
    return {"ready": True}


@app.post("/cases/{case_id}/rows", status_code=201)
async def insert(case_id: UUID, body: NewRow) -> RowMade:
    """Inserts one row in one transaction."""
    row_id = uuid4()
    pool: Any = app.state.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_INSERT, row_id, case_id, body.made_on, body.words)
    return RowMade(row_id=row_id)


if __name__ == "__main__":
    uvicorn.run(app, host=LOOPBACK, port=int(os.environ["BENCH_PORT"]), access_log=False, log_level="warning")
