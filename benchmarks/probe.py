"""What another daemon feels of what a server is doing: ``python -m benchmarks.probe URL`` calls an empty script again
and again until its input ends, and prints the longest call and the 99th percentile, in ms."""

import select
import sys
import time

import redis

PAUSE_S = 0.001


def main() -> None:
    server = redis.Redis.from_url(sys.argv[1])
    digest = server.script_load("return 1")
    took_ms = []
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        began = time.perf_counter()
        server.evalsha(digest, 0)
        took_ms.append(1000 * (time.perf_counter() - began))
    took_ms.sort()
    print(took_ms[-1], took_ms[len(took_ms) * 99 // 100])


if __name__ == "__main__":
    main()
