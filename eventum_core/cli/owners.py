"""Other distributions that own our names: slow to find out, so asked only when in doubt."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions

OURS = "pytest-eventum"
SCRIPT = "eventum"
FOLDER = "eventum_core"


def rivals() -> list[str]:
    """Return a line for each other distribution with our script or folder, and how to mend it."""
    # One without a name is being installed or removed this moment.
    others = [other for other in distributions() if _name(other) not in (OURS, "")]
    return [line for other in others for line in _clashes(other)]


def _clashes(other: Distribution) -> list[str]:
    mend = f"pip uninstall {_name(other)}, then pip install --force-reinstall {OURS}"
    lines = []
    if _owns_script(other):
        lines.append(
            f"{_name(other)} also installs the script `{SCRIPT}`: use `python -m {FOLDER}` or"
            f" `{OURS}`, or {mend}"
        )
    if _owns_folder(other):
        lines.append(f"{_name(other)} also installs the folder `{FOLDER}`: {mend}")
    return lines


def _owns_script(other: Distribution) -> bool:
    return any(
        point.name == SCRIPT for point in other.entry_points if point.group == "console_scripts"
    )


def _owns_folder(other: Distribution) -> bool:
    return any(path.parts and path.parts[0] == FOLDER for path in other.files or ())


def _name(distribution: Distribution) -> str:
    try:
        metadata = distribution.metadata
    except FileNotFoundError:  # newer versions of the library say it this way
        return ""
    # Asking for what is not there warns in some versions and raises in later ones.
    name = metadata["Name"] if "Name" in metadata else ""  # noqa: SIM401 # the type has no `get`
    return name.lower().replace("_", "-")
