"""Models for JAX."""
