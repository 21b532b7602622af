"""Floor 2: journeys become an event log, counts, models and findings."""
