"""The manifest of the exercises, and their stubs."""
