"""The ``template`` event plugin: Jinja2 templates, and everything they can call."""
