"""What this daemon counts, for Prometheus. ``docs/http.md`` lists the names.

Requests are this daemon's own. Events are those of the whole workspace, as every daemon reads the same
journal: take one daemon's count, or the largest, never the sum.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram, Info
from prometheus_client import Counter as Count
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from duetime.queues.connection import Busy, ServerLost
from duetime.queues.journal import cursor_key
from duetime.router.associate import Presence
from duetime.router.events import Event
from duetime.service.http.endpoints import endpoints_now
from duetime.service.http.queues import queues_now
from duetime.service.parts import Parts

BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Record = Callable[[int, float], None]
"""Takes a request's status and how long it took, in seconds."""

log = structlog.get_logger(__name__)


class Metrics:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("duetime_build", "The version of this daemon.", registry=registry).info({"version": version("duetime")})
        self._requests = Count(
            "duetime_http_requests",
            "HTTP requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_s = Histogram(
            "duetime_http_request_seconds",
            "Time from a request's headers to its answer.",
            ["method", "route"],
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._events = Count("duetime_events", "Events of the workspace's journal.", ["type"], registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"duetime_{name}", text, labels, registry=registry)

        self._ready = gauge("ready", "1 if /readyz says so, else 0.")
        self._lag_s = gauge("journal_lag_seconds", "Age of the newest event that this daemon has not handed on.")
        self._waiting = gauge("waiting_conversations", "Conversations waiting.", "queue")
        self._oldest_s = gauge("oldest_waiting_seconds", "How long the oldest one waits.", "queue")
        self._due_s = gauge("next_due_seconds", "Until the next one is due; negative: overdue.", "queue")
        self._routable = gauge("routable_associates", "Associates who could take one.", "queue")
        self._expected_s = gauge(
            "expected_wait_seconds", "Within this four of five that arrive now are taken.", "queue"
        )
        self._unroutable = gauge("unroutable_conversations", "Conversations waiting that nobody can take.", "kind")
        self._kept = gauge(
            "wait_estimate_calibration", "Share of waits no longer than estimated; 0.8 is right.", "queue"
        )
        self._factor = gauge("wait_estimate_factor", "What was learned to multiply estimates with.", "queue")
        self._mailbox = gauge(
            "mailbox_connected",
            "1 if the folder is read, 0 if that fails.",
            "endpoint",
            "folder",
        )
        self._provider = gauge("provider_working", "1 if the SMS provider took the last message, else 0.", "endpoint")
        self._sending = gauge("outbox_conversations", "Conversations with a message on its way out.", "endpoint")
        self._failed = gauge("failed_deliveries", "Messages that were given up or came back.", "endpoint")
        self._associates = gauge("associates", "Associates by presence.", "presence")
        self._load = gauge("associates_load_units", "Units of capacity in use.")

    def on_events(self, events: Sequence[Event]) -> None:
        for kind, count in Counter(event.type for event in events).items():
            self._events.labels(kind).inc(count)

    def recorder(self, method: str, route: str) -> Record:
        """What counts the requests of one route. Labels are looked up once for each status."""
        seconds = self._request_s.labels(method, route)
        counts: dict[int, Count] = {}

        def record(status: int, took_s: float) -> None:
            count = counts.get(status)
            if count is None:
                count = counts[status] = self._requests.labels(method, route, str(status))
            count.inc()
            seconds.observe(took_s)

        return record

    async def render(self, accept: str) -> tuple[bytes, str]:
        """The text and its content type, with the figures of this moment. Without Redis, only the daemon's
        own."""
        self._ready.set(0 if self._parts.problems() or self._parts.stopping.is_set() else 1)
        for gauge in (self._waiting, self._oldest_s, self._due_s, self._routable, self._expected_s, self._associates):
            gauge.clear()
        self._unroutable.clear()
        for state in self._parts.mailboxes():
            self._mailbox.labels(state.endpoint, state.folder).set(0 if state.problem else 1)
        problems = self._parts.sms.problems()
        for endpoint in self._parts.sms.numbers:
            self._provider.labels(endpoint).set(0 if endpoint in problems else 1)
        for queue, share in self._parts.experience.calibration.shares().items():
            self._kept.labels(queue).set(share)
            self._factor.labels(queue).set(self._parts.experience.calibration.factor(queue))
        try:
            await self._look()
        except (ServerLost, Busy) as error:
            log.warning("metrics_without_redis", reason=str(error))
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    async def _look(self) -> None:
        store, feed = self._parts.store, self._parts.feed
        now = store.clock()
        for endpoint in await endpoints_now(self._parts):
            if endpoint.channel.is_delivered:
                self._sending.labels(endpoint.endpoint).set(endpoint.sending)
                self._failed.labels(endpoint.endpoint).set(endpoint.failed)
        for queue in await queues_now(self._parts, list(self._parts.routing().queues)):
            self._waiting.labels(queue.queue).set(queue.waiting)
            self._routable.labels(queue.queue).set(queue.routable_associates)
            if queue.oldest_arrived_at is not None:
                self._oldest_s.labels(queue.queue).set((now - queue.oldest_arrived_at) / 1000)
            if queue.next_due_at is not None:
                self._due_s.labels(queue.queue).set((queue.next_due_at - now) / 1000)
            if queue.expected_wait_s is not None:
                self._expected_s.labels(queue.queue).set(queue.expected_wait_s)
        for kind, count in (await self._parts.unroutables.counts()).items():
            self._unroutable.labels(kind.value).set(count)
        associates = await store.views.all_associates()
        by_presence = Counter(associate.presence for associate in associates)
        for presence in Presence:
            self._associates.labels(presence.value).set(by_presence[presence])
        self._load.set(sum(associate.load_units for associate in associates))
        newest, handed_on = cursor_key(await store.journal.last_cursor()), cursor_key(feed.cursor)
        self._lag_s.set(max(0, now - newest[0]) / 1000 if handed_on < newest else 0)
