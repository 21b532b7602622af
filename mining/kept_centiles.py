"""Exact centiles of many groups of whole numbers, kept so that a small change costs little.

Kept, in the attached database `kept`, per name: `<name>_values` (grp, value, n, bucket), the distinct values in order with
how often each occurs, `_IN_BUCKET` of a group to a bucket; `<name>_buckets` (bucket, grp, low, n); `<name>_changes` (grp,
bucket, value, n), what came (n > 0) and went (n < 0) since; `<name>_found` (grp, n, and for each share the two values
its centile lies between).

Rule. A centile of n values lies between those of rank floor and ceiling of share x (n - 1). The sizes of the buckets,
with what came and went in each, say which bucket holds a rank, and only that bucket is read. Equal values are one row, so
no bucket parts them. When what came and went has grown to a part of the whole, all is laid out anew.
"""

from __future__ import annotations

from journeys.engine import Engine

# Which centiles are kept of what; the place of a share in its line is the number in the columns' names.
SHARES = {"waits": (0.5, 0.9), "lengths": (0.5,), "durations": (0.5, 0.9)}
_IN_BUCKET = 64
_MOST_CHANGES = 0.25  # of the rows kept


def lay_out(engine: Engine, name: str, counted: str) -> None:
    """Keep the rows of `counted`, a query of (grp, value, n) with each value once in its group."""
    engine.run(
        f"""
        CREATE OR REPLACE TABLE kept.{name}_values AS
        WITH ranked AS (
            SELECT grp, value, n, row_number() OVER (PARTITION BY grp ORDER BY value) AS place FROM ({counted}) AS counted)
        SELECT grp, value, CAST(n AS INTEGER) AS n,
               CAST(sum(CASE WHEN place % {_IN_BUCKET} = 1 THEN 1 ELSE 0 END)
                        OVER (ORDER BY grp, value ROWS UNBOUNDED PRECEDING) AS INTEGER) AS bucket
        FROM ranked ORDER BY grp, value"""
    )
    engine.run(
        f"""
        CREATE OR REPLACE TABLE kept.{name}_buckets AS
        SELECT bucket, min(grp) AS grp, min(value) AS low, CAST(sum(n) AS BIGINT) AS n
        FROM kept.{name}_values GROUP BY bucket ORDER BY grp, low"""
    )
    engine.run(
        f"""
        CREATE OR REPLACE TABLE kept.{name}_changes AS
        SELECT grp, bucket, value, CAST(n AS BIGINT) AS n FROM kept.{name}_values WHERE false"""
    )


def keep_centiles(engine: Engine, name: str, values: str) -> None:
    """Keep all rows of `values`, a query of (grp, value), with the centiles of every group."""
    lay_out(engine, name, f"SELECT grp, value, count(*) AS n FROM ({values}) AS given GROUP BY grp, value")
    engine.save(f"{name}_came", f"SELECT grp, bucket, value, n FROM kept.{name}_changes")
    engine.save("centile_groups", f"SELECT DISTINCT grp FROM kept.{name}_buckets")
    _find(engine, name)
    engine.run(f"CREATE OR REPLACE TABLE kept.{name}_found AS SELECT * FROM {name}_new WHERE n > 0")


def change_centiles(engine: Engine, name: str, changes: str) -> None:
    """Work out what the table `changes` of (grp, value, n), n not 0, does; nothing is kept before `store_centiles`."""
    engine.save(
        f"{name}_came",
        f"""
        WITH placed AS (
            SELECT c.grp, c.value, c.n, b.bucket
            FROM {changes} c ASOF LEFT JOIN kept.{name}_buckets b ON c.grp = b.grp AND c.value >= b.low),
        firsts AS (SELECT grp, min(bucket) AS bucket FROM kept.{name}_buckets GROUP BY grp)
        SELECT p.grp, coalesce(p.bucket, f.bucket, -1) AS bucket, p.value, p.n
        FROM placed p LEFT JOIN firsts f ON p.grp = f.grp""",
    )
    engine.save("centile_groups", f"SELECT DISTINCT grp FROM {name}_came")
    _find(engine, name)


