// The list of messages, with a mark where a day begins.

const NEAR_THE_END_PX = 80;

class Log {
  element;
  #views = new Map();
  #days = new Map();
  #texts;
  #actions;
  #typing;
  #latest = null;

  constructor(texts, actions) {
    this.#texts = texts;
    this.#actions = actions;
    this.#typing = make('p', { class: 'typing', 'aria-hidden': 'true' }, make('i'), make('i'), make('i'));
    this.element = make('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': texts.say('messages'), tabindex: 0 });
  }

  /** `greeting` stands before everything, null: none. */
  show(conversation, unsent, greeting) {
    const atEnd = this.#isAtEnd();
    const items = [
      ...(greeting ? [{ key: 'greeting', message: greeting, mine: false }] : []),
      ...conversation.messages.map((message) => storedItem(message, conversation)),
      ...unsent.map((message) => ({ key: `mine.${message.id}`, message, mine: true, progress: message.error ? 'failed' : 'sending', error: message.error })),
    ];
    const ownLast = items.findLast((item) => item.mine && item.progress !== 'failed');
    const elements = [];
    let before = null;
    for (const item of items) {
      if (item.key !== 'greeting' && this.#isNewDay(item, before)) elements.push(this.#day(item.message.at));
      elements.push(this.#view(item, before, item === ownLast));
      before = item;
    }
    this.#forgetAllBut(new Set(elements));
    this.#typing.hidden = !conversation.typing;
    arrange(this.element, [...elements, this.#typing]);
    const latest = items.at(-1)?.key ?? null;
    if (atEnd || (latest !== this.#latest && items.at(-1).mine)) this.scrollToEnd();
    this.#latest = latest;
  }

  scrollToEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
  }

  #isNewDay(item, before) {
    return !before || before.key === 'greeting' || midnight(item.message.at) !== midnight(before.message.at);
  }

  #day(at) {
    const day = midnight(at);
    if (!this.#days.has(day)) this.#days.set(day, make('p', { class: 'day' }, make('span')));
    const element = this.#days.get(day);
    setText(element.firstChild, this.#texts.day(at));
    return element;
  }

  #view(item, before, isOwnLast) {
    if (!this.#views.has(item.key)) this.#views.set(item.key, new MessageView(this.#texts, this.#actions));
    const view = this.#views.get(item.key);
    const sameWriter = before && before.mine === item.mine && before.message.name === item.message.name;
    const first = !sameWriter || this.#isNewDay(item, before) || item.message.at - before.message.at > GROUPED_WITHIN_MS;
    const shown = item.error || isOwnLast ? item.progress : null;
    const reason = item.error?.detail ? ` ${item.error.detail}` : '';
    view.update({ ...item, first, status: shown && this.#texts.say(shown) + reason });
    return view.element;
  }

  #forgetAllBut(elements) {
    for (const [key, view] of this.#views) if (!elements.has(view.element)) this.#views.delete(key);
    for (const [day, element] of this.#days) if (!elements.has(element)) this.#days.delete(day);
  }
}

/** A message of the visitor's own keeps the element that it had while it was not stored yet. */
function storedItem(message, conversation) {
  const mine = !isFromUs(message);
  const key = message.client_id ? `mine.${message.client_id}` : `${message.conversation}.${message.number}`;
  return { key, message, mine, progress: mine ? conversation.progress(message) : null };
}
