// The element on the page, and what the page can do with it: `duetime.open()`, `close()`, `toggle()`, `destroy()`,
// `on(event, listener)`. A second script element, such as after somebody signed in, takes the place of the first.

const CONFIG_RETRY_S = [2, 5, 15, 60];
const COLOR = /^#[0-9a-f]{6}$/i;

/** Put the chat on the page, and give what the page can do with it. */
function embed(element, config, texts, events, signal) {
  const chat = new Chat(config, texts.wanted, signal);
  const view = new View(chat, texts, signal);
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  const shadow = element.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [style];
  shadow.append(view.element);
  paint(view.element, config);
  document.body.append(element);
  const { panel } = view;
  for (const name of ['open', 'close']) chat.addEventListener(name, () => events.tell(name));
  chat.addEventListener('message', ({ detail: { author, name = null, text } }) => events.tell('message', { author, name, text }));
  if (chat.wasOpen && !FULL_SCREEN.matches) panel.open({ focus: false });
  return {
    open: () => panel.open(),
    close: () => panel.close(),
    toggle: () => (panel.isOpen ? panel.close() : panel.open()),
  };
}

function paint(element, config) {
  const color = COLOR.test(embedding.color ?? '') ? embedding.color : config.color;
  element.style.setProperty('--accent', color);
  element.style.setProperty('--on-accent', isLight(color) ? '#000' : '#fff');
  element.dataset.position = ['left', 'right'].includes(embedding.position) ? embedding.position : config.position;
}

/** Whether black text is easier to read on it than white text is: the relative luminance of WCAG says so. */
function isLight(color) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const share = parseInt(color.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.1791;
}

/** What the page listens to. */
class PageEvents {
  #listeners = [];
  #isReady = false;

  /** Gives a function that ends it. `ready` is told at once to who comes late. */
  on(name, listener) {
    const entry = { name, listener };
    this.#listeners.push(entry);
    if (name === 'ready' && this.#isReady) listener();
    return () => (this.#listeners = this.#listeners.filter((one) => one !== entry));
  }

  tell(name, detail) {
    if (name === 'ready') this.#isReady = true;
    for (const one of this.#listeners) if (one.name === name) one.listener(detail);
  }
}

/** The endpoint's rules and looks. Null: this page has no chat, and the console says why. */
async function findConfig(signal) {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await requestConfig();
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && error.status !== 429) {
        console.error(`Duetime: ${error.message}`);
        return null;
      }
      if (attempt === 0)
        console.warn(`Duetime: no answer from ${embedding.base.host}. Does the endpoint's allowed_origins name ${location.origin}?`);
      await new Promise((resolve) => setTimeout(resolve, 1000 * CONFIG_RETRY_S[Math.min(attempt, CONFIG_RETRY_S.length - 1)]));
    }
  }
  return null;
}

async function start() {
  const events = new PageEvents();
  const element = document.createElement('duetime-chat');
  const ended = new AbortController();
  // What the page asks for before the chat is there, it gets when it is.
  const later = (name) => () => events.on('ready', () => shown[name]());
  let shown = { open: later('open'), close: later('close'), toggle: later('toggle') };
  const controls = {
    open: () => shown.open(),
    close: () => shown.close(),
    toggle: () => shown.toggle(),
    destroy: () => {
      ended.abort();
      element.remove();
      if (window.duetime === controls) delete window.duetime;
    },
    on: (name, listener) => events.on(name, listener),
  };
  window.duetime?.destroy();
  window.duetime = controls;
  const config = await findConfig(ended.signal);
  if (config === null) return;
  const texts = new Texts([embedding.language, config.language, document.documentElement.lang, ...navigator.languages]);
  await texts.load();
  if (document.readyState === 'loading') await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  if (ended.signal.aborted) return;
  shown = embed(element, config, texts, events, ended.signal);
  events.tell('ready');
}

start();
