// A connection by websocket.

const OPENING_TIMEOUT_S = 8;
const HEARTBEAT_S = 25;
const PONG_TIMEOUT_S = 10;
const PROBE_TIMEOUT_S = 4;

class SocketTransport {
  #socket;
  #deadline;
  #heart;
  #handlers;
  #welcomed = false;
  #error = null;

  /** `frame` is given every frame of the daemon, the welcome first; `ended` is told once when this has ended, whether there
   * was a welcome, the close code and the last error. */
  constructor(hello, handlers) {
    this.#handlers = handlers;
    this.#expect(OPENING_TIMEOUT_S);
    try {
      const url = addressOf('v1/chat');
      url.protocol = url.protocol.replace('http', 'ws');
      this.#socket = new WebSocket(url.href);
    } catch {
      queueMicrotask(() => this.#end(null));
      return;
    }
    this.#socket.onopen = () => this.#socket.send(JSON.stringify(hello()));
    this.#socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    this.#socket.onclose = (event) => this.#end(event.code);
  }

  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Is anybody there? After a sleep a socket looks open that has been dead for hours. */
  probe() {
    if (this.#welcomed) this.#ping(PROBE_TIMEOUT_S);
  }

  close() {
    this.#handlers = null;
    this.#end(null);
  }

  #take(frame) {
    clearTimeout(this.#deadline);
    if (frame.type === 'error') this.#error = frame.error;
    if (frame.type === 'welcome') {
      this.#welcomed = true;
      this.#heart = setInterval(() => this.#ping(PONG_TIMEOUT_S), 1000 * HEARTBEAT_S);
    }
    this.#handlers?.frame(frame);
  }

  #ping(timeout_s) {
    this.send({ type: 'ping', id: randomId() });
    this.#expect(timeout_s);
  }

  /** End, if nothing comes within this time. */
  #expect(timeout_s) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#end(null), 1000 * timeout_s);
  }

  #end(code) {
    clearTimeout(this.#deadline);
    clearInterval(this.#heart);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
    }
    const handlers = this.#handlers;
    this.#handlers = null;
    handlers?.ended({ welcomed: this.#welcomed, code, error: this.#error });
  }
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
