"""What is measured: folders with a generator, and what their events are written as."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
OURS = HERE / "projects"
SHIPPED = HERE.parent.parent / "fixtures" / "projects"

PLAIN: dict[str, Any] = {"format": "plain"}
JSON: dict[str, Any] = {"format": "json"}
INDENTED: dict[str, Any] = {"format": "json", "indent": 2}


class Workload(NamedTuple):
    """One row of the table."""

    title: str
    folder: Path
    formats: tuple[dict[str, Any], ...] = (PLAIN,)
    """A file output for each of these formatters."""
    floor: str = "recorded"
    """The function of `floors` that does the least."""
    project: bool = False
    """Whether the row counts for the mean of the projects."""
    least: float | None = None
    """The ratio to baseline A that is wanted."""

    @property
    def outputs(self) -> list[tuple[str, dict[str, Any]]]:
        """Name of the file and formatter of every output."""
        return [(f"events-{place}.log", form) for place, form in enumerate(self.formats)]


WORKLOADS = {
    "constant": Workload("constant template, 48 B", OURS / "constant", floor="constant", least=15),
    "faker": Workload("a line of 9 Faker calls", OURS / "faker", floor="faker", least=6),
    "document": Workload(
        "JSON document, 609 B", OURS / "document", (JSON,), "document", project=True, least=4
    ),
    "merged": Workload(
        "cron, linspace and timer merged, tags used", OURS / "merged", floor="merged", least=10
    ),
    "machine": Workload("3-state FSM with counters", OURS / "machine", floor="machine", least=10),
    "replay": Workload(
        "replay of a log, timestamps rewritten", OURS / "replay", floor="replay", least=3
    ),
    "script": Workload("script, json.dumps of 5 keys", OURS / "script", floor="script"),
    "two-outputs": Workload(
        "one event to two outputs, two JSON layouts", OURS / "document", (JSON, INDENTED), "twice"
    ),
    "security-log": Workload(
        "security log, 12 templates", OURS / "security-log", (JSON,), project=True, least=4
    ),
    "cloud-audit": Workload(
        "cloud audit, 10 templates", OURS / "cloud-audit", (JSON,), project=True, least=4
    ),
    "firewall": Workload(
        "firewall, 8 templates", OURS / "firewall", (JSON,), project=True, least=4
    ),
    "mail-gateway": Workload(
        "mail gateway, 9 templates", OURS / "mail-gateway", (JSON,), project=True, least=4
    ),
    "web-access": Workload(
        "web access, 9 templates", SHIPPED / "web-access", project=True, least=4
    ),
    "orders": Workload("orders, 5 templates", SHIPPED / "orders", (JSON,), project=True, least=4),
    "telemetry": Workload(
        "telemetry, 5 templates, FSM", SHIPPED / "telemetry", (JSON,), project=True, least=4
    ),
    "company-audit": Workload(
        "company audit, 10 templates", SHIPPED / "company-audit", (JSON,), project=True, least=4
    ),
}
