"""`journeys check --gaps`: the gap that the contacts loaded propose for each service, beside the one that is set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from journeys.engine import Engine
from journeys.errors import NothingToDo
from journeys.gap_proposals import GapProposal, propose_gaps
from journeys.identity.models import read_identity_model
from journeys.identity.reviews import read_reviews
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.partners import translate_partners
from journeys.schema import IDENTITIES, PARTNER_KEYS, RECORDS
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.store import Store
from journeys.workspace import Workspace, open_workspace

_SHORT = 365  # days loaded below which long waits are missing


def propose_for(root: Path) -> list[str]:
    """Lines to print; raises NothingToDo where nothing is loaded."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    try:
        if not store.parts(RECORDS.name):
            raise NothingToDo("nothing is loaded yet, so no gap can be proposed; run: journeys load")
        proposals, n_days = _propose(workspace, settings, store)
    finally:
        store.close()
    lines = [
        f"gaps, from the waits between contacts of one person about one service in {n_days:,} days of contacts:",
        *(_line(settings, proposal) for proposal in proposals),
        "a gap is set in config/services.toml; the data page shows the headlines at half and at double the gap",
    ]
    if n_days < _SHORT:
        lines.append(
            "note: waits longer than what is loaded cannot be seen; look again with a year of contacts or more"
        )
    return lines


def _propose(workspace: Workspace, settings: Settings, store: Store) -> tuple[list[GapProposal], int]:
    with Engine(
        memory_limit=settings.engine.memory_limit, threads=settings.engine.threads, spill_to=workspace.spill
    ) as engine:
        for table in (RECORDS, IDENTITIES, PARTNER_KEYS):
            engine.scan(table, [workspace.data / part for part in store.parts(table.name)])
        translate_partners(engine, settings)
        latest = datetime.now(UTC).replace(tzinfo=None)
        merge_records(engine, settings.publishing, latest, store.set_aside("object"))
        link_persons(engine, settings.identity, read_identity_model(store)[0], read_reviews(store))
        n_days = engine.value("SELECT date_diff('day', min(started_at), max(started_at)) FROM contacts")
        return propose_gaps(engine, settings), int(n_days or 0)


def _line(settings: Settings, proposal: GapProposal) -> str:
    name, is_set = settings.service_name(proposal.service), f"{proposal.set_days:g} days set"
    waits = f"{proposal.n_waits:,} waits, {proposal.below_share:.0%} of them shorter"
    if proposal.has_valley:
        return f"  {name}: {proposal.days:g} days proposed, {is_set} ({waits})"
    why = "no clear valley between short and long waits" if proposal.n_waits else "nobody came back"
    return f"  {name}: {why}, keep {proposal.days:g} days; {is_set} ({waits})"
