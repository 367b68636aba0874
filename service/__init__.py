"""The HTTP service; it imports the matcher, never the reverse."""
