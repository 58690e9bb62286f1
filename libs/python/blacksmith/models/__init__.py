"""Models by framework; each folder holds one and the structure of its parameters."""
