"""An S3-compatible store in a process of its own."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.waiting import wait_until

BUCKET = "files"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address, with an empty bucket in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            asyncio.run(wait_until(lambda: _answers(f"{url}/{BUCKET}"), what="the S3 server to have a bucket"))
            yield url
        finally:
            process.terminate()


def _answers(bucket: str) -> bool:
    try:
        with urlopen(Request(bucket, method="PUT"), timeout=5) as response:  # noqa: S310 - on this machine
            return bool(response.status == 200)
    except URLError:
        return False
