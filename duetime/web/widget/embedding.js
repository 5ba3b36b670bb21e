// What the page says in its script element, and where the daemon is.

const script = document.currentScript ?? document.querySelector('script[data-endpoint][src*="widget.js"]');
if (!script) throw new Error('Duetime: embed the chat with <script src=".../widget.js" data-endpoint="..." async></script>');

const embedding = {
  base: new URL('.', script.src),
  endpoint: script.dataset.endpoint || 'web',
  identity: script.dataset.user || null,
  language: script.dataset.language || null,
  color: script.dataset.color || null,
  position: script.dataset.position || null,
};

/** The address of a path of the daemon. */
function addressOf(path, query = {}) {
  const url = new URL(path, embedding.base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** The same for a path that came from the daemon; null if it leads elsewhere. */
function ownAddress(path) {
  const url = new URL(path, embedding.base);
  return url.origin === embedding.base.origin ? url.href : null;
}

/** What the page says of who is signed in. Only the daemon can tell whether it is true; here it tells apart whose things are
 * kept in this browser, and what need not be asked for. Null: nobody is. */
function claims() {
  const { identity } = embedding;
  if (!identity) return null;
  if (identity.includes(':')) return { sub: identity.slice(0, identity.lastIndexOf(':')) };
  try {
    const payload = atob(identity.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(payload, (char) => char.charCodeAt(0))));
  } catch {
    return { sub: identity };
  }
}
