"""Reviewers say whether redaction left anything personal in the note they read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add note_reviews.is_personal_left; earlier answers did not say."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("note_reviews")}
    if "is_personal_left" not in columns:
        op.add_column("note_reviews", sa.Column("is_personal_left", sa.Boolean, nullable=True))
