"""MNIST and what has its format: 28×28 grey images of ten classes."""
