// The addresses in a text as links. Everything else stays the text that it is.

// An address ends at white space, quotes and angle brackets, and at characters that turn the direction of writing, which
// would show another address than the one that is opened.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/giu;
const AFTER_AN_ADDRESS = /[.,;:!?…)\]}*_~|]+$/u;
const LINK = { target: '_blank', rel: 'noopener noreferrer nofollow' };

/** Nodes that show the text. */
function linkedText(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const shown = withoutPunctuation(found[0]);
    const address = safeAddress(shown);
    if (address === null) continue;
    nodes.push(text.slice(end, found.index), make('a', { href: address, ...LINK }, shown));
    end = found.index + shown.length;
  }
  return [...nodes, text.slice(end)];
}

/** "(see https://shop.example/a_(b))" ends before the last bracket, not before the one that the address opened. */
function withoutPunctuation(address) {
  let trimmed = address.replace(AFTER_AN_ADDRESS, '');
  while (address[trimmed.length] === ')' && trimmed.split('(').length > trimmed.split(')').length) trimmed += ')';
  return trimmed;
}

/** The address as the browser reads it; null for one that is none, or that hides its host behind a user name. */
function safeAddress(text) {
  try {
    const url = new URL(text);
    const safe = (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password;
    return safe ? url.href : null;
  } catch {
    return null;
  }
}
