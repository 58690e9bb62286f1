"""Views of a scene with their cameras, in the format of the NeRF paper's Blender scenes."""
