"""Where events go: one output plugin, one file."""
