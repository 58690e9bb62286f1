"""The Python side of Blacksmith: trainer protocol, backends, datasets and models."""
