"""`journeys tokens`: a partner's export becomes a file of tokens made with the shared key.

In: one file as a [[source]] block of the partner's own workspace describes it. Out: a Parquet file with what happened and
when, and tokens for phone, e-mail, name, postcode and date of birth. No identifier, account, case reference, area or note
is in it. The file names the key its tokens were made with, so that a council refuses a file made with another.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from journeys.engine import Engine
from journeys.errors import NothingToDo
from journeys.identity.columns import OTHERS
from journeys.identity.tokens import identity_tokens
from journeys.keys import key_id
from journeys.partners import EXACT, KINDS
from journeys.settings import TOKEN_FILE_COLUMNS, Settings, Source
from journeys.shape import Shaper, Tally
from journeys.sources.reading import read_batches

KEY_ID = b"journeys_key_id"
_TIMES = ("started_at", "ended_at")


def write_tokens(
    path: Path, source: Source, settings: Settings, key: bytes, out: Path, *, latest_at: datetime
) -> Tally:
    """Write the tokens of one file to `out`; returns what became of its rows. Raises NothingToDo where none can be used."""
    shaper, tally = Shaper(source, settings, [key], latest_at), Tally()
    with Engine(memory_limit=settings.engine.memory_limit, threads=settings.engine.threads) as engine:
        shaped = [shaper.shape(batch, engine, tally) for batch in read_batches(path, source)]
    tables = [_shared(rows, key) for rows in shaped if rows.num_rows]
    if not tables:
        raise NothingToDo(f"{path.name}: no row of {tally.n_rows:,} can be used; see: journeys check")
    table = pa.concat_tables(tables).replace_schema_metadata({KEY_ID: key_id(key).encode()})
    temporary = out.with_name(out.name + ".tmp")
    pq.write_table(table, temporary, compression="zstd")
    temporary.replace(out)
    return tally


def named_key(path: Path) -> str:
    """The id of the key a file's tokens were made with; empty where it names none."""
    try:
        metadata: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return ""  # its reader says what is wrong with it
    return metadata.get(KEY_ID, b"").decode(errors="replace")


def _shared(rows: pa.Table, key: bytes) -> pa.Table:
    raw = {name: rows[f"raw_{name}"] for name in ("name", "date_of_birth", "postcode", *OTHERS)}
    made = identity_tokens(pa.table({"contact_id": rows["record_id"], **raw}), key, OTHERS).select(EXACT).to_pylist()
    columns: dict[str, pa.Array] = {}
    for name in TOKEN_FILE_COLUMNS:
        if name in KINDS:
            columns[name] = rows[f"{name}_token"]
        elif name == "identity_tokens":
            stated = ({kind: token for kind, token in row.items() if token is not None} for row in made)
            columns[name] = pa.array([json.dumps(row) if row else None for row in stated], pa.string())
        elif name in _TIMES:
            columns[name] = pa.array([_utc(moment) for moment in rows[name].to_pylist()], pa.string())
        else:
            columns[name] = rows[name].cast(pa.string())
    return pa.table(columns)


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat()}Z"
