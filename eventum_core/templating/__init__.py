"""Jinja2 as events and formats use it: environments, loading, and what is told of failures."""
