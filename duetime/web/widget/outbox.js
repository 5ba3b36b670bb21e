// The visitor's messages that are not known to be stored yet. They are kept in the browser, so that neither a cut nor a reload
// loses one; and each keeps its id, so that none is there twice, however often it is sent.

const PAUSE_AFTER_REFUSAL_S = 2;
const PASSING = new Set(['too_many_requests', 'not_ready', 'internal_error']);

class Outbox {
  /** `{id, at, text, files}`, the oldest first; `error` says why one was refused for good. */
  messages = [];
  #keep;
  #transmit;
  #changed;
  #underWay = null;
  #timer;

  /** `transmit` sends a frame if there is a connection, and says whether there is. */
  constructor(keep, transmit, changed) {
    this.#keep = keep;
    this.#transmit = transmit;
    this.#changed = changed;
    this.messages = keep.all('unsent.').sort((one, other) => one.at - other.at);
  }

  add(text, files) {
    const message = { id: randomId(), at: Date.now(), text, files };
    this.messages.push(message);
    this.#keep.set(`unsent.${message.id}`, message);
    this.#changed();
    this.#next();
  }

  /** There is a new connection: what was under way on the old one may have been lost with it. */
  restart() {
    clearTimeout(this.#timer);
    this.#underWay = null;
    this.#next();
  }

  /** The message is stored. */
  settle(id) {
    this.#forget(id);
    this.#changed();
    this.#next();
  }

  /** The message of this id. */
  find(id) {
    return this.messages.find((unsent) => unsent.id === id);
  }

  /** The message was refused: for now, or for good. */
  refuse(message, error) {
    if (PASSING.has(error.code)) {
      this.#timer = setTimeout(() => this.restart(), 1000 * (error.retry_after_s ?? PAUSE_AFTER_REFUSAL_S));
      return;
    }
    message.error = error;
    this.#keep.set(`unsent.${message.id}`, null);
    this.#underWay = null;
    this.#changed();
    this.#next();
  }

  /** The visitor wants one that was refused to be tried again. */
  retry(id) {
    const message = this.find(id);
    delete message.error;
    this.#keep.set(`unsent.${id}`, message);
    this.#changed();
    this.#next();
  }

  discard(id) {
    this.#forget(id);
    this.#changed();
    this.#next();
  }

  #forget(id) {
    this.messages = this.messages.filter((message) => message.id !== id);
    this.#keep.set(`unsent.${id}`, null);
    if (this.#underWay === id) this.#underWay = null;
  }

  /** One at a time, so that they arrive in their order whatever happens to one of them. */
  #next() {
    const message = this.messages.find((unsent) => !unsent.error);
    if (!message || this.#underWay !== null) return;
    const { id, text, files } = message;
    const frame = { type: 'message', id, text, ...(files.length && { files }) };
    if (this.#transmit(frame)) this.#underWay = id;
  }
}
