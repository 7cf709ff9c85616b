"""The baseline of a POST: the same framework, server and driver, with a single insert."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, Column, Integer, MetaData, Table

from services.db.engine import make_engine

_METADATA = MetaData()
_NOTES = Table("bench_notes", _METADATA, Column("id", Integer, primary_key=True), Column("body", JSON))


class Note(BaseModel):
    """What it takes."""

    prompt: str


def create_app(database_url: str) -> FastAPI:
    """One route, `POST /notes`."""
    engine = make_engine(database_url)
    _METADATA.create_all(engine)
    app = FastAPI(openapi_url=None)

    @app.post("/notes", status_code=202)
    def add(body: Note) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction] - the route is its use
        with engine.begin() as connection:
            made = connection.execute(_NOTES.insert().values(body=body.model_dump())).inserted_primary_key
        return {"id": made and made[0], "prompt": body.prompt}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_config=None, access_log=False)
