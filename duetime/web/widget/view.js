// What is shown of the chat, in its panel and beside it.

class View {
  element;
  panel;
  #chat;
  #texts;
  #screens;

  constructor(chat, texts, signal) {
    this.#chat = chat;
    this.#texts = texts;
    this.#screens = new Screens(chat, texts);
    this.panel = new Panel(texts, {
      opened: () => this.#opened(true),
      closed: () => this.#opened(false),
      toggleSound: () => this.#toggleSound(),
      wantTranscript: () => chat.choose('transcript'),
      dropped: (files) => chat.screen === 'chat' && this.#screens.composer.takeFiles(files),
    });
    this.element = this.panel.element;
    chat.addEventListener('change', () => this.#draw(), { signal });
    chat.addEventListener('message', () => this.#isLookedAt || chat.sound.play(), { signal });
    chat.addEventListener('formrefused', ({ detail }) => this.#refuseForm(detail), { signal });
    document.addEventListener('visibilitychange', () => this.#draw(), { signal });
    signal.addEventListener('abort', () => showInTitle(0));
    this.#draw();
  }

  get #isLookedAt() {
    return this.panel.isOpen && document.visibilityState === 'visible' && this.#chat.screen === 'chat';
  }

  #opened(isOpen) {
    this.#chat.wasOpen = isOpen;
    if (isOpen) this.#chat.visit();
    this.#draw();
    if (isOpen) this.#screens.log.scrollToEnd();
    this.#chat.dispatchEvent(new CustomEvent(isOpen ? 'open' : 'close'));
  }

  #toggleSound() {
    this.#chat.sound.toggle();
    this.#draw();
  }

  #refuseForm(error) {
    this.#draw();
    this.#screens.refuse(error);
  }

  #draw() {
    const { config, conversation, outbox, screen } = this.#chat;
    const isChat = screen === 'chat';
    if (this.#isLookedAt) this.#chat.look();
    this.panel.hold(this.#screens.turnTo(screen));
    this.panel.show({
      title: config.name,
      subtitle: conversation.state?.associate ?? '',
      notice: this.#notice(isChat),
      standing: isChat ? standingText(this.#texts, conversation.state) : null,
      unread: conversation.unread,
      sound: this.#chat.sound.on,
      transcripts: config.transcripts && conversation.state !== null && isChat,
    });
    this.#screens.log.show(conversation, outbox.messages, this.#greeting());
    this.#screens.composer.show(config.files !== null);
    showInTitle(document.visibilityState === 'hidden' ? conversation.unread : 0);
  }

  #notice(isChat) {
    const { connection, lostForLong, screen } = this.#chat;
    // What is wrong with the answers to the form, the form says itself.
    if (screen === 'form' && connection.state === 'refused') return null;
    return connectionText(this.#texts, connection, lostForLong) ?? (isChat ? this.#closedText() : null);
  }

  #greeting() {
    const { config, conversation } = this.#chat;
    const at = conversation.messages[0]?.at ?? Date.now();
    return { at, name: config.name, text: config.greeting ?? this.#texts.say('greeting') };
  }

  /** Written to all the same while nobody is there. */
  #closedText() {
    const { config, conversation } = this.#chat;
    if (config.open || conversation.state?.state === 'assigned') return null;
    return config.opens_at ? this.#texts.say('closed_until', { time: this.#texts.moment(config.opens_at) }) : null;
  }
}

/** "(2) Shop" while there are unread messages and another tab is looked at. */
function showInTitle(unread) {
  const title = document.title.replace(/^\(\d+\) /, '');
  const wanted = unread ? `(${unread}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}
