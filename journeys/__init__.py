"""Floor 1: contact logs become contacts, persons and journeys."""

__version__ = "0.1.0"
