"""What is wrong with a person's own folder."""

from __future__ import annotations


class BadFolder(ValueError):
    """A folder that is not what the Blender format asks for; the message names the file."""
