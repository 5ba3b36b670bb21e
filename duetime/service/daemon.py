"""The daemon: the one place where everything is made, started and stopped."""

import asyncio
import gc
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog
import uvloop
from aiohttp import web

from duetime.config.problems import ConfigProblems
from duetime.config.settings import Settings
from duetime.queues.connection import Pipeline, ServerLost
from duetime.queues.server_check import ServerUnfit, check_server
from duetime.queues.store import Store
from duetime.router.ids import EndpointId
from duetime.service.access import Authenticator, Tickets
from duetime.service.attachments import AttachmentStore, open_store
from duetime.service.changes import Changes
from duetime.service.clock import Clock
from duetime.service.configuration import Configuration
from duetime.service.daemon_mail import start_mail
from duetime.service.daemon_sms import start_sms
from duetime.service.delivery import Delivery
from duetime.service.desk import Desk
from duetime.service.duties import Duties, Duty
from duetime.service.embedded import EmbeddedServer, EmbeddedServerFailed
from duetime.service.estimates import Estimates
from duetime.service.experience import Experience
from duetime.service.explain import Explainer
from duetime.service.feed import Feed
from duetime.service.forecast import Forecaster
from duetime.service.hints import Hints
from duetime.service.http.app import build_app
from duetime.service.intake import Intake
from duetime.service.limits import RateLimits
from duetime.service.links import LinkSigner
from duetime.service.logs import set_up_logs
from duetime.service.mail.listener import MailListener
from duetime.service.outgoing import Outgoing
from duetime.service.parts import Parts
from duetime.service.pictures import Pictures
from duetime.service.silence import MailWay, Silence
from duetime.service.sms.reply_rules import ReplyRules
from duetime.service.staff import Staff
from duetime.service.timekeeper import Timekeeper
from duetime.service.unroutable import Unroutables
from duetime.service.welcome import LocalTokens, make_local_tokens, welcome

REACH_EVERY_S = 1.0
CORRECT_CLOCK_EVERY_S = 30.0
SWEEP_EVERY_S = 30.0
BACKLOG = 1024
YOUNG_MAX = 50_000
"""So many new objects until the collector of garbage looks at them: far more than a burst of requests has at once."""

log = structlog.get_logger(__name__)


class StartFailed(Exception):
    """The daemon cannot start; the message says why and what to do."""


def run_daemon(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT. The exit code: 0 stopped in order, 1 could not start."""
    set_up_logs(settings.log.level, settings.log.format)
    try:
        uvloop.run(_serve(settings))
    except (StartFailed, EmbeddedServerFailed, ServerUnfit, ServerLost, ConfigProblems) as error:
        print(f"Duetime cannot start. {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        daemon = await start_daemon(settings, stack)
        _spare_collections()
        print(welcome(daemon.url, await _local_tokens(daemon.parts)), flush=True)
        await stop.wait()
        log.info("quiet", quiet_s=settings.stop.quiet_s)
        daemon.parts.stopping.set()
        await asyncio.sleep(settings.stop.quiet_s)
        log.info("stopping", drain_s=settings.stop.drain_s)
    log.info("stopped")


def _spare_collections() -> None:
    """What was made for the start stays until the end; a collection that looks at all of it again stops everything for
    a tenth of a second, and what requests make holds no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX)


async def _local_tokens(parts: Parts) -> LocalTokens | None:
    try:
        return await make_local_tokens(parts.store, parts.settings.data.dir)
    except OSError as error:
        raise _unwritable(parts.settings, error) from error


def _unwritable(settings: Settings, error: OSError) -> StartFailed:
    return StartFailed(
        f"Cannot write to the data directory {settings.data.dir.absolute()}: {error.strerror}."
        " Make it writable for this user, or choose another: DUETIME_DATA_DIR, data.dir in the settings."
    )


@dataclass(frozen=True)
class Daemon:
    """A daemon that serves."""

    parts: Parts
    url: str


