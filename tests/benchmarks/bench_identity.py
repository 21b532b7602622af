"""Probabilistic linkage on tokens against plain Splink on the raw values, on two public sets with known persons.

Run: `python tests/benchmarks/bench_identity.py [folder of shared data] [--million]`. Figures are pairwise over all pairs
of records of one true person. Ours: the default threshold, after grouping. Raw: Splink's documented comparisons, trained
on the same keys and seeds with the same expected share of matches; of forename and surname compared jointly or apart, of
scored pairs or their connected components, and of all thresholds, the one with the best F1 that keeps precision at 0.99.
The truth is used for scoring and for choosing the raw side's best. There is no held-out set: comparisons, keys, guard and
threshold of ours were chosen while looking at these two sets, so both sides' figures are in-sample. Sets: Splink's fake_1000 (name, date
of birth, city, e-mail; no postcode) and historical_50k (name, date of birth, postcode, birth place, occupation).
"""

from __future__ import annotations

import logging
import random
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from journeys.engine import Engine
from journeys.identity.groups import cluster_pairs, connected
from journeys.identity.kept_pairs import KeptPairs, keeping
from journeys.identity.probabilistic import THRESHOLD, score_pairs
from journeys.identity.tokens import identity_tokens
from journeys.identity.training import train

_KEY = b"a key for tests, of 32 bytes....."
_PRECISION = 0.99
_THRESHOLDS = (
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.7,
    0.8,
    0.9,
    0.95,
    0.99,
    0.995,
    0.998,
    0.999,
    0.9995,
    0.9998,
    0.9999,
    0.99999,
)
Counts = tuple[int, int, int]


def measure_identity(shared: Path) -> dict[str, float]:
    """F1, precision, counts and seconds of both sides on both sets, as identity_<set>_<figure>[_splink_raw]."""
    folder = shared / "identity" if (shared / "identity").is_dir() else shared / "data" / "identity"
    fake = pd.read_csv(folder / "fake_1000.csv", dtype=str).rename(columns={"first_name": "forename"})
    old = pd.read_parquet(folder / "historical_figures_with_errors_50k.parquet").rename(
        columns={"first_name": "forename", "postcode_fake": "postcode"}
    )
    figures = _compare("fake1000", fake, ("city", "email"))
    return figures | _compare("hist50k", old, ("birth_place", "occupation"))


def measure_million(n_rows: int = 1_000_000) -> dict[str, float]:
    """Seconds, kept pairs and F1 of both sides on made-up records, the ratio of seconds, and our peak of memory (GB).

    Both sides train, score and group. Tokens are made when rows are loaded, once; their seconds are given apart, and the
    ratio with them beside it.

    Raw Splink goes without the two keys that join a first name or a surname with a postcode area: they make 160 of its
    170 million pairs at this size, which nobody would run, and which would flatter the ratio.
    """
    rows = _made_up(n_rows)
    begun = time.perf_counter()
    groups, ours, n_pairs = _link_tokens(rows, ())
    tokens = time.perf_counter() - begun - ours
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    pairs, raw = _link_raw(rows, (), joint=False)
    return {
        "identity_1m_s": ours,
        "identity_1m_tokens_s": tokens,
        "identity_1m_s_splink_raw": raw,
        "identity_1m_vs_splink": ours / raw,
        "identity_1m_with_tokens_vs_splink": (ours + tokens) / raw,
        "identity_1m_gb": peak,
        "identity_1m_pairs": n_pairs,
        "identity_1m_pairs_splink_raw": len(pairs),
        "identity_1m_f1": _f1(_our_counts(rows, groups)),
        "identity_1m_f1_splink_raw": _f1(_best_counts(rows, pairs)),
    }


