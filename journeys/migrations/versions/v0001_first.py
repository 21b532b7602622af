"""The catalogue before its form was numbered."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: this form is where the steps begin."""
