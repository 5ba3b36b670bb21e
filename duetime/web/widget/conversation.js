// What is known of the visitor's conversation: its messages, how it stands, what was seen.

const TYPING_SHOWN_S = 5;
const TYPING_TOLD_EVERY_S = 3;

class Conversation {
  /** As the daemon sent them, in order. */
  messages = [];
  /** The last `state` frame. */
  state = null;
  typing = false;
  #keep;
  #changed;
  #arrived;
  #typingTimer;
  #typingToldAt = 0;
  /** Numbers of `state.conversation` up to which the associate has looked. */
  #lookedTo = 0;
  #deliveredTold = 0;
  #readTold = 0;
  #lookingBack = false;

  /** `changed` is called after every change, `arrived` with each message that was not there before. */
  constructor(keep, changed, arrived) {
    this.#keep = keep;
    this.#changed = changed;
    this.#arrived = arrived;
  }

  /** What the hello says of it; after `lookBack`, as if nothing had been seen. */
  get position() {
    if (this.#lookingBack) return {};
    // A message that only its result told of may have others before it that are still to come.
    const last = this.messages.findLast((message) => !message.unconfirmed);
    return last ? { conversation: last.conversation, after: last.number } : {};
  }

  get isOpen() {
    return this.state !== null && this.state.state !== 'closed';
  }

  get unread() {
    const seen = this.#seen;
    return this.messages.filter((message) => isFromUs(message) && isAfter(message, seen)).length;
  }

  /** Have everything again with the next welcome. */
  lookBack() {
    this.#lookingBack = true;
  }

  takeWelcome(welcome) {
    this.#lookingBack = false;
    if (!welcome.resumed) this.#forget();
    this.#deliveredTold = this.#readTold = 0;
    if (welcome.conversation) this.#takeState(welcome.conversation);
    for (const message of welcome.messages) this.#add(message, false);
    this.#changed();
  }

  take(frame) {
    if (frame.type === 'state') this.#takeState(frame);
    else if (frame.type === 'message') this.#add(frame, true);
    else if (frame.type === 'typing') this.#takeTyping();
    this.#changed();
  }

  /** The daemon has stored a message of the visitor's. */
  takeStored({ id, at, text, files }, { conversation, number }) {
    if (this.#find(conversation, number) < 0)
      this.#add({ conversation, number, at, text, files, author: 'contact', client_id: id, unconfirmed: true }, false);
  }

  /** The visitor looks at everything there is. */
  look(tell) {
    const last = this.messages.findLast(isFromUs);
    if (!last) return;
    const { conversation, number, at } = last;
    if (isAfter(last, this.#seen)) this.#keep.set('seen', { conversation, number, at });
    if (number > this.#readTold && tell({ type: 'read', number })) this.#readTold = this.#deliveredTold = number;
  }

  /** Everything that is here has arrived. */
  acknowledge(tell) {
    const number = this.messages.findLast(isFromUs)?.number ?? 0;
    if (number > this.#deliveredTold && tell({ type: 'delivered', number })) this.#deliveredTold = number;
  }

  /** The visitor types. */
  tellTyping(tell) {
    const now = Date.now();
    if (!this.isOpen || now - this.#typingToldAt < 1000 * TYPING_TOLD_EVERY_S) return;
    if (tell({ type: 'typing' })) this.#typingToldAt = now;
  }

  /** How far a message of the visitor's got: `sent` is stored, `delivered` lies before an associate, `read` was answered, or
   * an answer to it was begun. */
  progress(message) {
    const { conversation, state } = this.state ?? {};
    if (message.conversation !== conversation) return this.#wasAnswered(message) ? 'read' : 'sent';
    if (message.number <= this.#lookedTo) return 'read';
    return state === 'assigned' ? 'delivered' : 'sent';
  }

  get #seen() {
    return this.#keep.get('seen') ?? { conversation: '', number: 0, at: 0 };
  }

  #wasAnswered(message) {
    return this.messages.some((other) => other.author === 'associate' && isAfter(other, message));
  }

  #forget() {
    this.messages = [];
    this.state = null;
    this.#lookedTo = 0;
    this.#keep.set('seen', null);
  }

  #takeState(state) {
    if (state.conversation !== this.state?.conversation) this.#lookedTo = this.#deliveredTold = this.#readTold = 0;
    if (state.state !== 'assigned') this.#takeTyping(false);
    this.state = state;
  }

  #takeTyping(typing = true) {
    clearTimeout(this.#typingTimer);
    this.typing = typing;
    if (!typing) return;
    this.#lookedTo = this.messages.at(-1)?.number ?? 0;
    this.#typingTimer = setTimeout(() => {
      this.typing = false;
      this.#changed();
    }, 1000 * TYPING_SHOWN_S);
  }

  #add(message, isNews) {
    const known = this.#find(message.conversation, message.number);
    if (known >= 0) {
      this.messages[known] = message; // its links are newer
      return;
    }
    this.messages.push(message);
    this.messages.sort((one, other) => (isAfter(one, other) ? 1 : -1));
    if (message.author === 'associate') {
      this.#lookedTo = Math.max(this.#lookedTo, message.number);
      this.#takeTyping(false);
    }
    if (isNews) this.#arrived(message);
  }

  #find(conversation, number) {
    return this.messages.findIndex((one) => one.conversation === conversation && one.number === number);
  }
}

/** Numbers grow in a conversation. What follows it may be an older one that stands for both from now on. */
function isAfter(message, other) {
  if (message.conversation !== other.conversation) return message.at > other.at;
  return message.number > other.number;
}

function isFromUs(message) {
  return message.author !== 'contact';
}
