"""Floor 3: findings become pages; the pipeline, the schedule and the command line."""
