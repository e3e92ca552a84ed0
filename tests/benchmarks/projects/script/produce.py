"""Five keys as JSON."""

import json


def produce(params):
    return json.dumps(
        {
            "at": params["timestamp"].isoformat(),
            "service": "checkout",
            "level": "info",
            "status": 200,
            "ok": True,
        }
    )
