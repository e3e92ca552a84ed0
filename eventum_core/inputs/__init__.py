"""When events happen: one input plugin, one file."""
