"""The published file: the only SQL of the app, and the only place where the file is opened (read-only)."""
