"""An integration in one file, with nothing but Python: post a customer's message, wait for the answer, print it.

    DUETIME_TOKEN=dt_... python examples/post_and_poll.py "Where is my parcel?"

The token is one with the role integration and the scopes messages:write and conversations:read; a daemon prints one
when it first starts. DUETIME_URL is where the daemon answers, by default http://127.0.0.1:8080.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

URL = os.environ.get("DUETIME_URL", "http://127.0.0.1:8080").rstrip("/")
PAUSE_S = 1.0


def call(method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    """One request. Errors of the service say in ``detail`` what was wrong."""
    request = urllib.request.Request(  # noqa: S310 - whoever runs this chose the address
        f"{URL}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['DUETIME_TOKEN']}",
            "Content-Type": "application/json",
            **headers,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error).get('detail')}")


def post(text: str, key: str) -> Any:
    """Post a message. The key makes it safe to do this again: the same key is the same message."""
    body = {"sender": {"address": "customer-17", "name": "Maria"}, "text": text}
    while True:
        try:
            return call("POST", "/v1/messages", body, **{"Idempotency-Key": key})
        except (urllib.error.URLError, TimeoutError):
            time.sleep(PAUSE_S)


def answer(conversation: str, after: int) -> str:
    """Wait for the first message of an associate after this number."""
    while True:
        for message in call("GET", f"/v1/conversations/{conversation}/messages?after={after}"):
            after = message["number"]
            if message["author"] == "associate":
                return str(message["text"])
        time.sleep(PAUSE_S)


def main() -> None:
    accepted = post(" ".join(sys.argv[1:]) or "Where is my parcel?", key=str(uuid.uuid4()))
    print(f"conversation {accepted['conversation']}, waiting for an answer ...", file=sys.stderr)
    print(answer(accepted["conversation"], accepted["number"]))


if __name__ == "__main__":
    main()
