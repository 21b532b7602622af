"""A partner sends tokens instead of identifiers: they link, they give nothing away, and another key is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from builders_workspace import CALLS, LATEST, calls, load, make_workspace, put_source

from journeys.engine import Engine
from journeys.errors import SettingsError, SourceError
from journeys.identifiers import read_identifiers
from journeys.keys import create_key, key_id, read_key, read_key_file
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.partners import translate_partners
from journeys.rights import erase_person
from journeys.schema import IDENTITIES, PARTNER_KEYS, RECORDS
from journeys.workspace import Workspace
from reports.partner_tokens import make_shared_key, make_tokens
from reports.pipeline import Opened, open_project

CALLS_WITH_BIRTH = CALLS.replace('name = "name"\n', 'name = "name"\npostcode = "case"\n').replace(
    'case_ref = "case"\n', ""
)
PARTNER_TOML = """
[[partner]]
name = "hospital"
key_file = "partners/hospital.key"
purpose = "to see where people leaving hospital wait for care"
agreement = "DSA 2026/14"
dpia = "DPIA 2026/3"
"""
TOKENS = """
[[source]]
name = "hospital"
kind = "contact"
files = "hospital/*.parquet"
format = "tokens"
partner = "hospital"
"""
THEIRS = (
    "11,c1,02/11/2026 09:00,BINS,yes,01632 960001,,ZE1 1AA,Ann Other,",
    "12,c2,02/11/2026 10:00,BINS,yes,01632 960555,,ZE1 1AB,Bo Stranger,a note that stays at home",
)
OURS = (
    "1,c1,03/11/2026 09:00,BINS,yes,+44 1632 960001,A1,ZE1 1AA,Ann Other,",
    "2,c2,03/11/2026 10:00,BINS,yes,01632 960002,A2,ZE1 1AC,Cy Third,",
)


def _two_sides(tmp_path: Path) -> tuple[Opened, Path, Path]:
    """A council that knows a partner, the partner's file of tokens, and the shared key."""
    shared = tmp_path / "shared.key"
    make_shared_key(shared)
    partner = make_workspace(tmp_path / "partner", CALLS_WITH_BIRTH)
    export = tmp_path / "export.csv"
    export.write_text(calls(*THEIRS), encoding="utf-8")
    out = tmp_path / "tokens.parquet"
    assert make_tokens(partner.root, export, "calls", shared, out).startswith("2 of 2 rows written")
    council = make_workspace(tmp_path / "council", CALLS_WITH_BIRTH + TOKENS, calls_csv=calls(*OURS))
    _agree(council, shared)
    put_source(council, "hospital/2026-11.parquet", out.read_bytes())
    return open_project(council.root), out, shared


def _agree(council: Workspace, shared: Path) -> None:
    (council.config / "partners.toml").write_text(PARTNER_TOML, encoding="utf-8")
    (council.root / "partners").mkdir(exist_ok=True)
    agreed = council.root / "partners" / "hospital.key"
    agreed.write_bytes(shared.read_bytes())
    agreed.chmod(0o600)


def _persons(opened: Opened) -> dict[str, set[str]]:
    """Sources of the contacts of each linked person."""
    with Engine() as engine:
        for table in (RECORDS, IDENTITIES, PARTNER_KEYS):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        translate_partners(engine, opened.settings)
        merge_records(engine, opened.settings.publishing, dt.datetime(9999, 1, 1))
        link_persons(engine, opened.settings.identity)
        rows = engine.run("SELECT person_id, source FROM persons JOIN contacts USING (contact_id)")
    return {str(person): set(own["source"]) for person, own in rows.groupby("person_id")}


def test_a_partner_s_contacts_link_by_tokens_alone(tmp_path: Path) -> None:
    opened, _, _ = _two_sides(tmp_path)
    assert load(opened).n_stored == 4
    assert sorted(map(sorted, _persons(opened).values())) == [["calls"], ["calls", "hospital"], ["hospital"]]
    again = load(opened)
    assert (again.n_files, again.n_stored) == (0, 0)


def test_nothing_raw_is_exchanged_and_no_token_of_the_shared_key_is_stored(tmp_path: Path) -> None:
    opened, out, shared = _two_sides(tmp_path)
    load(opened)
    sent = pq.read_table(out).to_pylist()
    for raw in ("960001", "Ann", "other", "ZE1", "stays at home", "11", "c1"):
        assert not [cell for row in sent for cell in row.values() if cell and raw.lower() == cell.lower()]
        assert len(raw) < 3 or raw.lower() not in str([list(row.values()) for row in sent]).lower()
    tokens = {row["phone"] for row in sent}
    assert len(tokens) == 2
    stored = b"".join(path.read_bytes() for path in opened.workspace.data.rglob("*") if path.is_file())
    assert not [token for token in tokens if token.encode() in stored]
    assert read_key_file(shared).hex().encode() not in stored


def test_tokens_of_another_key_are_refused_by_its_id_and_the_rest_loads(tmp_path: Path) -> None:
    opened, _, shared = _two_sides(tmp_path)
    shared.unlink()
    create_key(shared)
    _agree(opened.workspace, shared)
    loaded = load(open_project(opened.workspace.root))
    (problem,) = loaded.problems
    assert loaded.n_stored == 2
    assert key_id(read_key_file(shared)) in problem
    assert "made with the agreed key" in problem


def test_one_s_own_key_is_never_shared(tmp_path: Path) -> None:
    opened, _, shared = _two_sides(tmp_path)
    own = opened.workspace.key_file
    export = tmp_path / "export.csv"
    with pytest.raises(SettingsError, match="your own key"):
        make_tokens(opened.workspace.root, export, "calls", own, tmp_path / "t.parquet")
    _agree(opened.workspace, own)
    with pytest.raises(SettingsError, match="is the organisation's own"):
        load(open_project(opened.workspace.root))
    assert read_key(own) != read_key_file(shared)


def test_an_erased_person_s_partner_contacts_go_with_the_others(tmp_path: Path) -> None:
    opened, _, _ = _two_sides(tmp_path)
    load(opened)
    asked = read_identifiers(["account: A1"], read_key(opened.workspace.key_file))
    done = erase_person(opened.workspace, opened.settings, opened.store, asked, made_at=LATEST)
    assert done.n_records == 2
    assert sorted(map(sorted, _persons(opened).values())) == [["calls"], ["hospital"]]


def test_a_partner_nobody_described_and_a_bare_call_are_explained(tmp_path: Path) -> None:
    council = make_workspace(tmp_path / "council", CALLS + TOKENS)
    with pytest.raises(SettingsError, match=r"names the partner 'hospital', which config/partners\.toml lacks"):
        open_project(council.root)
    (council.config / "sources.toml").write_text(CALLS + TOKENS.replace('partner = "hospital"\n', ""), encoding="utf-8")
    with pytest.raises(SettingsError, match="partner is needed for format tokens"):
        open_project(council.root)
    with pytest.raises(SourceError, match="the file is missing"):
        (council.config / "sources.toml").write_text(CALLS, encoding="utf-8")
        make_shared_key(tmp_path / "s.key")
        make_tokens(council.root, tmp_path / "none.csv", "calls", tmp_path / "s.key", tmp_path / "o.parquet")
