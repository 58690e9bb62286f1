"""Running text as tokens: Python's own language reference, or a person's own file."""
