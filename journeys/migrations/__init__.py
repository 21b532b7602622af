"""Steps from one form of the catalogue to the next (Alembic), the newest last. `journeys.migrate` takes them.

A table that is new needs no step: it is made where it is missing. A step is for what `create_all` cannot do, and may find it
done: a column added to a table that exists has a default in the database or may be null, so that older backups still fit.
"""