async def start_daemon(settings: Settings, stack: AsyncExitStack) -> Daemon:
    """Starts everything, in the order in which the parts need each other; ``stack`` stops it in the reverse order:
    first no new work, then the drain of what runs, then the duties, then the connections and the server."""
    embedded = None
    if settings.redis.url is None:
        embedded = EmbeddedServer(settings.data.dir)
        url = await embedded.start()
        stack.push_async_callback(embedded.stop)
    else:
        url = settings.redis.url
    pipeline, tail = await _connect(url, stack), await _connect(url, stack)
    for warning in await check_server(pipeline):
        log.warning("redis", warning=warning)

    clock = Clock()
    await clock.correct(pipeline)
    store = Store(pipeline, tail, settings.workspace, clock)
    configuration = Configuration(store)
    attachments = _open_attachments(settings)
    changes = Changes(store, configuration.adopt)
    silence = Silence(store, configuration.routing, _mail_ways(settings))
    timekeeper = Timekeeper(store, configuration.routing, silence, settings.email.acknowledgements_per_hour)
    feed = Feed(store.journal, timekeeper.expect)
    experience = Experience(store.journal, feed, clock)
    pictures = Pictures(store, configuration.routing, experience)
    estimates = Estimates(store, configuration.routing, experience, pictures)
    hints = Hints(store.root, url, pipeline.call)
    authenticator = Authenticator(store.tokens, clock)
    intake = Intake(store, configuration.routing, settings.limits.text_chars)
    mail = await start_mail(
        settings, stack, store=store, routing=configuration.routing, intake=intake, files=attachments
    )
    sms = await start_sms(settings, stack, store=store, intake=intake, files=attachments)
    delivery = Delivery(store, {**mail.couriers, **sms.couriers}, Outgoing(store, configuration.routing).of)
    duties = Duties(
        [
            Duty("follow the journal", feed.run),
            Duty("carry out timers", timekeeper.run),
            Duty("follow the configuration", configuration.follow),
            Duty("hear hints", hints.run),
            Duty("learn how long waits are", estimates.run),
            Duty("deliver messages", delivery.run),
            *mail.duties,
            *sms.duties,
            Duty("reach Redis", lambda: _reach(pipeline), every_s=REACH_EVERY_S),
            Duty("correct the clock", lambda: clock.correct(pipeline), every_s=CORRECT_CLOCK_EVERY_S),
            Duty("sweep", configuration.sweep, every_s=SWEEP_EVERY_S),
            *([Duty("watch the embedded server", embedded.watch)] if embedded else []),
        ]
    )
    parts = Parts(
        settings=settings,
        store=store,
        routing=configuration.routing,
        changes=changes,
        intake=intake,
        attachments=attachments,
        links=LinkSigner(await store.secrets.get("links"), settings.attachments.link_ttl_s),
        desk=Desk(
            store,
            configuration.routing,
            attachments,
            silence,
            settings.limits.text_chars,
            ReplyRules(settings.sms.endpoints, store.opt_outs).check,
        ),
        staff=Staff(store, configuration.routing, settings.desk.reconnect_grace_s),
        feed=feed,
        experience=experience,
        estimates=estimates,
        explainer=Explainer(store, configuration.routing, estimates),
        unroutables=Unroutables(store, configuration.routing),
        forecaster=Forecaster(store, pictures, estimates),
        hints=hints,
        authenticator=authenticator,
        tickets=Tickets(store.tokens, authenticator, settings.desk.ticket_ttl_s),
        limits=RateLimits.from_settings(settings.limits),
        mailboxes=mail.mailboxes,
        sms=sms,
        problems=duties.problems,
    )
    feed.subscribe(authenticator.on_events)
    feed.subscribe(configuration.on_events)
    feed.subscribe(experience.on_events)
    feed.subscribe(delivery.on_events)
    await feed.start()
    await changes.bring_in(settings.routing.file)
    await configuration.start()
    duties.start()
    stack.push_async_callback(duties.stop)
    if mail.listener is not None:
        await _listen_for_mail(mail.listener, stack)
    return Daemon(parts, await _listen(parts, stack))


def _mail_ways(settings: Settings) -> dict[EndpointId, MailWay]:
    """How chats go on when their visitors are gone, for those that may."""
    return {
        EndpointId(name): MailWay(endpoint=EndpointId(chat.email_endpoint), after_s=chat.continue_by_email_after_s)
        for name, chat in settings.chat.endpoints.items()
        if chat.email_endpoint is not None
    }


def _open_attachments(settings: Settings) -> AttachmentStore:
    try:
        return open_store(settings.attachments, settings.data.dir)
    except OSError as error:
        raise _unwritable(settings, error) from error
    except ValueError as error:
        raise StartFailed(f"{error}. Correct attachments.url and the AWS_ variables.") from error


async def _connect(url: str, stack: AsyncExitStack) -> Pipeline:
    try:
        pipeline = await Pipeline(url).open()
    except ServerLost as error:
        raise StartFailed(
            f"{str(error).rstrip('.')}. Start it, or correct its address: DUETIME_REDIS_URL, redis.url in the settings."
        ) from error
    stack.push_async_callback(pipeline.close)
    return pipeline


async def _reach(pipeline: Pipeline) -> None:
    """Raises ServerLost when Redis does not answer in good time."""
    try:
        async with asyncio.timeout(REACH_EVERY_S):
            await pipeline.call("PING")
    except TimeoutError as error:
        raise ServerLost(f"Redis did not answer within {REACH_EVERY_S} s.") from error


async def _listen_for_mail(listener: MailListener, stack: AsyncExitStack) -> None:
    try:
        port = await listener.start()
    except OSError as error:
        raise StartFailed(
            f"Mail cannot be listened for on {listener.place}: {_reason(error)}. Stop what listens there, or set"
            " another port: email.listen.port in the settings."
        ) from error
    stack.push_async_callback(listener.stop)
    log.info("listening for mail", port=port)


async def _listen(parts: Parts, stack: AsyncExitStack) -> str:
    """Serves HTTP and the sockets; gives the URL. When the stack ends it takes no new connections and lets what runs
    finish until the drain is over."""
    settings = parts.settings
    runner = web.AppRunner(
        build_app(parts), access_log=None, shutdown_timeout=settings.stop.drain_s, handler_cancellation=False
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.http.host, settings.http.port, backlog=BACKLOG)
    try:
        await site.start()
    except OSError as error:
        raise StartFailed(
            f"{settings.http.host}:{settings.http.port} cannot be listened on: {_reason(error)}."
            " Stop what listens there, or set another port: PORT=9000 make run."
        ) from error
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _reason(error: OSError) -> str | None:
    """Why a port cannot be had; asyncio puts words of its own around the system's."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
