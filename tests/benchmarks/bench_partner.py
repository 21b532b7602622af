"""A council split in two: its web forms and counter given to a partner that sends tokens only, against the unsplit council.

Both sides load 12 weeks of the sample council (seed 1) and link with exact keys and a trained model. The partner knows no
council accounts, so these contacts link by phone, e-mail, name and postcode alone. Pairwise F1 against the persons the
council was made of, for both sides over the same contacts: those that state an account, a phone or an e-mail after the
split (a contact that gave the partner nothing but a council account cannot be linked, and is counted apart).
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from bench_identity_demo import load_council

from journeys.engine import Engine
from journeys.identity.models import read_identity_model
from journeys.keys import keyed_digest_sql, read_key, read_key_file
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.partners import translate_partners
from journeys.schema import IDENTITIES, PARTNER_KEYS, RECORDS
from reports.demo import LAST_WEEK
from reports.partner_tokens import make_shared_key, make_tokens
from reports.pipeline import Opened, load_workspace, open_project
from reports.training import train_from

_WEEKS, _SEED = 12, 1
_GIVEN = ("web_forms", "counter")
_AGREED = """
[[partner]]
name = "partner"
key_file = "shared.key"
purpose = "a benchmark"
agreement = "none: made-up people"
dpia = "none: made-up people"
"""


def measure_partner(folder: Path) -> dict[str, Any]:
    """F1 of both sides, their counts, and the split side's share of the unsplit."""
    whole = load_council(folder / "whole", weeks=_WEEKS, seed=_SEED)
    split = _split(folder, whole)
    try:
        found = {
            "whole": _contacts(whole, {}),
            "split": _contacts(split, dict.fromkeys(_GIVEN, folder / "split/shared.key")),
        }
        linkable = found["split"].loc[found["split"]["is_linkable"], ["source", "own_id"]]
        counts = {name: _pairs(rows.merge(linkable, on=["source", "own_id"])) for name, rows in found.items()}
        n_partner = found["split"]["source"].isin(_GIVEN)
    finally:
        whole.store.close()
        split.store.close()
        shutil.rmtree(folder / "whole")
        shutil.rmtree(folder / "split")
    f1 = {name: 2 * tp / (2 * tp + fp + fn) for name, (tp, fp, fn) in counts.items()}
    figures: dict[str, Any] = {
        "identity_partner_f1": f1["split"] / f1["whole"],
        "identity_partner_contacts": int(n_partner.sum()),
        "identity_partner_contacts_linkable": int((n_partner & found["split"]["is_linkable"]).sum()),
    }
    for name, (tp, fp, fn) in counts.items():
        figures |= {f"identity_partner_{name}_{kind}": n for kind, n in (("tp", tp), ("fp", fp), ("fn", fn))}
    return figures


def _split(folder: Path, whole: Opened) -> Opened:
    """The same council, with the given sources' files turned into tokens by the whole one as the partner."""
    root = folder / "split"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(whole.workspace.root, root, ignore=shutil.ignore_patterns("data", "site"))
    make_shared_key(root / "shared.key")
    (root / "config" / "partners.toml").write_text(_AGREED, encoding="utf-8")
    blocks = (root / "config" / "sources.toml").read_text(encoding="utf-8").split("[[source]]")
    kept = [block for block in blocks if not any(f'name = "{name}"' in block for name in _GIVEN)]
    for name in _GIVEN:
        source = next(source for source in whole.settings.sources if source.name == name)
        for path in sorted((root / "sources").glob(source.files)):
            out = root / "sources" / "partner" / f"{name}-{path.stem}.parquet"
            out.parent.mkdir(exist_ok=True)
            make_tokens(whole.workspace.root, path, name, root / "shared.key", out)
            path.unlink()
        kept.append(
            f'\nname = "{name}"\nkind = "contact"\nfiles = "partner/{name}-*.parquet"\nformat = "tokens"\npartner = "partner"\n'
        )
    (root / "config" / "sources.toml").write_text("[[source]]".join(kept), encoding="utf-8")
    opened = open_project(root)
    after = LAST_WEEK.cut_off_at(opened.settings.organisation.zone) + timedelta(days=1)
    load_workspace(opened, latest_at=after, report=lambda _: None)
    train_from(opened.workspace, opened.settings, opened.store)
    return opened


def _contacts(opened: Opened, shared: dict[str, Path]) -> pd.DataFrame:
    """Of each planted contact its source and own id, its true person, the person found, and whether it can be linked."""
    key = read_key(opened.workspace.key_file)
    planted = json.loads((opened.workspace.root / "truth.json").read_text())["contacts"]
    rows = pd.DataFrame(
        [(str(row[0]), str(row[1]), str(row[2])) for row in planted], columns=["source", "own_id", "person"]
    )
    with Engine(spill_to=opened.workspace.spill) as engine:
        for table in (RECORDS, IDENTITIES, PARTNER_KEYS):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        translate_partners(engine, opened.settings)
        merge_records(engine, opened.settings.publishing, datetime(9999, 1, 1))
        link_persons(engine, opened.settings.identity, read_identity_model(opened.store)[0])
        engine.load_frame("planted", rows)
        digests = []
        for name in sorted(set(rows["source"])):
            # A partner's ids were tokenised by the partner first.
            own = (
                "own_id"
                if name not in shared
                else keyed_digest_sql(read_key_file(shared[name]), f"record {name}", "own_id")
            )
            digests.append(f"WHEN '{name}' THEN {keyed_digest_sql(key, f'record {name}', own)}")
        return engine.run(
            f"""
            SELECT p.source, p.own_id, p.person, any_value(x.person_id) AS person_id,
                   bool_or(c.account_token IS NOT NULL OR c.phone_token IS NOT NULL OR c.email_token IS NOT NULL) AS is_linkable
            FROM (SELECT *, CASE source {" ".join(digests)} END AS record_id FROM planted) p
            JOIN merges m USING (record_id) JOIN persons x USING (contact_id) JOIN contacts c USING (contact_id)
            GROUP BY ALL"""
        )


def _pairs(rows: pd.DataFrame) -> tuple[int, int, int]:
    sizes = rows.groupby(["person", "person_id"]).size()
    tp, found, true = (
        int((n * (n - 1) // 2).sum()) for n in (sizes, rows.groupby("person_id").size(), rows.groupby("person").size())
    )
    return tp, found - tp, true - tp
