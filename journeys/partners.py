"""Partners: organisations that send tokens instead of identifiers, and how these meet the council's own tokens.

A partner makes tokens with a key that both hold (`journeys.partner_files`). At load each such token is hashed again with
the council's own key, so no token of the shared key is stored: with it either side could try out every phone number. The
council makes the same doubly hashed tokens of its own rows, in memory, and keeps them in the restricted table
`partner_keys`. In a run, a partner's token that one of the council's rows carries too becomes the council's own token;
from there on exact keys and the model link a partner's contacts like any others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from journeys.engine import Engine
from journeys.errors import SettingsError, SourceError
from journeys.identity.columns import OTHERS, TOKEN_COLUMNS
from journeys.identity.keyed import Keyed
from journeys.identity.tokens import identity_tokens
from journeys.keys import Tokeniser, key_id, read_key_file
from journeys.parts import arrow_schema
from journeys.schema import IDENTITIES, RECORDS, Table
from journeys.settings import Settings, Source
from journeys.workspace import Workspace

KINDS = ("phone", "email", "name", "postcode", "date_of_birth")
# Lists of near values and bit fields stay at home: letter by letter they say more than equality does.
EXACT = tuple(name for name, kind in TOKEN_COLUMNS if kind == "int64")
_NAMING = ("name", "date_of_birth", "postcode", *OTHERS)


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A partner's name and the key shared with it."""

    partner: str
    key: bytes


def read_shared_keys(workspace: Workspace, settings: Settings, own: Sequence[bytes]) -> tuple[SharedKey, ...]:
    """The keys of all partners; raises SettingsError for one that is the organisation's own, or another partner's."""
    found = tuple(SharedKey(p.name, read_key_file(workspace.root / p.key_file)) for p in settings.partners)
    ids = [key_id(key) for key in own] + [key_id(shared.key) for shared in found]
    for shared in found:
        if ids.count(key_id(shared.key)) > 1:
            raise SettingsError(
                [
                    f"config/partners.toml: [{shared.partner}]: its key is the organisation's own or another partner's; "
                    "make one for this partner alone with: journeys tokens --make-key FILE"
                ]
            )
    return found


def check_partner_file(file_name: str, named: str, shared: SharedKey) -> None:
    """Raise SourceError where the tokens of a file were made with another key than the one agreed."""
    if named != key_id(shared.key):
        raise SourceError(
            f"{file_name}: its tokens were made with key {named or '(not named)'}, and the key agreed with "
            f"'{shared.partner}' is {key_id(shared.key)}; nothing could be joined. Ask for a file made with the agreed key"
        )


def purpose_of(source: Source, identifier: str) -> str:
    """What an identifier of a source is tokenised as: a partner's tokens are values of a kind of their own."""
    return f"partner/{source.partner}/{identifier}" if source.partner and identifier in KINDS else identifier


def partner_key_rows(rows: pa.Table, shared: SharedKey, own_key: bytes) -> pa.Table:
    """`partner_keys` of the council's own rows: what this partner's tokens of the same people would be stored as."""
    made = identity_tokens(
        pa.table({"contact_id": rows["record_id"], **{name: rows[f"raw_{name}"] for name in _NAMING}}),
        shared.key,
        OTHERS,
    )
    columns: dict[str, pa.Array] = {
        "record_id": rows["record_id"],
        "partner": pa.array([shared.partner] * rows.num_rows, pa.string()),
    }
    for name in KINDS:
        theirs = Tokeniser(shared.key, name).tokens(rows[f"raw_{name}"].to_pylist())
        stored = Tokeniser(own_key, f"partner/{shared.partner}/{name}").tokens(theirs)
        columns[f"{name}_token"] = pa.array(stored, pa.string())
    for name in EXACT:
        keyed = Keyed(own_key, f"partner/{shared.partner}/{name}")
        columns[name] = pa.array(_again(keyed, made[name].to_pylist()), pa.int64())
    return pa.table(columns)


def partner_identities(rows: pa.Table, partner: str, own_key: bytes) -> pa.Table:
    """`identities` of a partner's rows: its exact tokens hashed again, nothing for near values."""
    given = [json.loads(text) if text else {} for text in rows["raw_identity_tokens"].to_pylist()]
    schema = arrow_schema(IDENTITIES)
    columns: list[pa.Array] = []
    for field in schema:
        if field.name == "record_id":
            columns.append(rows["record_id"].combine_chunks())
        elif field.name in EXACT:
            keyed = Keyed(own_key, f"partner/{partner}/{field.name}")
            columns.append(pa.array(_again(keyed, [own.get(field.name) for own in given]), pa.int64()))
        else:
            columns.append(pa.nulls(rows.num_rows, field.type))
    return pa.table(columns, schema=schema)


def _again(keyed: Keyed, tokens: Sequence[int | None]) -> list[int | None]:
    return [None if token is None else keyed.token(str(token)) for token in tokens]


def translate_partners(engine: Engine, settings: Settings) -> None:
    """Replace what partners' rows of `records` and `identities` carry by the council's own tokens, where it has them."""
    sources = [source.name for source in settings.sources if source.partner]
    if not sources:
        return
    partner_of = ", ".join(f"('{source.name}', '{source.partner}')" for source in settings.sources if source.partner)
    engine.save("partner_sources", f"SELECT * FROM (VALUES {partner_of}) AS given(source, partner)")
    _translate(engine, RECORDS, [f"{name}_token" for name in KINDS])
    _translate(engine, IDENTITIES, list(EXACT))


def _translate(engine: Engine, schema: Table, columns: Sequence[str]) -> None:
    table, every = schema.name, ", ".join(schema.column_names())
    of_partners = "SELECT record_id, partner FROM records JOIN partner_sources USING (source)"
    engine.save("partner_rows", f"SELECT t.*, p.partner FROM {table} t JOIN ({of_partners}) p USING (record_id)")
    for column in columns:
        engine.save(
            "translation",
            f"""SELECT k.partner, k.{column} AS theirs, any_value(t.{column}) AS own
            FROM partner_keys k JOIN {table} t USING (record_id)
            WHERE k.{column} IS NOT NULL AND t.{column} IS NOT NULL GROUP BY ALL""",
        )
        engine.save(
            "partner_rows",
            f"""SELECT r.* REPLACE (coalesce(n.own, r.{column}) AS {column})
            FROM partner_rows r LEFT JOIN translation n ON n.partner = r.partner AND n.theirs = r.{column}""",
        )
    engine.save(f"{table}_of_partners", f"SELECT {every} FROM partner_rows")
    engine.rename_view(table, f"{table}_stored")
    engine.save_view(
        table,
        f"""SELECT {every} FROM {table}_stored WHERE record_id NOT IN (SELECT record_id FROM {table}_of_partners)
        UNION ALL SELECT {every} FROM {table}_of_partners""",
    )
