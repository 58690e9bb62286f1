"""Data sets: each folder holds all about one, from its sources to its preparation."""
