// What the browser keeps for this chat, by name: the session, what was seen, and what is not sent yet. Where a page may
// store nothing, it is kept for as long as the page is there. Every name stands alone, so that tabs never overwrite each
// other's.

class Keep {
  #prefix = `duetime:${embedding.base.host}:${embedding.endpoint}:`;
  #memory = new Map();
  #area;

  constructor(area) {
    try {
      this.#area = window[area];
      this.#area.setItem(`${this.#prefix}probe`, '1');
      this.#area.removeItem(`${this.#prefix}probe`);
    } catch {
      this.#area = null;
    }
  }

  get(name) {
    const text = this.#memory.get(name) ?? this.#area?.getItem(this.#prefix + name);
    try {
      return text ? JSON.parse(text) : null;
    } catch {
      return null;
    }
  }

  set(name, value) {
    this.#memory.delete(name);
    try {
      if (value === null) this.#area?.removeItem(this.#prefix + name);
      else this.#area.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // There is no store, or it is full.
      this.#memory.set(name, JSON.stringify(value));
    }
  }

  /** The values whose names begin with this. */
  all(beginning) {
    const kept = Object.keys(this.#area ?? {}).filter((name) => name.startsWith(this.#prefix));
    const names = new Set([...kept.map((name) => name.slice(this.#prefix.length)), ...this.#memory.keys()]);
    return [...names].filter((name) => name.startsWith(beginning)).map((name) => this.get(name)).filter(Boolean);
  }

  /** Call `listener` with a name when another tab has changed it. */
  watch(listener, signal) {
    addEventListener(
      'storage',
      (event) => {
        if (event.storageArea === this.#area && event.key?.startsWith(this.#prefix))
          listener(event.key.slice(this.#prefix.length));
      },
      { signal },
    );
  }
}
