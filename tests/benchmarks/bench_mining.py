"""Mining against the field: the same tables from one log, on this machine, each side in processes of its own, by turns.

Sizes of 0.1, 1 and 5 million contacts; ratios are of medians of `_TURNS` runs at 5 million (`_SLOW_TURNS` for
retentioneering, which takes minutes), with the seconds of each run kept, and those of processors, which depend less on
what else the machine does. Every table that two sides have is compared: counts exactly, seconds to 1e-9 relative. Also
a random walk, the worst case, and this project alone at 1 and 10 million.
"""

from __future__ import annotations

import json
import pickle
import shutil
import statistics
import subprocess
import sys
from importlib.util import find_spec
from math import isclose
from pathlib import Path
from typing import Any

import pandas as pd
from event_logs import of_random_walk, write_log
from mine_increment import kept_of

from mining.log_tables import variant_counts

SIZES = {"0.1m": 100_000, "1m": 1_000_000, "5m": 5_000_000}
_MAIN, _TURNS, _SLOW_TURNS = "5m", 3, 2
_HERE = Path(__file__).parent

Run = dict[str, dict[str, float]]


def measure_mining(folder: Path) -> dict[str, Any]:
    """The figures whose names begin with `mining_`."""
    folder = folder / "mining"
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {}
    agreed = []
    for size, n_contacts in SIZES.items():
        log = folder / f"{size}.parquet"
        write_log(log, n_contacts)
        runs = _take_turns(log, folder, size == _MAIN)
        agreed.append(_compare(folder, size))
        figures |= _figures_of(runs, size)
        if size == _MAIN:
            figures |= _headlines(runs, folder)
    figures |= _random_walk(folder) | _growth(folder) | measure_increment(folder, folder / "10m.parquet")
    figures["mining_equal_to_pm4py"] = str(all(agreed)).lower()
    shutil.rmtree(folder)
    return figures


def _take_turns(log: Path, folder: Path, is_main: bool) -> dict[str, list[Run]]:
    """All sides by turns; those that are not installed are left out, and said."""
    turns = {"here": _TURNS, "pm4py": _TURNS, "here_clicks": _SLOW_TURNS, "retentioneering": _SLOW_TURNS, "r4pm": 1}
    for side in ("retentioneering", "r4pm"):
        if find_spec(side) is None:
            print(f"  {side} is not installed (pip install '.[bench]'), and is left out")
            del turns[side]
    runs: dict[str, list[Run]] = {side: [] for side in turns}
    for turn in range(_TURNS if is_main else 1):
        for side, most in turns.items():
            if turn < most:
                runs[side].append(run_side(side, log, folder / f"{side}.pkl"))
    return runs


def run_side(side: str, log: Path, results: Path | None = None) -> Run:
    """One run in a process of its own: totals and seconds by table, and peaks of memory in MB."""
    command = [sys.executable, str(_HERE / "mine_once.py"), side, str(log), str(results or "")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_HERE.parent.parent)
    if ran.returncode:
        raise RuntimeError(f"{side} failed on {log.name}: {ran.stderr[-2000:]}")
    line = next(line for line in ran.stdout.splitlines() if line.startswith("RESULT "))
    run: Run = json.loads(line.removeprefix("RESULT "))
    totals = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in run["totals"].items())
    print(f"  {log.stem:<6} {side:<16} {totals}, peak {max(run['peaks_mb'].values()):,.0f} MB", flush=True)
    return run


def _median(runs: list[Run], total: str) -> float:
    return statistics.median(run["totals"][total] for run in runs)


def _figures_of(runs: dict[str, list[Run]], size: str) -> dict[str, Any]:
    """Raw seconds and peaks of every side at one size."""
    figures: dict[str, Any] = {}
    for side, each in runs.items():
        for total in each[0]["totals"] if each else ():
            figures[f"mining_{size}_{side}_{total}_seconds"] = _median(each, total)
            figures[f"mining_{size}_{side}_{total}_seconds_each"] = [run["totals"][total] for run in each]
            cpu_seconds = [run["cpu_seconds"][total] for run in each]
            figures[f"mining_{size}_{side}_{total}_cpu_seconds"] = statistics.median(cpu_seconds)
            figures[f"mining_{size}_{side}_{total}_peak_mb"] = max(run["peaks_mb"][total] for run in each)
    for side, total, theirs in (("here", "common", "pm4py"), ("here", "with_model", "pm4py")):
        name = {"common": "", "with_model": "_with_model"}[total]
        figures[f"mining_{size}{name}_vs_{theirs}"] = _median(runs[theirs], total) / _median(runs[side], total)
    if runs.get("retentioneering"):
        clicks = _median(runs["retentioneering"], "clicks") / _median(runs["here_clicks"], "clicks")
        figures[f"mining_{size}_vs_retentioneering"] = clicks
    if runs.get("r4pm"):
        both = [
            sum(run["seconds"][name] for name in ("cut", "variants", "moves", "list_variants")) for run in runs["here"]
        ]
        figures[f"mining_{size}_vs_r4pm"] = _median(runs["r4pm"], "moves_and_variants") / statistics.median(both)
    return figures


