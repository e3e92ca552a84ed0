from tide import Tide

from eventum_core import hookimpl


@hookimpl
def eventum_plugins():
    return [Tide]
