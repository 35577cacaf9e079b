"""The statement that finds the closed runs from which states can be replayed, in the words of each database.

Per check it is one descent of the primary key to the anchor, walking backwards only over runs that are returned
anyway, and one range from there on. The checks are one parameter, pairs of id and count as JSON, so that the statement
is the same however many they are. Text, because that is easier to read and to EXPLAIN than the same in Core.

Neither database may take its statistics, which are old whenever it matters, for a reason to read the whole table:
SQLite keeps the order of a CROSS JOIN, and PostgreSQL does not look into a subquery with OFFSET.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

CLOSED_RUNS: Final = {
    "sqlite": text("""
        WITH reach AS MATERIALIZED (
            SELECT wanted.value ->> 0 AS check_id, (
                SELECT anchor.first FROM run AS anchor
                WHERE anchor.check_id = wanted.value ->> 0 AND anchor.vantage = :vantage AND anchor.first <= :start
                  AND anchor.count >= wanted.value ->> 1 AND anchor.outcome <> 'unknown'
                ORDER BY anchor.first DESC LIMIT 1
            ) AS since
            FROM json_each(:wanted) AS wanted
        )
        SELECT run.check_id, run.vantage, run.first, run.outcome, run.reason, run.last, run.count, run.longest_gap
        FROM reach CROSS JOIN run
        WHERE run.check_id = reach.check_id AND run.vantage = :vantage
          AND run.first >= coalesce(reach.since, :ever) AND run.first < :end
    """),
    "postgresql": text("""
        WITH reach AS MATERIALIZED (
            SELECT wanted.value ->> 0 AS check_id, (
                SELECT anchor.first FROM run AS anchor
                WHERE anchor.check_id = wanted.value ->> 0 AND anchor.vantage = :vantage AND anchor.first <= :start
                  AND anchor.count >= CAST(wanted.value ->> 1 AS bigint) AND anchor.outcome <> 'unknown'
                ORDER BY anchor.first DESC LIMIT 1
            ) AS since
            FROM json_array_elements(CAST(:wanted AS json)) AS wanted(value)
        )
        SELECT run.* FROM reach CROSS JOIN LATERAL (
            SELECT check_id, vantage, first, outcome, reason, last, count, longest_gap FROM run
            WHERE run.check_id = reach.check_id AND run.vantage = :vantage
              AND run.first >= coalesce(reach.since, :ever) AND run.first < :end
            OFFSET 0
        ) AS run
    """),
}
"""Parameters: wanted, vantage, start, end, and `ever`, an instant before all others. Columns as in the table."""
