// The connection to the daemon: made, kept, and made again. By websocket, or by polling where two websockets in a row did not
// open.

const CLOSE_RESTARTING = 1012;
const CLOSE_LATER = 1013;
const CLOSE_UNKNOWN = 4001;
const CLOSE_MANY = 4029;
const PAUSE_LONGEST_S = 30;
const SOCKETS_TRIED = 2;
// The first time it may only have been a restart of the daemon.
const POLLING_FIRST_S = 10;
const POLLING_LONGEST_S = 300;

/** `state` is `idle`, `connecting`, `online`, `waiting` (it will be tried again) or `refused` (it will not). */
class Connection {
  state = 'idle';
  /** Why the daemon refused. */
  error = null;
  #transport = null;
  #attempts = 0;
  #socketsFailed = 0;
  #goodbye = false;
  #timer;
  #handlers;
  #tab;
  #pollingFor_s = POLLING_FIRST_S;

  /** `hello` and `shownState` give what a transport says first; `frame` is given what comes, `changed` is called when `state`
   * has changed. `tab` remembers from page to page that websockets are blocked. */
  constructor(handlers, tab, signal) {
    this.#handlers = handlers;
    this.#tab = tab;
    if (tab.get('polling')) [this.#socketsFailed, this.#pollingFor_s] = [SOCKETS_TRIED, tab.get('polling')];
    const wake = () => this.#wake();
    addEventListener('online', wake, { signal });
    addEventListener('pageshow', wake, { signal });
    document.addEventListener('resume', wake, { signal });
    document.addEventListener('visibilitychange', wake, { signal });
    addEventListener('offline', () => this.#lose({ welcomed: true }), { signal });
  }

  get online() {
    return this.state === 'online';
  }

  /** Connect now, if there is no connection. */
  start() {
    if (!this.online && this.state !== 'connecting') this.#connect();
  }

  /** Connect anew: what the hello says has changed. */
  restart() {
    if (this.state === 'idle') return;
    this.#transport?.close();
    this.#connect();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#transport?.close();
    this.#transport = null;
    this.#become('idle');
  }

  /** Whether it is on its way; what came of it, a result tells. */
  send(frame) {
    if (this.online) this.#transport.send(frame);
    return this.online;
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#goodbye = false;
    this.#become('connecting');
    const polling = this.#socketsFailed >= SOCKETS_TRIED;
    const handlers = { frame: (frame) => this.#take(frame), ended: (end) => this.#lose(end, polling) };
    this.#transport = polling
      ? new PollingTransport(this.#handlers.hello, handlers, this.#handlers.shownState)
      : new SocketTransport(this.#handlers.hello, handlers);
    // What blocked the websocket may have been a bad moment.
    if (polling) this.#timer = setTimeout(() => this.#leavePolling(), 1000 * this.#pollingFor_s);
  }

  #leavePolling() {
    this.#socketsFailed = SOCKETS_TRIED - 1;
    this.#pollingFor_s = Math.min(2 * this.#pollingFor_s, POLLING_LONGEST_S);
    this.restart();
  }

  #take(frame) {
    if (frame.type === 'goodbye') this.#goodbye = true;
    this.#handlers.frame(frame);
    if (frame.type === 'welcome' && !this.online) {
      this.#attempts = 0;
      const polling = this.#transport instanceof PollingTransport;
      if (!polling) [this.#socketsFailed, this.#pollingFor_s] = [0, POLLING_FIRST_S];
      this.#tab.set('polling', polling ? this.#pollingFor_s : null);
      this.error = null;
      this.#become('online');
    }
  }

  #lose({ welcomed, code, error }, polling = false) {
    if (this.#transport === null) return;
    clearTimeout(this.#timer);
    this.#transport.close();
    this.#transport = null;
    this.error = error ?? null;
    // A hello that is none, such as one with more answers than a form can have, will never be one.
    if (code === CLOSE_UNKNOWN || (!welcomed && error?.code === 'invalid')) {
      this.#become('refused');
      return;
    }
    // A code of the daemon's own proves that the network lets websockets through.
    if (polling && !welcomed) this.#socketsFailed = SOCKETS_TRIED - 1;
    else if (!polling && !welcomed && ![CLOSE_RESTARTING, CLOSE_LATER, CLOSE_MANY].includes(code) && navigator.onLine)
      this.#socketsFailed += 1;
    this.#become('waiting');
    this.#timer = setTimeout(() => this.#connect(), 1000 * this.#pause_s(code));
  }

  /** Longer after every failed attempt, and never the same for all: they lost the daemon at the same moment. */
  #pause_s(code) {
    const asked_s = this.error?.retry_after_s ?? 0;
    if (code === CLOSE_MANY) return Math.max(asked_s, PAUSE_LONGEST_S) * (1 + Math.random());
    this.#attempts += 1;
    const most_s = Math.min(PAUSE_LONGEST_S, 0.5 * 2 ** this.#attempts);
    return asked_s + (this.#goodbye ? 0.3 : 0) + most_s * (0.5 + Math.random() / 2);
  }

  /** The page is looked at again, or the network is back. */
  #wake() {
    if (document.visibilityState === 'hidden') return;
    if (this.state === 'waiting' && navigator.onLine) {
      this.#attempts = 0;
      this.#connect();
    } else if (this.online) this.#transport.probe();
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#handlers.changed();
  }
}
