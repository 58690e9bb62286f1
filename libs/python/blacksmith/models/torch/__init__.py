"""Models for PyTorch."""