def measure_increment(folder: Path, n_rows: int = 1_000_000, n_weeks: int = 26) -> dict[str, float]:
    """Seconds to score one more week after all others, and all weeks at once; whether the pairs are the same."""
    rows = _made_up(n_rows)
    columns = {"forename": "forename", "surname": "surname", "date_of_birth": "dob", "postcode": "postcode"}
    raw = {ours: _texts(rows[theirs]) for ours, theirs in columns.items()}
    tokens = identity_tokens({"contact_id": rows["unique_id"].tolist(), **raw}, _KEY)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seconds: list[float] = []
    with Engine(memory_limit="3 GB") as engine:
        engine.connection.register("incoming", tokens)
        engine.save("tokens", f"SELECT *, lpad((hash(contact_id) % {n_weeks})::VARCHAR, 2, '0') AS week FROM incoming")
        engine.connection.unregister("incoming")
        model = train(engine, "tokens")
        kept = KeptPairs.of(folder, "bench", THRESHOLD)
        for into, until, place in (
            ("before", n_weeks - 2, kept),
            ("by_week", n_weeks - 1, kept),
            ("at_once", n_weeks - 1, None),
        ):
            engine.save("identity_contacts", f"SELECT * FROM tokens WHERE week <= '{until:02}'")
            started = time.perf_counter()
            with keeping(engine, place) as (since, known):
                score_pairs(engine, "identity_contacts", model, since=since, known=known, into=into)
            seconds.append(time.perf_counter() - started)
        n_differ = engine.value(
            "SELECT count(*) FROM ((FROM by_week EXCEPT FROM at_once) UNION ALL (FROM at_once EXCEPT FROM by_week))"
        )
    shutil.rmtree(folder)
    return {
        "identity_increment_s": seconds[1],
        "identity_increment_full_s": seconds[2],
        "identity_increment_share": seconds[1] / seconds[2],
        "identity_increment_pairs_differ": int(n_differ),
    }


def _compare(name: str, records: pd.DataFrame, others: Sequence[str]) -> dict[str, float]:
    records = records.astype({"unique_id": str})
    groups, seconds, _ = _link_tokens(records, others)
    ours = _our_counts(records, groups)
    raw_sides = [_best_raw(records, others, joint=joint) for joint in (False, True)]
    raw, raw_seconds = max(raw_sides, key=lambda side: _f1(side[0]))
    figures: dict[str, float] = {}
    for suffix, counts, taken in (("", ours, seconds), ("_splink_raw", raw, raw_seconds)):
        tp, fp, fn = counts
        stated = {"f1": _f1(counts), "precision": tp / max(tp + fp, 1), "tp": tp, "fp": fp, "fn": fn, "s": taken}
        figures |= {f"identity_{name}_{figure}{suffix}": value for figure, value in stated.items()}
    return figures


def _our_counts(records: pd.DataFrame, groups: pd.DataFrame) -> Counts:
    of = dict(zip(groups["contact_id"], groups["group_id"], strict=True))
    return _counts(records["cluster"], pd.Series([of.get(each, each) for each in records["unique_id"]]))


def _link_tokens(records: pd.DataFrame, others: Sequence[str]) -> tuple[pd.DataFrame, float, int]:
    columns = {"forename": "forename", "surname": "surname", "date_of_birth": "dob", "postcode": "postcode"}
    columns |= {other: other for other in others}
    raw = {ours: _texts(records[theirs]) for ours, theirs in columns.items() if theirs in records}
    tokens = identity_tokens({"contact_id": records["unique_id"].tolist(), **raw}, _KEY, others)
    started = time.perf_counter()
    with Engine(memory_limit="3 GB") as engine:
        engine.connection.register("incoming", tokens)
        engine.save("tokens", "SELECT * FROM incoming")
        engine.connection.unregister("incoming")
        del tokens
        n_pairs = score_pairs(engine, "tokens", train(engine, "tokens"))
        groups = cluster_pairs(engine.run("SELECT * FROM identity_pairs"), THRESHOLD)
    return groups, time.perf_counter() - started, n_pairs


