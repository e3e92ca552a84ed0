"""The entry point that pytest loads: it imports nothing heavy."""
