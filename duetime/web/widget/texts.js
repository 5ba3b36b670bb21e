// The widget's own words, in the visitor's language. ENGLISH and TRANSLATED are put before the modules when they are
// joined: the English texts, and the languages of which there is a file.

const RIGHT_TO_LEFT = new Set(['ar', 'fa', 'he', 'ur', 'yi']);

class Texts {
  #texts = ENGLISH;
  #region;

  /** `wanted` are language tags, the most wanted first; what is none is passed over. */
  constructor(wanted) {
    /** What the visitor reads best: the first of the tags. */
    this.wanted = wanted.filter(Boolean).map(canonical).find(Boolean) ?? 'en';
    const base = this.wanted.split('-')[0];
    /** What the widget speaks. */
    this.language = TRANSLATED.includes(base) ? this.wanted : 'en';
    // Times and numbers as where the visitor is: 16:05 in en-GB, 4:05 PM in en-US.
    this.#region = navigator.languages.find((tag) => tag.startsWith(`${this.language}-`)) ?? this.language;
    this.direction = RIGHT_TO_LEFT.has(this.language.split('-')[0]) ? 'rtl' : 'ltr';
  }

  /** Fetch the texts. Without them the widget speaks English. */
  async load() {
    const base = this.language.split('-')[0];
    if (base === 'en') return;
    try {
      this.#texts = { ...ENGLISH, ...(await requestJson(addressOf(`widget/messages/${base}.json`))) };
    } catch {
      [this.language, this.#region, this.direction] = ['en', 'en', 'ltr'];
    }
  }

  say(key, values = {}) {
    return this.#texts[key].replace(/\{(\w+)\}/g, (_, name) => this.#isolated(values[name]));
  }

  has(key) {
    return key in this.#texts;
  }

  duration(seconds) {
    if (seconds < 60) return this.say('less_than_a_minute');
    const [unit, size] = seconds < 5400 ? ['minute', 60] : ['hour', 3600];
    return this.#number({ style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(seconds / size));
  }

  megabytes(bytes) {
    return this.#number({ style: 'unit', unit: 'megabyte' }).format(Math.floor(bytes / 1e5) / 10);
  }

  count(number) {
    return this.#number({}).format(number);
  }

  time(at) {
    return this.#date({ hour: 'numeric', minute: '2-digit' }).format(at);
  }

  /** "today", "yesterday", or the date. */
  day(at, now = Date.now()) {
    const ago = Math.round((midnight(now) - midnight(at)) / 86_400_000);
    if (ago === 0 || ago === 1) return new Intl.RelativeTimeFormat(this.language, { numeric: 'auto' }).format(-ago, 'day');
    return this.#date({ weekday: 'long', day: 'numeric', month: 'long' }).format(at);
  }

  /** When something is that is still to come. */
  moment(at) {
    const soon = at - Date.now() < 6 * 86_400_000;
    const date = soon ? { weekday: 'long' } : { day: 'numeric', month: 'long' };
    return this.#date({ ...date, hour: 'numeric', minute: '2-digit' }).format(at);
  }

  #number(options) {
    return new Intl.NumberFormat(this.#region, options);
  }

  #date(options) {
    return new Intl.DateTimeFormat(this.#region, options);
  }

  /** A name in another script must not turn the sentence around it. */
  #isolated(value) {
    return this.direction === 'rtl' ? `\u2068${value}\u2069` : String(value);
  }
}

function canonical(tag) {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return null;
  }
}

function midnight(at) {
  return new Date(at).setHours(0, 0, 0, 0);
}