def _link_raw(records: pd.DataFrame, others: Sequence[str], *, joint: bool) -> tuple[pd.DataFrame, float]:
    """Scored pairs (l, r, p) of plain Splink on the raw values, and its seconds."""
    rows = records.drop(columns="cluster", errors="ignore").assign(
        forename=records["forename"].str.lower(), surname=records["surname"].str.lower()
    )
    rows["name"] = rows["forename"] + " " + rows["surname"]
    has_postcode = "postcode" in rows
    started = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET enable_progress_bar = false")
        settings = SettingsCreator(
            "dedupe_only",
            comparisons=_raw_comparisons(others, joint=joint, has_postcode=has_postcode),
            blocking_rules_to_generate_predictions=_raw_keys(others, has_postcode=has_postcode, n_rows=len(rows)),
            retain_matching_columns=False,
        )
        linker = Linker(DuckDBAPI(connection).register(rows), settings, log_level=None)
        linker.training.estimate_probability_two_random_records_match(_raw_strict(others, has_postcode), recall=0.33)
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
        for key in (
            ("dob",),
            ("forename", "surname"),
            *(("postcode",),) * has_postcode,
            *(("email",),) * ("email" in others),
        ):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*key), max_pairs=2e6)
        found_pairs = linker.inference.predict(threshold_match_probability=0.01)
        found = found_pairs.physical_name
        # Grouping is part of linking on both sides; the threshold hardly moves its time.
        linker.clustering.cluster_pairwise_predictions_at_threshold(found_pairs, threshold_match_probability=THRESHOLD)
        seconds = time.perf_counter() - started
        pairs = connection.sql(f"SELECT unique_id_l AS l, unique_id_r AS r, match_probability AS p FROM {found}").df()
    return pairs, seconds


def _raw_comparisons(others: Sequence[str], *, joint: bool, has_postcode: bool) -> list[Any]:
    names = (
        [cl.ForenameSurnameComparison("forename", "surname", forename_surname_concat_col_name="name")]
        if joint
        else [cl.NameComparison("forename"), cl.NameComparison("surname")]
    )
    dates = [cl.DateOfBirthComparison("dob", input_is_string=True)]
    postcodes = [cl.PostcodeComparison("postcode")] * has_postcode
    further = [
        cl.EmailComparison(name) if name == "email" else cl.ExactMatch(name).configure(term_frequency_adjustments=True)
        for name in others
    ]
    return [*names, *dates, *postcodes, *further]


def _raw_keys(others: Sequence[str], *, has_postcode: bool, n_rows: int) -> list[Any]:
    keys = [("substr(forename, 1, 3)", "substr(surname, 1, 4)"), ("surname", "dob"), ("forename", "dob")]
    if has_postcode:
        area = "substr(postcode, 1, 3)"
        keys += [("postcode", "forename"), ("postcode", "surname"), ("dob", area)]
        keys += [(area, "forename"), (area, "surname")] if n_rows < 100_000 else []
        keys += [("substr(forename, 1, 2)", "substr(surname, 1, 2)", "substr(dob, 1, 4)")]
    if n_rows < 10_000:
        keys += [("surname",), ("dob",)]
    for name in others:
        keys += [("email",)] if name == "email" else [("dob", name), ("forename", name)]
    return [block_on(*key) for key in keys]


def _raw_strict(others: Sequence[str], has_postcode: bool) -> list[Any]:
    same_name = "l.forename = r.forename AND l.surname = r.surname"
    rules: list[Any] = [f"{same_name} AND levenshtein(l.dob, r.dob) <= 1"]
    rules += [f"{same_name} AND l.postcode = r.postcode"] * has_postcode
    return rules + [block_on("email")] * ("email" in others)


def _best_raw(records: pd.DataFrame, others: Sequence[str], *, joint: bool) -> tuple[Counts, float]:
    pairs, seconds = _link_raw(records, others, joint=joint)
    return _best_counts(records, pairs), seconds


