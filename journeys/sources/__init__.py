"""Source files become batches of text rows: every format comes out of one door in one shape."""
