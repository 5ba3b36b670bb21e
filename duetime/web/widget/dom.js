// Elements, made one by one. Text only ever becomes text nodes: nothing here, nor anywhere else in the widget, reads
// markup.

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  chat: 'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M3 11l18-8-8 18-2-8z',
  attach: 'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.3 17a1.7 1.7 0 0 1-2.4-2.4L14 7.5',
  sound: 'M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7',
  silent: 'M4 9v6h4l5 4V5L8 9zM17 9.5l5 5M22 9.5l-5 5',
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
};

/** An element. Properties that begin with `on` are listeners; null and false leave an attribute out. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else setAttribute(element, name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? '' : value);
}

/** Change a text only where it differs, so that a screen reader is not told again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  drawing.append(path);
  return drawing;
}

function iconButton(name, label, onclick, attributes = {}) {
  return make('button', { type: 'button', class: 'icon', 'aria-label': label, title: label, onclick, ...attributes }, icon(name));
}

/** Make `parent` hold just these children, in this order, and touch only what changes. */
function arrange(parent, children) {
  let next = parent.firstChild;
  for (const child of children) {
    if (child === next) next = next.nextSibling;
    else parent.insertBefore(child, next);
  }
  while (next !== null) {
    const stale = next;
    next = next.nextSibling;
    stale.remove();
  }
}
