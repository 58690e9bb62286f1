"""Models for PyTorch Lightning."""
