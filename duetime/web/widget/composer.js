// Where the visitor writes: a text, and files that are picked, pasted or dropped.

const TEXT_CHARS = 4000;
const FILES_MOST = 20;

class Composer {
  element;
  #input;
  #files;
  #picker;
  #attach;
  #send;
  #texts;
  #uploads;

  /** `submitted` is given the text and the files; `typed` is called while the visitor writes. */
  constructor(texts, uploads, { submitted, typed }) {
    this.#texts = texts;
    this.#uploads = uploads;
    this.#files = make('ul', { class: 'uploads', role: 'list', 'aria-label': texts.say('files') });
    this.#input = make('textarea', {
      rows: 1,
      maxlength: TEXT_CHARS,
      dir: 'auto',
      'aria-label': texts.say('write'),
      placeholder: texts.say('write'),
      onkeydown: (event) => this.#press(event, submitted),
      oninput: () => this.#grow(typed),
      onpaste: (event) => this.takeFiles(event.clipboardData.files, event),
    });
    this.#picker = make('input', { type: 'file', multiple: true, hidden: true, onchange: () => this.#pick() });
    this.#attach = iconButton('attach', texts.say('attach'), () => this.#picker.click());
    this.#send = make('button', { class: 'icon send', 'aria-label': texts.say('send'), title: texts.say('send') }, icon('send'));
    this.element = make(
      'form',
      { class: 'composer', onsubmit: (event) => this.#submit(event, submitted) },
      this.#files,
      make('div', { class: 'row' }, this.#attach, this.#input, this.#send, this.#picker),
    );
  }

  focus() {
    this.#input.focus();
  }

  /** `takesFiles`: the endpoint takes files at all. */
  show(takesFiles) {
    this.#attach.hidden = !takesFiles;
    const { files, underWay } = this.#uploads;
    this.#files.hidden = files.length === 0;
    arrange(this.#files, files.map((upload) => this.#upload(upload)));
    setAttribute(this.#send, 'aria-disabled', underWay);
  }

  /** Add files that were pasted or dropped. An event that brought some does nothing else. */
  takeFiles(files, event = null) {
    if (files.length === 0 || this.#attach.hidden) return;
    event?.preventDefault();
    const room = FILES_MOST - this.#uploads.files.length;
    for (const file of [...files].slice(0, room)) this.#uploads.add(file, this.#texts);
  }

  #pick() {
    this.takeFiles(this.#picker.files);
    this.#picker.value = '';
    this.#input.focus();
  }

  #press(event, submitted) {
    // Enter also ends a word that an input method is composing.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#submit(event, submitted);
  }

  #submit(event, submitted) {
    event.preventDefault();
    const text = this.#input.value.trim();
    if (this.#uploads.underWay) return;
    const files = this.#uploads.take();
    if (!text && files.length === 0) return;
    this.#input.value = '';
    this.#grow();
    submitted(text, files);
  }

  #grow(typed = null) {
    this.#input.style.height = 'auto';
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, 140)}px`;
    typed?.();
  }

  #upload(upload) {
    upload.element ??= this.#makeUpload(upload);
    const { state, progress, error } = upload;
    const bar = upload.element.querySelector('progress');
    bar.hidden = state !== 'sending';
    bar.value = progress;
    const failure = upload.element.querySelector('.error');
    setText(failure, state === 'failed' ? (error ?? this.#texts.say('file_failed')) : '');
    return upload.element;
  }

  #makeUpload(upload) {
    const name = plainName(upload.name);
    const remove = () => {
      this.#uploads.remove(upload);
      this.#input.focus();
    };
    return make(
      'li',
      { class: 'upload' },
      icon('file'),
      make('bdi', {}, name),
      make('progress', { max: 1, value: 0, 'aria-label': name }),
      make('span', { class: 'error', role: 'alert' }),
      iconButton('close', this.#texts.say('remove_file', { name }), remove),
    );
  }
}