def _headlines(runs: dict[str, list[Run]], folder: Path) -> dict[str, Any]:
    here = _load(folder / "here.pkl")
    peaks = {side: max(run["peaks_mb"]["common"] for run in runs[side]) for side in ("here", "pm4py")}
    print(f"  the model is of the {here['kept']:,} most frequent variants: {here['coverage']:.1%} of journeys")
    return {
        "mining_5m_model_coverage": here["coverage"],
        "mining_5m_model_variants": here["kept"],
        "mining_5m_variants": len(here["variants"]),
        "mining_5m_memory_vs_pm4py": peaks["here"] / peaks["pm4py"],
    }


def _random_walk(folder: Path) -> dict[str, Any]:
    """A million contacts in which anything may follow anything; the model of ours covers what its cap allows."""
    log = folder / "walk.parquet"
    of_random_walk(log, SIZES["1m"])
    here, theirs = run_side("here", log, folder / "here.pkl"), run_side("pm4py", log)
    coverage = _load(folder / "here.pkl")["coverage"]
    print(f"  random walk: the model is of {coverage:.1%} of journeys")
    return {
        "mining_walk_1m_vs_pm4py": theirs["totals"]["common"] / here["totals"]["common"],
        "mining_walk_1m_seconds": here["totals"]["common"],
        "mining_walk_1m_pm4py_seconds": theirs["totals"]["common"],
        "mining_walk_1m_with_model_seconds": here["totals"]["with_model"],
        "mining_walk_1m_pm4py_with_model_seconds": theirs["totals"]["with_model"],
        "mining_walk_1m_model_coverage": coverage,
    }


def _growth(folder: Path) -> dict[str, float]:
    """The common tables at 1 and 10 million: ratio of times divided by ratio of sizes, and the peak at 10 million."""
    logs = {"1m": folder / "1m.parquet", "10m": folder / "10m.parquet"}
    write_log(logs["10m"], 10_000_000)
    runs: dict[str, list[Run]] = {"1m": [], "10m": []}
    for _ in range(_TURNS):
        for size, log in logs.items():
            runs[size].append(run_side("here_tables", log))
    seconds = {size: _median(each, "common") for size, each in runs.items()}
    return {
        "mining_growth_1m_10m": seconds["10m"] / seconds["1m"] / 10,
        "mining_10m_seconds": seconds["10m"],
        "mining_10m_peak_mb": max(run["peaks_mb"]["common"] for run in runs["10m"]),
    }


def measure_increment(folder: Path, log: Path) -> dict[str, Any]:
    """One week added to a kept log, as a share of a full run with the same tables; both must agree to the last bit."""
    kept, fresh = kept_of(str(log)), folder / "fresh.kept"
    keeping = run_side("here_keep", log)
    kept.replace(fresh)
    runs: dict[str, list[Run]] = {"here_all": [], "here_increment": []}
    for _ in range(_TURNS):
        for side, each in runs.items():
            shutil.copyfile(fresh, kept)
            each.append(run_side(side, log, folder / f"{side}.pkl"))
    full, increment = (_load(folder / f"{side}.pkl") for side in runs)
    is_equal = all(increment[name].equals(table) for name, table in full.items())
    if not is_equal:
        print("  the updated tables do NOT equal those of a full run")
    seconds = {side: _median(each, "all") for side, each in runs.items()}
    cpu = {side: statistics.median(run["cpu_seconds"]["all"] for run in each) for side, each in runs.items()}
    bare = statistics.median(
        run["totals"]["all"] - run["seconds"]["moves"] - run["seconds"]["by_channel"] for run in runs["here_all"]
    )
    without = statistics.median(run["seconds"]["moves_without_persons"] for run in runs["here_all"])
    return {
        "mining_increment_share": seconds["here_increment"] / (seconds["here_all"] - without),
        "mining_increment_share_of_common_tables": seconds["here_increment"] / bare,
        "mining_increment_cpu_share": cpu["here_increment"] / cpu["here_all"],
        "mining_increment_seconds": seconds["here_increment"],
        "mining_increment_full_seconds": seconds["here_all"] - without,
        "mining_increment_keep_seconds": keeping["totals"]["all"],
        "mining_increment_peak_mb": max(run["peaks_mb"]["all"] for run in runs["here_increment"]),
        "mining_increment_keep_peak_mb": keeping["peaks_mb"]["all"],
        "mining_increment_kept_mb": fresh.stat().st_size / 1e6,
        "mining_increment_contacts": increment["n_changed"],
        "mining_increment_equal": str(is_equal).lower(),
    }


