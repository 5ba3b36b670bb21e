// One message as it is shown: who, text, files, time, and how far one of the visitor's own got.

const GROUPED_WITHIN_MS = 5 * 60_000;

class MessageView {
  element;
  #status;
  #files;
  #shown = null;

  constructor(texts, actions) {
    this.texts = texts;
    this.actions = actions;
  }

  /** `item` is `{message, mine, first, status}`: `first` of a group has the name, `status` is a text for below it or null. */
  update(item) {
    const { message, mine, first, status, error } = item;
    if (!this.element) this.#build(message, mine);
    setAttribute(this.element, 'class', ['message', mine ? 'mine' : 'theirs', first && 'first', error && 'failed'].filter(Boolean).join(' '));
    this.#showFiles(message.files ?? []);
    this.#showStatus(message, status, error);
  }

  #build(message, mine) {
    const time = this.texts.time(message.at);
    const name = mine ? this.texts.say('you') : message.name || this.texts.say('automatic');
    this.#files = make('ul', { class: 'files', role: 'list' });
    this.#status = make('p', { class: 'status', 'aria-live': 'off' });
    this.element = make(
      'div',
      {},
      make('p', { class: 'who' }, make('bdi', {}, name)),
      make(
        'div',
        { class: 'bubble' },
        message.text ? make('p', { class: 'text', dir: 'auto' }, ...linkedText(message.text)) : null,
        this.#files,
        make('time', { datetime: new Date(message.at).toISOString() }, time),
      ),
      this.#status,
    );
  }

  #showFiles(files) {
    const shown = JSON.stringify(files);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#files.hidden = files.length === 0;
    this.#files.replaceChildren(...files.map((file) => make('li', {}, this.#file(file))));
  }

  #file(file) {
    const shown = plainName(file.name);
    const link = file.link && ownAddress(file.link);
    const image = file.image && ownAddress(file.image);
    const name = make('bdi', {}, shown);
    if (!link) return make('span', { class: 'file' }, icon('file'), name);
    const onclick = (event) => this.actions.openFile(event, link);
    const attributes = { href: link, target: '_blank', rel: 'noopener noreferrer', onclick };
    if (image) return make('a', { class: 'picture', ...attributes }, make('img', { src: image, alt: shown, loading: 'lazy' }));
    const size = make('small', {}, this.texts.megabytes(Math.max(file.size_bytes, 1e5)));
    return make('a', { class: 'file', ...attributes }, icon('file'), name, size);
  }

  #showStatus(message, status, error) {
    const parts = [status ?? ''];
    if (error)
      parts.push(
        make('button', { type: 'button', class: 'text', onclick: () => this.actions.retry(message.id) }, this.texts.say('try_again')),
        make('button', { type: 'button', class: 'text', onclick: () => this.actions.discard(message.id) }, this.texts.say('delete')),
      );
    if (this.#status.dataset.shown === `${status}${Boolean(error)}`) return;
    this.#status.dataset.shown = `${status}${Boolean(error)}`;
    this.#status.hidden = !status;
    this.#status.replaceChildren(...parts);
  }
}

/** A name without what would make it look like another: turned text hides the end that says what kind of file it is. */
function plainName(name) {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '');
}
