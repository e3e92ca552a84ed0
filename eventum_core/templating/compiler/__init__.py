"""Templates that are rendered a million times: Jinja2's own code, made faster without changing it.

Jinja2 turns a template into Python that can live anywhere: every name is looked up, every call goes
through a context. A generator's templates live in one run, where most of that is settled before the
first event. So the code that Jinja2 generates is read, what is settled is put in, and what nobody
needs is left out. Whatever is not understood stays as Jinja2 wrote it, or the whole template does.
"""