def store_centiles(engine: Engine, name: str) -> None:
    """Keep what `change_centiles` worked out; writes to `kept` alone, so that the caller's transaction may hold it."""
    engine.run(f"INSERT INTO kept.{name}_changes SELECT grp, bucket, value, n FROM {name}_came")
    engine.run(f"DELETE FROM kept.{name}_found WHERE grp IN (SELECT grp FROM {name}_new)")
    engine.run(f"INSERT INTO kept.{name}_found SELECT * FROM {name}_new WHERE n > 0")
    n_changes = engine.value(f"SELECT count(*) FROM kept.{name}_changes")
    if n_changes > _MOST_CHANGES * engine.value(f"SELECT count(*) FROM kept.{name}_values"):
        lay_out(
            engine,
            name,
            f"""
            SELECT grp, value, sum(n) AS n
            FROM (SELECT grp, value, n FROM kept.{name}_values
                  UNION ALL SELECT grp, value, n FROM kept.{name}_changes) AS joined
            GROUP BY grp, value HAVING sum(n) <> 0""",
        )


def centile_s(name: str, place: int) -> str:
    """Seconds of the interpolated centile SHARES[name][place], from a row of `<name>_found` of microseconds."""
    rank = f"(n - 1) * CAST({SHARES[name][place]} AS DOUBLE)"
    low, high = f"low_{place} / 1000000.0", f"high_{place} / 1000000.0"
    return f"round({low} + ({high} - {low}) * ({rank} - floor({rank})), 7)"


def _find(engine: Engine, name: str) -> None:
    """Build `<name>_new`, as `<name>_found`, for the groups of `centile_groups`; n is 0 where nothing is left."""
    edges = {
        f"{edge}_{place}": f"CAST({function}((total - 1) * CAST({share} AS DOUBLE)) AS BIGINT)"
        for place, share in enumerate(SHARES[name])
        for function, edge in (("floor", "low"), ("ceil", "high"))
    }
    engine.save(
        "centile_came",
        f"""
        SELECT grp, bucket, value, n FROM kept.{name}_changes SEMI JOIN centile_groups USING (grp)
        UNION ALL SELECT grp, bucket, value, n FROM {name}_came""",
    )
    engine.save(
        "centile_sizes",
        f"""
        WITH came AS (SELECT grp, bucket, sum(n) AS n FROM centile_came GROUP BY grp, bucket),
        had AS (SELECT grp, bucket, n FROM kept.{name}_buckets SEMI JOIN centile_groups USING (grp)),
        sizes AS (
            SELECT grp, bucket, coalesce(had.n, 0) + coalesce(came.n, 0) AS n
            FROM had FULL JOIN came USING (grp, bucket))
        SELECT grp, bucket, CAST(n AS BIGINT) AS n,
               CAST(sum(n) OVER (PARTITION BY grp ORDER BY bucket ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto,
               CAST(sum(n) OVER (PARTITION BY grp) AS BIGINT) AS total
        FROM sizes""",
    )
    ranks = " UNION ALL ".join(
        f"SELECT '{edge}' AS edge, {rank} AS rank, grp, bucket, upto - n AS before FROM centile_sizes "
        f"WHERE {rank} >= upto - n AND {rank} < upto"
        for edge, rank in edges.items()
    )
    engine.save("centile_sought", ranks)
    engine.save(
        "centile_read",
        f"""
        SELECT grp, bucket, value, sum(n) AS n
        FROM (SELECT grp, bucket, value, n FROM kept.{name}_values
              SEMI JOIN (SELECT DISTINCT bucket FROM centile_sought) AS sought USING (bucket)
              UNION ALL
              SELECT grp, bucket, value, n FROM centile_came
              SEMI JOIN (SELECT DISTINCT grp, bucket FROM centile_sought) AS sought USING (grp, bucket)) AS joined
        GROUP BY grp, bucket, value""",
    )
    picked = ", ".join(f"max(CASE WHEN s.edge = '{edge}' THEN r.value END) AS {edge}" for edge in edges)
    engine.save(
        f"{name}_new",
        f"""
        WITH inside AS (
            SELECT *, sum(n) OVER (PARTITION BY grp, bucket ORDER BY value ROWS UNBOUNDED PRECEDING) AS upto
            FROM centile_read),
        totals AS (SELECT DISTINCT grp, total FROM centile_sizes)
        SELECT t.grp, t.total AS n, {picked}
        FROM totals t LEFT JOIN centile_sought s ON t.grp = s.grp
        LEFT JOIN inside r ON r.grp = s.grp AND r.bucket = s.bucket
             AND s.rank >= s.before + r.upto - r.n AND s.rank < s.before + r.upto
        GROUP BY t.grp, t.total""",
    )
