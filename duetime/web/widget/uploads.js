// Files on their way to the daemon, before the message that has them is sent.

class Uploads {
  /** `{name, size, state, progress, key, error}`; `state` is `waiting`, `sending`, `ready` or `failed`. */
  files = [];
  #token;
  #changed;
  #rules;

  /** `token` gives the resume token, once there is one; `rules` the endpoint's rules for files, null: none are taken. */
  constructor(token, rules, changed) {
    this.#token = token;
    this.#rules = rules;
    this.#changed = changed;
  }

  get underWay() {
    return this.files.some((file) => file.state === 'waiting' || file.state === 'sending');
  }

  /** `file` is one of the browser's. */
  add(file, texts) {
    const rules = this.#rules();
    const upload = { name: file.name || 'image.png', size: file.size, file, state: 'waiting', progress: 0 };
    if (file.size === 0) this.#fail(upload, texts.say('file_empty'));
    else if (file.size > rules.max_bytes) this.#fail(upload, texts.say('file_too_large', { most: texts.megabytes(rules.max_bytes) }));
    else if (isRefused(upload.name, file.type, rules.refused)) this.#fail(upload, texts.say('file_refused'));
    this.files.push(upload);
    this.#changed();
    this.go();
  }

  /** There is a session now, or one file less before the next. */
  go() {
    const next = this.files.find((upload) => upload.state === 'waiting');
    if (next && this.#token() && !this.files.some((upload) => upload.state === 'sending')) this.#send(next);
  }

  remove(upload) {
    this.files = this.files.filter((one) => one !== upload);
    upload.request?.abort();
    this.#changed();
    this.go();
  }

  /** Take those that are ready: a message has them now. */
  take() {
    const ready = this.files.filter((upload) => upload.state === 'ready');
    this.files = this.files.filter((upload) => upload.state !== 'ready');
    this.#changed();
    return ready.map(({ key, name, content_type }) => ({ key, name, content_type }));
  }

  /** XMLHttpRequest, because fetch does not tell how far it is. */
  #send(upload) {
    const request = new XMLHttpRequest();
    upload.request = request;
    upload.state = 'sending';
    request.open('POST', addressOf('v1/chat/files', { endpoint: embedding.endpoint, name: upload.name }));
    request.setRequestHeader('Authorization', `Bearer ${this.#token()}`);
    request.setRequestHeader('Content-Type', upload.file.type || 'application/octet-stream');
    request.upload.onprogress = (event) => {
      upload.progress = event.lengthComputable ? event.loaded / event.total : 0;
      this.#changed();
    };
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) Object.assign(upload, answer, { state: 'ready', progress: 1 });
      else this.#fail(upload, answer.detail);
      this.#done();
    };
    request.onerror = request.ontimeout = () => {
      this.#fail(upload, null);
      this.#done();
    };
    request.send(upload.file);
    this.#changed();
  }

  /** `error` is a sentence; null: the connection broke. */
  #fail(upload, error) {
    Object.assign(upload, { state: 'failed', error: error ?? null });
  }

  #done() {
    this.#changed();
    this.go();
  }
}

function isRefused(name, type, refused) {
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.')).toLowerCase() : '';
  return refused.some((rule) => rule === type || rule === extension || `.${rule}` === extension);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
