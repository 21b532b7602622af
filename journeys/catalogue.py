"""The tables of the catalogue (SQLAlchemy): what was loaded, refused, run and measured, and who asked for what.

No column holds an identifier or a note: tokens, counts, names of files and of categories only.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()
CatalogueTable = sa.Table

FILES = sa.Table(
    "files",
    METADATA,
    sa.Column("file_key", sa.String(64), primary_key=True),  # hash of source, content and how it was read
    sa.Column("file_id", sa.String(16), nullable=False),
    sa.Column("source", sa.String(40), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("load_order", sa.Integer, nullable=False, unique=True),
    sa.Column("key_id", sa.String(8), nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
    sa.Column("n_stored", sa.Integer, nullable=False),
    sa.Column("n_rejects", sa.Integer, nullable=False),
    sa.Column("n_set_aside", sa.Integer, nullable=False),  # erased, while loading or later
    sa.Column("n_expired", sa.Integer, nullable=False),  # deleted because retention had passed
)
PARTS = sa.Table(
    "parts",
    METADATA,
    sa.Column("path", sa.Text, primary_key=True),  # below data/, with forward slashes
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("table_name", sa.String(20), nullable=False),
    sa.Column("week", sa.String(8), nullable=False),
)
REJECTS = sa.Table(
    "rejects",
    METADATA,
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("column_name", sa.Text, nullable=False),
    sa.Column("reason", sa.String(60), nullable=False),
    sa.Column("value_class", sa.Text, nullable=False),  # what kind of value it was, never the value
)
UNMAPPED = sa.Table(
    "unmapped",
    METADATA,
    sa.Column("file_key", sa.String(64), sa.ForeignKey("files.file_key"), nullable=False, index=True),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("n_rows", sa.Integer, nullable=False),
)
RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("run_id", sa.String(16), primary_key=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("settings_hash", sa.String(16), nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
)
MEASURES = sa.Table(
    "measures",
    METADATA,
    sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("scope", sa.String(60), primary_key=True),
    sa.Column("measure_id", sa.String(60), primary_key=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("value", sa.Float),
    sa.Column("n", sa.Float),
)
DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("run_id", sa.String(16), primary_key=True),
    sa.Column("recipient", sa.String(16), primary_key=True),  # hash of the address
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),  # waiting, sent or dead
    sa.Column("n_tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("said", sa.Text, nullable=False),  # what the server said last, without any address
)
MODELS = sa.Table(
    "models",
    METADATA,
    sa.Column("model_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),  # identity or reasons
    sa.Column("version", sa.String(16), nullable=False),  # hash of its content
    sa.Column("trained_on", sa.String(16), nullable=False),  # hash of the files it was learnt from
    sa.Column("content", sa.Text, nullable=False),  # JSON
)
REQUESTS = sa.Table(
    "requests",
    METADATA,
    sa.Column("request_id", sa.Integer, primary_key=True),
    sa.Column(
        "kind", sa.String(20), nullable=False
    ),  # erase, object, withdraw, access, retention, rotate_key, restore, review or export
    sa.Column("made_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("n_records", sa.Integer, nullable=False),
    sa.Column("said", sa.Text, nullable=False),  # what was done, without any identifier
)
SET_ASIDE = sa.Table(
    "set_aside",
    METADATA,
    sa.Column("request_id", sa.Integer, sa.ForeignKey("requests.request_id"), nullable=False, index=True),
    sa.Column("kind", sa.String(10), nullable=False),  # erase or object
    sa.Column("key_id", sa.String(8), nullable=False),  # key the token was made with
    sa.Column("field", sa.String(20), nullable=False),  # account, phone, email, cookie, case_ref or record_id
    sa.Column("token", sa.String(32), nullable=False),
)
LINK_REVIEWS = sa.Table(
    "link_reviews",
    METADATA,
    sa.Column("review_id", sa.Integer, primary_key=True),  # the order in which they came; rows are only ever added
    sa.Column("pair_id", sa.String(16), nullable=False, index=True),  # hash of the two records
    sa.Column("record_l", sa.String(64), nullable=False),
    sa.Column("record_r", sa.String(64), nullable=False),
    sa.Column("answer", sa.String(10), nullable=False),  # same, different, unsure; withdrawn: its batch is taken back
    sa.Column("reviewer", sa.String(60), nullable=False),
    sa.Column("stratum", sa.String(20), nullable=False),
    sa.Column("inclusion", sa.Float, nullable=False),  # share of the stratum that was drawn
    sa.Column("imported_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("batch", sa.Integer, nullable=False),  # one import
)
NOTE_REVIEWS = sa.Table(
    "note_reviews",
    METADATA,
    sa.Column("review_id", sa.Integer, primary_key=True),  # the order in which they came; rows are only ever added
    sa.Column("record_id", sa.String(64), nullable=False, index=True),  # whose note was read
    sa.Column("answer", sa.String(40), nullable=False),  # type of demand, or withdrawn: its batch is taken back
    sa.Column("reviewer", sa.String(60), nullable=False),
    sa.Column("stratum", sa.String(20), nullable=False),  # random or uncertain
    sa.Column("inclusion", sa.Float, nullable=False),  # chance (0-1) that this note was drawn
    sa.Column("is_simulated", sa.Boolean, nullable=False),  # made by the demo, not by a person
    sa.Column("is_personal_left", sa.Boolean),  # redaction left something personal in the note; null: nobody looked
    sa.Column("imported_at", sa.DateTime, nullable=False),  # UTC
    sa.Column("batch", sa.Integer, nullable=False),  # one import
)
NOTE_TESTS = sa.Table(
    "note_tests",
    METADATA,
    sa.Column("version", sa.String(16), primary_key=True),  # version of the model, see models
    sa.Column("record_id", sa.String(64), primary_key=True),
    sa.Column("said", sa.String(40), nullable=False),  # type the model said while this note was left out
)