def _compare(folder: Path, size: str) -> bool:
    """Whether every table of every side agrees with ours; prints those that do not."""
    here, theirs = _load(folder / "here.pkl"), _load(folder / "pm4py.pkl")
    moves, ends = _pairs(here["moves"]), here["ends"].set_index("activity")
    durations = pd.Series(theirs["durations"])
    ours = here["durations"].iloc[0]
    checks = {
        "moves": _column(moves, "n_events") == theirs["moves"],
        "median waits": _close(_column(moves, "median_s"), theirs["median"]),
        "90th centiles": _close(_column(moves, "p90_s"), theirs["p90"]),
        "starts": _some(ends["n_start"]) == theirs["start"],
        "ends": _some(ends["n_end"]) == theirs["end"],
        "variants": variant_counts(here["variants"]) == theirs["variants"],
        "durations": ours["n_journeys"] == len(durations)
        and all(
            isclose(ours[name], value, rel_tol=1e-9)
            for name, value in (
                ("mean_s", durations.mean()), ("median_s", durations.median()),
                ("p90_s", durations.quantile(0.9)), ("longest_s", durations.max()),
            )
        ),
        "rework": _some(here["rework"].set_index("activity")["n_again"]) == theirs["rework"],
    }  # fmt: skip
    if here["coverage"] == 1.0:
        checks["process tree"] = here["tree"] == theirs["tree"]
    checks |= _compare_clicks(folder) | _compare_r4pm(folder, moves, here["variants"])
    for name in [name for name, is_equal in checks.items() if not is_equal]:
        print(f"  {size}: {name} do NOT agree")
    return all(checks.values())


def _compare_clicks(folder: Path) -> dict[str, bool]:
    path = folder / "retentioneering.pkl"
    if not path.exists():
        return {}
    here, theirs = _load(folder / "here_clicks.pkl"), _load(path)
    moves = _pairs(here["moves"])
    counted = {name: _from_matrix(theirs[name]) for name in ("count", "paths")}
    waits = theirs["median"].stack().dt.total_seconds()
    inner = {pair: seconds for pair, seconds in waits.items() if pair in moves.index}
    steps = {(row.position, row.activity): row.n_journeys for row in here["steps"].itertuples()}
    shares = theirs["steps"][0] if isinstance(theirs["steps"], tuple) else theirs["steps"]
    shared = {
        (int(place), str(name)): round(float(share) * theirs["n_sessions"])
        for name, row in shares.iterrows()
        for place, share in row.items()
        if 1 <= int(place) <= 10 and share > 0 and name not in {"path_start", "path_end"}
    }
    return {
        "sessions of retentioneering": here["n_sessions"] == theirs["n_sessions"],
        "moves of retentioneering": _column(moves, "n_events") == counted["count"],
        "journeys with a move of retentioneering": _column(moves, "n_journeys") == counted["paths"],
        "waits of retentioneering": _close(_column(moves, "median_s"), inner),
        "steps of retentioneering": steps == shared,
    }


def _compare_r4pm(folder: Path, moves: pd.DataFrame, variants: pd.DataFrame) -> dict[str, bool]:
    path = folder / "r4pm.pkl"
    if not path.exists():
        return {}
    theirs = _load(path)
    return {
        "moves of r4pm": _column(moves, "n_events") == theirs["moves"],
        "variants of r4pm": variant_counts(variants) == theirs["variants"],
    }


def _from_matrix(matrix: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Pairs with their counts, the start and end of paths left out."""
    inner = matrix.drop(index=["path_start", "path_end"], columns=["path_start", "path_end"], errors="ignore").stack()
    return {(str(a), str(b)): int(n) for (a, b), n in inner.items() if n}


def _pairs(moves: pd.DataFrame) -> pd.DataFrame:
    return moves.set_index(["from_activity", "to_activity"])


def _column(moves: pd.DataFrame, column: str) -> dict[Any, Any]:
    return dict(moves[column].items())


def _some(counts: pd.Series) -> dict[Any, int]:
    return {name: int(n) for name, n in counts.items() if n}


def _close(ours: dict[Any, float], theirs: dict[Any, float]) -> bool:
    return ours.keys() == theirs.keys() and all(isclose(ours[k], theirs[k], rel_tol=1e-9) for k in ours)


def _load(path: Path) -> dict[str, Any]:
    tables: dict[str, Any] = pickle.loads(path.read_bytes())
    return tables
