"""Floor 2: text -> redacted text, topic and demand type. The only floor that imports spaCy."""
