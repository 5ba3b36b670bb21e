// The same conversation by plain requests, for networks that let no websocket through. One request waits for news; what the
// visitor sends goes by others, one after the other.

const POLL_WAIT_S = 25;
const FRAMES_AT_ONCE = 20;
const REFUSALS = new Set([400, 401, 403, 404, 422]);

class PollingTransport {
  #hello;
  #handlers;
  #welcomed = false;
  #ended = new AbortController();
  #outgoing = [];
  #sending = false;

  /** Like SocketTransport. `state` gives the last state that was shown. */
  constructor(hello, handlers, state) {
    this.#hello = hello;
    this.#handlers = handlers;
    this.#poll(state);
  }

  send(frame) {
    this.#outgoing.push(frame);
    if (!this.#sending) this.#sendAll();
  }

  /** Every request has an end of its own: there is nothing to find out. */
  probe() {}

  close() {
    this.#handlers = null;
    this.#ended.abort();
  }

  async #poll(state) {
    try {
      while (this.#handlers) {
        const { type, ...hello } = this.#hello();
        const wait_s = this.#welcomed ? POLL_WAIT_S : 0;
        const answer = await this.#ask('v1/chat/poll', { ...hello, state: state(), wait_s }, wait_s + REQUEST_TIMEOUT_S);
        this.#welcomed = true;
        if (answer.welcome) this.#take(answer.welcome);
        answer.frames.forEach((frame) => this.#take(frame));
      }
    } catch (error) {
      this.#end(error);
    }
  }

  async #sendAll() {
    this.#sending = true;
    try {
      while (this.#outgoing.length && this.#handlers) {
        const frames = this.#outgoing.splice(0, FRAMES_AT_ONCE);
        const { endpoint, resume_token } = this.#hello();
        const answer = await this.#ask('v1/chat/send', { endpoint, resume_token, frames }, REQUEST_TIMEOUT_S);
        answer.results.forEach((result) => this.#take(result));
      }
    } catch (error) {
      // Whoever has to say hello again does so with the next poll.
      this.#end(error, false);
    } finally {
      this.#sending = false;
    }
  }

  #ask(path, body, timeout_s) {
    return requestJson(addressOf(path), { body, timeout_s, signal: this.#ended.signal });
  }

  #take(frame) {
    this.#handlers?.frame(frame);
  }

  #end(error, isFinal = true) {
    const handlers = this.#handlers;
    this.close();
    const problem = error instanceof Refused ? error.problem : null;
    const code = isFinal && REFUSALS.has(error.status) ? CLOSE_UNKNOWN : null;
    handlers?.ended({ welcomed: this.#welcomed, code, error: problem });
  }
}
