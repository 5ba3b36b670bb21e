// The button and the panel: what of everything is shown, and where the keyboard is.

const FULL_SCREEN = matchMedia('(max-width: 480px), (max-height: 480px)');

class Panel {
  element;
  #texts;
  #actions;
  #dialog;
  #launcher;
  #badge;
  #title;
  #subtitle;
  #notice;
  #standing;
  #sound;
  #transcript;
  #body;
  #shown = null;

  /** `actions`: `opened`, `closed`, `toggleSound`, `wantTranscript`, `dropped`. */
  constructor(texts, actions) {
    this.#texts = texts;
    this.#actions = actions;
    this.#build();
    this.element = make('div', { class: 'root', lang: texts.language, dir: texts.direction }, this.#dialog, this.#launcher);
  }

  get isOpen() {
    return !this.#dialog.hidden;
  }

  open({ focus = true } = {}) {
    if (this.isOpen) return;
    this.#dialog.hidden = false;
    setAttribute(this.#launcher, 'aria-expanded', 'true');
    this.#actions.opened();
    if (focus) this.#shown?.focus();
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.#dialog.contains(this.element.getRootNode().activeElement);
    this.#dialog.hidden = true;
    setAttribute(this.#launcher, 'aria-expanded', 'false');
    this.#actions.closed();
    if (hadFocus) this.#launcher.focus();
  }

  /** `screen` is what the panel holds: `elements`, and `focus()` to begin with it. */
  hold(screen) {
    if (this.#shown === screen) return;
    const hadFocus = this.#body.contains(this.element.getRootNode().activeElement);
    const isFirst = this.#shown === null;
    this.#shown = screen;
    arrange(this.#body, screen.elements);
    if (this.isOpen && (hadFocus || !isFirst)) screen.focus();
  }

  show({ title, subtitle, notice, standing, unread, sound, transcripts }) {
    setText(this.#title, title);
    setText(this.#subtitle, subtitle ?? '');
    setText(this.#notice, notice ?? '');
    setText(this.#standing, standing ?? '');
    setText(this.#badge, unread ? this.#texts.count(unread) : '');
    const label = this.#texts.say(this.isOpen ? 'close' : 'open');
    const news = unread ? ` (${this.#texts.say('unread', { count: this.#texts.count(unread) })})` : '';
    setAttribute(this.#launcher, 'aria-label', label + news);
    setAttribute(this.#sound, 'aria-pressed', String(sound));
    this.#sound.replaceChildren(icon(sound ? 'sound' : 'silent'));
    this.#transcript.hidden = !transcripts;
  }

  #build() {
    const say = (key) => this.#texts.say(key);
    this.#title = make('bdi');
    this.#subtitle = make('bdi');
    this.#sound = iconButton('silent', say('sound'), () => this.#actions.toggleSound(), { 'aria-pressed': 'false' });
    this.#transcript = iconButton('mail', say('transcript'), () => this.#actions.wantTranscript());
    this.#notice = make('p', { class: 'notice', role: 'status' });
    this.#standing = make('p', { class: 'standing', role: 'status' });
    this.#body = make('div', { class: 'body' });
    this.#dialog = make(
      'section',
      { class: 'panel', id: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true },
      make(
        'header',
        {},
        make('div', { class: 'heading' }, make('h2', { id: 'title' }, this.#title), make('p', { class: 'subtitle' }, this.#subtitle)),
        this.#transcript,
        this.#sound,
        iconButton('close', say('close'), () => this.close()),
      ),
      this.#notice,
      this.#body,
      this.#standing,
      make('p', { class: 'drop', 'aria-hidden': 'true' }, say('drop')),
    );
    this.#dialog.addEventListener('keydown', (event) => this.#press(event));
    this.#takeDrops();
    this.#badge = make('span', { class: 'badge', 'aria-hidden': 'true' });
    this.#launcher = make(
      'button',
      {
        type: 'button',
        class: 'launcher',
        'aria-haspopup': 'dialog',
        'aria-expanded': 'false',
        'aria-controls': 'panel',
        onclick: () => (this.isOpen ? this.close() : this.open()),
      },
      icon('chat'),
      this.#badge,
    );
  }

  #press(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation(); // the page's own dialogs stay as they are
    this.close();
  }

  #takeDrops() {
    const over = (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      this.#dialog.classList.add('dropping');
    };
    const leave = () => this.#dialog.classList.remove('dropping');
    this.#dialog.addEventListener('dragenter', over);
    this.#dialog.addEventListener('dragover', over);
    this.#dialog.addEventListener('dragleave', leave);
    this.#dialog.addEventListener('drop', (event) => {
      leave();
      event.preventDefault();
      this.#actions.dropped(event.dataTransfer.files);
    });
  }
}
