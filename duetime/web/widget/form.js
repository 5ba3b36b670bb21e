// Forms: what is asked before a chat, the message that is left while nobody is there, the address for a transcript.

const KINDS = {
  name: { autocomplete: 'name', maxlength: 80 },
  email: { type: 'email', autocomplete: 'email', maxlength: 254 },
  phone: { type: 'tel', autocomplete: 'tel', maxlength: 40 },
  text: { maxlength: 500 },
  long: { rows: 4, maxlength: 4000 },
};
let formsMade = 0;

class Form {
  element;
  #texts;
  #fields;
  #general;
  #button;

  /** `fields` are `{name, kind, required, label, choices}`. `submitted` is given the values by name. */
  constructor(texts, { title, fields, button, submitted, cancelled = null }) {
    this.#texts = texts;
    this.#fields = fields.map((field) => this.#field(field, `f${++formsMade}`));
    this.#general = make('p', { class: 'error', role: 'alert', hidden: true });
    this.#button = make('button', { type: 'submit', class: 'primary' }, button);
    const cancel = cancelled && make('button', { type: 'button', class: 'secondary', onclick: cancelled }, texts.say('cancel'));
    this.element = make(
      'form',
      { class: 'form', novalidate: true, onsubmit: (event) => this.#submit(event, submitted), 'aria-label': title },
      make('p', { class: 'title' }, title),
      ...this.#fields.map((field) => field.element),
      this.#general,
      make('div', { class: 'buttons' }, this.#button, cancel),
    );
  }

  get busy() {
    return this.#button.disabled;
  }

  set busy(busy) {
    this.#button.disabled = busy;
  }

  focus() {
    (this.#fields[0]?.input ?? this.#button).focus();
  }

  /** Say what is wrong: at a field, or with all. */
  refuse(error, name = null) {
    this.busy = false;
    const field = this.#fields.find((one) => one.name === name);
    const known = field && this.#texts.has(`${field.kind}_wrong`);
    if (field) this.#showError(field, known ? this.#texts.say(`${field.kind}_wrong`) : error);
    else setText(this.#general, error);
    this.#general.hidden = Boolean(field);
    field?.input.focus();
  }

  #field({ name, kind, required, label, choices }, id) {
    const attributes = { id, name, class: 'input', 'aria-required': required, 'aria-describedby': `${id}e`, ...KINDS[kind] };
    const input =
      kind === 'choice'
        ? make('select', attributes, make('option', { value: '' }), ...choices.map((choice) => make('option', { value: choice }, choice)))
        : make(kind === 'long' ? 'textarea' : 'input', attributes);
    const error = make('p', { class: 'error', id: `${id}e`, hidden: true });
    const shown = label ?? this.#texts.say(`field_${kind}`);
    const optional = required ? null : make('small', {}, ` (${this.#texts.say('optional')})`);
    const element = make('div', { class: 'field' }, make('label', { for: id, dir: 'auto' }, shown, optional), input, error);
    return { name, kind, required, input, error, element };
  }

  #submit(event, submitted) {
    event.preventDefault();
    if (this.busy) return;
    this.#general.hidden = true;
    const wrong = this.#fields.filter((field) => !this.#isFilledIn(field));
    wrong[0]?.input.focus();
    if (wrong.length > 0) return;
    this.busy = true;
    const values = this.#fields.map(({ name, input }) => [name, input.value.trim()]).filter(([, value]) => value);
    submitted(Object.fromEntries(values));
  }

  #isFilledIn(field) {
    const { kind, required, input } = field;
    const value = input.value.trim();
    const missing = required && !value && this.#texts.say('field_needed');
    const misspelt = value && kind === 'email' && !input.validity.valid && this.#texts.say('email_wrong');
    this.#showError(field, missing || misspelt || '');
    return !missing && !misspelt;
  }

  #showError({ input, error }, text) {
    setText(error, text);
    error.hidden = !text;
    setAttribute(input, 'aria-invalid', text ? 'true' : null);
  }
}
