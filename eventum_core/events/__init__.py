"""What events look like: one event plugin, one file or folder."""
