// The chat of this page: its parts, and what the daemon's frames and the visitor's wishes do to them. `View` shows it.

const LOST_SHOWN_AFTER_S = 2;
const CONFIG_GOOD_FOR_S = 60;

class Chat extends EventTarget {
  config;
  conversation;
  outbox;
  uploads;
  connection;
  sound;
  /** Away for so long that the visitor is told. */
  lostForLong = false;
  /** What the visitor chose to see in place of the chat. */
  chosen = null;
  #language;
  #configAt = Date.now();
  #keep = new Keep('localStorage');
  #tab = new Keep('sessionStorage');
  #asked = new Map();
  #welcomed = false;
  /** The daemon takes no message before the form is filled in. */
  #formNeeded = false;
  #lostTimer;
  #changing = false;

  /** A `change` event follows every change, `message` every message that arrives, `formrefused` an answer to the form that
   * the daemon does not take. `signal` ends it all. */
  constructor(config, language, signal) {
    super();
    this.config = config;
    this.#language = language;
    const changed = () => this.#change();
    const tell = (frame) => this.connection.send(frame);
    this.conversation = new Conversation(this.#keep, changed, (message) => this.#arrive(message));
    this.outbox = new Outbox(this.#keep, tell, changed);
    this.uploads = new Uploads(() => this.#keep.get('token'), () => this.config.files, changed);
    this.sound = new Sound(this.#keep);
    this.#forgetOthers();
    const handlers = {
      hello: () => this.#hello(),
      shownState: () => this.conversation.state,
      frame: (frame) => this.#take(frame),
      changed: () => this.#connectionChanged(),
    };
    this.connection = new Connection(handlers, this.#tab, signal);
    this.#keep.watch((name) => this.#otherTab(name), signal);
    signal.addEventListener('abort', () => this.connection.stop());
    if (this.#keep.get('token')) this.connection.start();
  }

  /** What the panel shows: `chat`, or what is asked or said in its place. */
  get screen() {
    const { after_hours, open, identity_required } = this.config;
    if (identity_required && !embedding.identity) return 'sign_in';
    if (this.chosen) return this.chosen;
    if (after_hours === 'email' && !open && !this.conversation.isOpen) return 'away';
    const saidNothing = this.conversation.state === null && this.outbox.messages.length === 0;
    const isNew = this.#keep.get('token') === null || (this.#welcomed && saidNothing);
    const isAsked = (isNew || this.#formNeeded) && !this.#tab.get('answered');
    return this.asked.length && isAsked ? 'form' : 'chat';
  }

  /** The fields of the form, without what the site has signed, unless the daemon cannot use it. */
  get asked() {
    const signed = (!this.#formNeeded && claims()) || {};
    return this.config.form.filter(({ kind }) => !signed[kind]);
  }

  /** Whether the panel was open in this tab, on the page before. */
  get wasOpen() {
    return this.#tab.get('open') === true;
  }

  set wasOpen(open) {
    this.#tab.set('open', open || null);
  }

  /** The panel was opened. */
  visit() {
    this.#freshenConfig();
    if (!['form', 'sign_in'].includes(this.screen)) this.connection.start();
    this.#change();
  }

  choose(screen) {
    this.chosen = screen;
    this.#change();
  }

  send(text, files) {
    this.connection.start();
    this.outbox.add(text, files);
  }

  tellTyping() {
    this.conversation.tellTyping((frame) => this.connection.send(frame));
  }

  /** The visitor sees everything there is. */
  look() {
    this.conversation.look((frame) => this.connection.send(frame));
  }

  answerForm(answers) {
    this.#tab.set('answers', answers);
    if (this.connection.state === 'idle') this.connection.start();
    else this.connection.restart();
    this.#change();
  }

  /** Send a request; `answered` is given its result. */
  ask(frame, answered) {
    const id = randomId();
    this.#asked.set(id, answered);
    if (!this.connection.send({ ...frame, id })) this.#giveUpAsking();
  }

  /** Have the links of all files anew. */
  renewLinks() {
    this.conversation.lookBack();
    this.connection.restart();
  }

  /** Wait for nothing that was asked. */
  #giveUpAsking() {
    for (const answered of this.#asked.values()) answered({ ok: false, error: {} });
    this.#asked.clear();
  }

  /** Somebody else used this browser before: nothing of theirs is shown, and nothing sent in another's name. */
  #forgetOthers() {
    const user = claims()?.sub ?? null;
    const before = this.#keep.get('user');
    if (before !== null && before !== user) {
      for (const name of ['token', 'seen']) this.#keep.set(name, null);
      for (const { id } of this.outbox.messages.slice()) this.outbox.discard(id);
    }
    this.#keep.set('user', user);
  }

  #hello() {
    const said = {
      type: 'hello',
      endpoint: embedding.endpoint,
      resume_token: this.#keep.get('token'),
      ...this.conversation.position,
      language: this.#language,
      identity: embedding.identity,
      form: this.#tab.get('answers'),
      page: location.protocol.startsWith('http') ? (location.origin + location.pathname).slice(0, 500) : null,
    };
    return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  }

  #take(frame) {
    if (frame.type === 'welcome') this.#welcome(frame);
    else if (frame.type === 'result') this.#takeResult(frame);
    else this.conversation.take(frame);
    this.conversation.acknowledge((mark) => this.connection.send(mark));
  }

  #welcome(welcome) {
    this.#keep.set('token', welcome.resume_token);
    this.#welcomed = true;
    if (this.#tab.get('answers')) this.#tab.set('answered', true);
    this.conversation.takeWelcome(welcome);
    for (const { client_id } of welcome.messages) if (client_id) this.outbox.settle(client_id);
  }

  #takeResult(result) {
    const message = this.outbox.find(result.id);
    if (message && result.ok) {
      this.conversation.takeStored(message, result.data);
      this.outbox.settle(result.id);
    } else if (message && result.error.field && !this.#formNeeded) this.#needForm();
    else if (message) this.outbox.refuse(message, result.error);
    this.#asked.get(result.id)?.(result);
    this.#asked.delete(result.id);
  }

  /** What was answered once is not known to the daemon any more. The message waits until it is again. */
  #needForm() {
    this.#formNeeded = true;
    for (const name of ['answers', 'answered']) this.#tab.set(name, null);
    this.#change();
  }

  #arrive(message) {
    if (message.client_id) this.outbox.settle(message.client_id);
    if (isFromUs(message)) this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  #connectionChanged() {
    const { state, error } = this.connection;
    clearTimeout(this.#lostTimer);
    if (state === 'online') {
      this.lostForLong = false;
      this.outbox.restart();
      this.uploads.go();
    } else {
      this.#giveUpAsking();
      this.#lostTimer = setTimeout(() => {
        this.lostForLong = true;
        this.#change();
      }, 1000 * LOST_SHOWN_AFTER_S);
    }
    if (state === 'refused' && error?.code === 'invalid' && this.#tab.get('answers')) {
      for (const name of ['answers', 'answered']) this.#tab.set(name, null);
      this.dispatchEvent(new CustomEvent('formrefused', { detail: error }));
    }
    this.#change();
  }

  /** The opening hours may have begun or ended since the page was loaded. */
  async #freshenConfig() {
    if (Date.now() - this.#configAt < 1000 * CONFIG_GOOD_FOR_S) return;
    try {
      this.config = await requestConfig();
      this.#configAt = Date.now();
      this.#change();
    } catch {
      // The visitor hears of it from the connection, if that is away as well.
    }
  }

  /** Another tab began a session, or saw what is unread here. */
  #otherTab(name) {
    if (name === 'token' && this.#keep.get('token') !== null) {
      if (this.connection.state === 'idle') this.connection.start();
      // Two tabs that began at the same moment have a session each: what was not used yet gives way.
      else if (this.conversation.state === null && this.outbox.messages.length === 0) this.connection.restart();
    }
    this.#change();
  }

  /** Tell it once for all changes of a moment. */
  #change() {
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      this.dispatchEvent(new CustomEvent('change'));
    });
  }
}

function requestConfig() {
  return requestJson(addressOf('v1/chat/config', { endpoint: embedding.endpoint }));
}