def _best_counts(records: pd.DataFrame, pairs: pd.DataFrame) -> Counts:
    ids = pd.Index(records["unique_id"])
    left, right, chance = ids.get_indexer(pairs["l"]), ids.get_indexer(pairs["r"]), pairs["p"].to_numpy()
    sides = (
        counts
        for threshold in _THRESHOLDS
        for counts in _raw_counts(records["cluster"], left[chance >= threshold], right[chance >= threshold])
    )
    good = [counts for counts in sides if counts[0] >= _PRECISION * (counts[0] + counts[1])]
    return max(good, key=_f1)


def _raw_counts(truth: pd.Series[Any], left: Any, right: Any) -> Iterator[Counts]:
    """Of the pairs themselves, and of their connected components."""
    persons = truth.to_numpy()
    tp = int((persons[left] == persons[right]).sum())
    yield tp, len(left) - tp, _n_pairs(truth.to_frame(), "cluster") - tp
    yield _counts(truth, pd.Series(connected(len(truth), left, right)))


def _counts(truth: pd.Series[Any], found: pd.Series[Any]) -> Counts:
    """True, false and missing pairs of one grouping against another."""
    both = pd.DataFrame({"truth": truth.to_numpy(), "found": found.to_numpy()})
    tp = _n_pairs(both, "truth", "found")
    return tp, _n_pairs(both, "found") - tp, _n_pairs(both, "truth") - tp


def _n_pairs(rows: pd.DataFrame, *by: str) -> int:
    sizes = rows.groupby(list(by)).size()
    return int((sizes * (sizes - 1) // 2).sum())


def _f1(counts: Counts) -> float:
    tp, fp, fn = counts
    return 2 * tp / max(2 * tp + fp + fn, 1)


def _texts(column: pd.Series[Any]) -> list[str | None]:
    values: list[str | None] = column.astype(object).where(column.notna(), None).tolist()
    return values


def _made_up(n_rows: int) -> pd.DataFrame:
    """Records of about n/4 made-up persons: skewed names of syllables, one slip in ten values, one in ten missing."""
    choose = random.Random(7)
    syllables = [first + vowel + last for first in "bcdfghklmnprst" for vowel in "aeiou" for last in "lnrst"]
    words = [a + b for a in syllables for b in syllables]
    choose.shuffle(words)
    forenames, surnames = _ranks(3_000, n_rows, 1), _ranks(60_000, n_rows, 2)
    rows = []
    for person in range(n_rows // 4):
        values = [
            words[int(forenames[person])],
            words[3_000 + int(surnames[person])],
            f"{choose.randint(1930, 2010)}-{choose.randint(1, 12):02}-{choose.randint(1, 28):02}",
            f"ZE{choose.randint(1, 40)} {choose.randint(0, 9)}{choose.choice('ABDEFGHJLN')}{choose.choice('ABDEFGHJLNPQRSTUWXYZ')}",
        ]
        for copy in range(4):
            rows.append((f"{person}-{copy}", person, *(_spoilt(value, choose) for value in values)))
    return pd.DataFrame(rows, columns=["unique_id", "cluster", "forename", "surname", "dob", "postcode"])


def _ranks(n_names: int, n_rows: int, seed: int) -> Any:
    """Ranks of names as common as people's are: the first is carried by about one in a hundred, most by very few."""
    weights = 1 / (np.arange(n_names) + 20)
    return np.random.default_rng(seed).choice(n_names, n_rows, p=weights / weights.sum())


def _spoilt(value: str, choose: random.Random) -> str | None:
    luck = choose.random()
    if luck < 0.1:
        return None
    at = choose.randrange(len(value))
    letter = str(choose.randint(0, 9)) if value[at].isdigit() else choose.choice("aeiounrst")
    return f"{value[:at]}{letter}{value[at + 1 :]}" if luck < 0.2 and value[at].isalnum() else value


def main() -> None:
    """Print the figures, one a line."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    shared = Path(folders[0]) if folders else Path(__file__).resolve().parents[3] / "shared" / "data"
    figures = measure_million() if "--million" in sys.argv else measure_identity(shared)
    for name, value in figures.items():
        print(f"{name:45} {value:14.4f}" if isinstance(value, float) else f"{name:45} {value:14,}")


if __name__ == "__main__":
    main()
