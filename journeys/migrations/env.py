"""What Alembic runs: the steps, on the connection that `journeys.migrate` hands over."""

from __future__ import annotations

from alembic import context

from journeys.catalogue import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
