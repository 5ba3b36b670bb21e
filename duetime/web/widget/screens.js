// What the panel holds: the chat, or a form or a few words in its place. Each screen has its `elements`, and `focus()`.

class Screens {
  chat;
  log;
  composer;
  #chat;
  #texts;
  #name = null;
  #screen = null;

  constructor(chat, texts) {
    this.#chat = chat;
    this.#texts = texts;
    this.log = new Log(texts, {
      retry: (id) => chat.outbox.retry(id),
      discard: (id) => chat.outbox.discard(id),
      openFile: (event, link) => this.#openFile(event, link),
    });
    this.composer = new Composer(texts, chat.uploads, {
      submitted: (text, files) => chat.send(text, files),
      typed: () => chat.tellTyping(),
    });
    this.chat = { elements: [this.log.element, this.composer.element], focus: () => this.composer.focus() };
  }

  /** The screen of that name. All but the chat are made anew when they are turned to. */
  turnTo(name) {
    if (name !== this.#name) {
      this.#name = name;
      this.#screen = name === 'chat' ? this.chat : this.#make(name);
    }
    return this.#screen;
  }

  /** The daemon does not take what was filled in. */
  refuse(error) {
    this.#screen.refuse?.(error.detail ?? this.#texts.say('reconnecting'), error.field ?? null);
  }

  #make(name) {
    const { config } = this.#chat;
    const say = (key) => this.#texts.say(key);
    const back = () => this.#chat.choose(null);
    const email = { name: 'email', kind: 'email', required: true, label: null };
    if (name === 'form')
      return this.#form([], {
        title: say('form_title'),
        fields: this.#chat.asked,
        button: say('start'),
        submitted: (answers) => this.#chat.answerForm(answers),
      });
    if (name === 'away')
      return this.#form([this.#paragraph(config.opens_at ? this.#texts.say('away_until', { time: this.#texts.moment(config.opens_at) }) : say('away'))], {
        title: say('away_title'),
        fields: [
          { name: 'name', kind: 'name', required: true, label: null },
          email,
          { name: 'text', kind: 'long', required: true, label: null },
        ],
        button: say('send'),
        submitted: (fields) => this.#request({ type: 'leave_message', ...fields }, 'left'),
      });
    if (name === 'transcript')
      return this.#form([], {
        title: say('transcript_title'),
        fields: [email],
        button: say('send'),
        submitted: (fields) => this.#request({ type: 'transcript', ...fields }, 'transcript_sent'),
        cancelled: back,
      });
    if (name === 'sign_in') return { elements: [this.#paragraph(say('sign_in'))], focus: () => {} };
    return this.#words(say(name), back);
  }

  #form(before, options) {
    const form = new Form(this.#texts, options);
    form.element.prepend(...before);
    return { elements: [form.element], focus: () => form.focus(), refuse: (error, field) => form.refuse(error, field) };
  }

  #words(text, back) {
    const button = make('button', { type: 'button', class: 'primary', onclick: back }, this.#texts.say('back'));
    return { elements: [make('div', { class: 'words', role: 'status' }, this.#paragraph(text), button)], focus: () => button.focus() };
  }

  #paragraph(text) {
    return make('p', { class: 'said' }, text);
  }

  #request(frame, done) {
    this.#chat.ask(frame, ({ ok, error }) => {
      if (ok) this.#chat.choose(done);
      else this.refuse(error);
    });
  }

  /** A link that has expired is asked for anew, and good for the next click. */
  #openFile(event, link) {
    const expires_at = Number(addressOf(link).searchParams.get('expires'));
    if (!expires_at || Date.now() < expires_at) return;
    event.preventDefault();
    this.#chat.renewLinks();
  }
}
