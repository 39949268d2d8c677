"""The JSON schemas of what lies on the board, exported beside it, one file a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from aacbench.leaderboard.ranking.claims import CLAIMS_SCHEMA_VERSION, Claim
from aacbench.leaderboard.store.boards import BOARD_SCHEMA_VERSION, Board
from aacbench.leaderboard.store.entries import ROW_SCHEMA_VERSION, CaptionRow, RankedRow
from aacbench.runs.record import SCHEMA_VERSION, RunRecord


@cache
def schemas() -> Mapping[str, str]:
    """Return each schema's file name and text."""
    adapters: dict[str, TypeAdapter[Any]] = {
        f"run-record.v{SCHEMA_VERSION}.json": TypeAdapter(RunRecord),
        f"caption-row.v{ROW_SCHEMA_VERSION}.json": TypeAdapter(CaptionRow),
        f"ranked-row.v{ROW_SCHEMA_VERSION}.json": TypeAdapter(RankedRow),
        f"board.v{BOARD_SCHEMA_VERSION}.json": TypeAdapter(Board),
        f"claims.v{CLAIMS_SCHEMA_VERSION}.json": TypeAdapter(list[Claim]),
    }
    return {
        name: json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(adapter.json_schema())},
            indent=2,
            sort_keys=True,
        )
        + "\n"
        for name, adapter in adapters.items()
    }


def _plain(schema: Any) -> Any:
    """Return the schema without what docstrings say, which is no part of it."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "description"}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema
