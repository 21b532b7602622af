"""Further tables of a service's page: what the network of its journeys shows, and how it changed.

In: the window's tables, `events`, `journey_summary`. Out: published tables of each service; counted once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from journeys.engine import Engine
from journeys.periods import Week
from journeys.settings import Settings
from mining.asked_paths import asked_paths_table, count_asked_paths
from mining.change_tables import change_tables, measure_changes
from mining.conformance_tables import conformance_tables
from mining.network import ends_table, loops_table, measure_network, spared_table
from mining.tables import FindingTable
from mining.typical_tables import typical_tables


def measure_journeys(
    engine: Engine, settings: Settings, week: Week, period: str, partial_weeks: Collection[str]
) -> Callable[[str], list[FindingTable]]:
    """Count over all services; what is returned gives the tables of one."""
    network, changes = measure_network(engine, settings), measure_changes(engine, settings, week)
    asked = count_asked_paths(engine, settings)

    def tables_of(service: str) -> list[FindingTable]:
        network_tables = [make(network, service, settings, period) for make in (spared_table, ends_table, loops_table)]
        network_tables += conformance_tables(engine, service, settings, period)
        network_tables += typical_tables(engine, service, settings, period)
        network_tables.append(asked_paths_table(asked, service, settings, period))
        return [*network_tables, *change_tables(changes.get(service), settings, week, period, partial_weeks)]

    return tables_of
