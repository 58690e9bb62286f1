"""Sentences with a label each: our own grammar's, GLUE's SST-2, or a person's own."""
