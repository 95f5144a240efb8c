/* One person: a row of the table, and what opens below it. Texts go in as text only. */

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const colour = (item) => (item.grants ? 'administrator' : item.kind || item.state);

/* What happens, and what became or is to become of it. */
function tag(item) {
  if (!item.kind) return make('span', { class: `tag k-${item.state}` }, item.state);
  const node = make('span', { class: `tag k-${colour(item)}` }, `${marks.signs[item.kind]} ${item.kind}`);
  if (item.grants) node.append(' ', make('b', {}, 'administrator'));
  if (item.state !== 'planned') node.append(' ', make('span', { class: `state k-${item.state}` }, item.state));
  return node;
}

function row(person, index, isOpen) {
  const alike = Map.groupBy(person.shown, (item) => `${item.kind} ${item.state} ${colour(item)}`);
  const named = [...alike.values()].map((items) => make('span', { class: 'what' },
    tag(items[0]), ' ', items.map((item) => item.vendor).join(', ')));
  const first = person.shown[0];
  const button = make('button', { type: 'button', 'aria-expanded': isOpen }, person.email);
  return make('tr', { role: 'row', class: 'person', 'aria-rowindex': index + 2 },
    make('th', { role: 'rowheader', scope: 'row' }, button),
    make('td', { role: 'cell', class: 'whats' }, ...named),
    make('td', { role: 'cell', class: 'why' }, first.outcome?.message || first.why || first.reason));
}

function detail(person) {
  const shown = new Set(person.shown);
  const blocks = person.items.map((item) => entryBlock(item, shown.has(item)));
  return make('tr', { role: 'row', class: 'detail' }, make('td', { role: 'cell', colspan: '3' }, ...blocks));
}

function entryBlock(item, isShown) {
  const block = make('div', { class: isShown ? 'entry' : 'entry beside' });
  const head = make('p', { class: 'entry-head' }, tag(item), ' ', make('b', {}, item.vendor));
  const told = item.hands ? "an administrator's account changes hands" : 'makes an administrator';
  if (item.grants) head.append(' ', make('span', { class: 'state k-administrator' }, told));
  if (item.cause) head.append(' ', make('span', { class: 'aside' }, item.cause === 'drift' ? 'drift that was there before' : 'caused by this change'));
  if (item.account) head.append(' ', make('span', { class: 'aside' }, `account ${item.account}`));
  if (item.id) head.append(' ', make('span', { class: 'aside' }, `id ${item.id}`));
  block.append(head);
  if (item.reason) block.append(make('p', {}, item.reason));
  if (item.why) block.append(make('p', { class: 'kept' }, ...options(item.why)));
  if (item.outcome) block.append(outcome(item.outcome));
  if (item.changes.length > 0) block.append(changes(item));
  return block;
}

function outcome({ outcome: word, status, message, seconds }) {
  const said = [word, status && `HTTP ${status}`, `${seconds.toFixed(1)} s`].filter(Boolean).join(', ');
  return make('p', { class: `outcome k-${word}` }, make('b', {}, said), message && `: ${message}`);
}

/* A text in which options of the command line stand out. */
function options(text) {
  const parts = text.split(/(--[a-z-]+(?: [^\s=]+=\d+)?)/);
  return parts.map((part, at) => (at % 2 ? make('code', {}, part) : part));
}

function changes(item) {
  const creates = item.kind === 'create';
  const rows = item.changes.map((change, at) => {
    const name = make('th', { scope: 'row' }, change.attribute);
    if (item.grants?.has(at)) name.append(' ', make('span', { class: 'state k-administrator' }, 'administrator'));
    const cells = creates
      ? [make('td', { colspan: '2' }, ...value(change.after))]
      : compared(change, item.words?.get(at));
    return make('tr', {}, name, ...cells);
  });
  const heads = creates ? ['attribute', 'value'] : ['attribute', 'before', 'after'];
  const head = make('tr', {}, ...heads.map((it) => make('th', { scope: 'col' }, it)));
  if (creates) head.lastChild.setAttribute('colspan', '2');
  return make('table', { class: 'changes' }, make('thead', {}, head), make('tbody', {}, ...rows));
}

/* The cells of before and after. */
function compared({ before, after }, words) {
  const cell = (name, ...children) => make('td', { class: name, 'data-name': name }, ...children);
  if (words) {
    const side = (gone, mark) => words.filter(([sign]) => sign !== gone)
      .map(([sign, text]) => (sign === '=' ? text : make(mark, {}, text)));
    return [cell('before', ...side('+', 'del')), cell('after', ...side('-', 'ins'))];
  }
  if (Array.isArray(after) && (before === null || Array.isArray(before))) {
    const [old, now] = [new Set(before ?? []), new Set(after)];
    const items = (list, other, mark) => (list.length === 0 ? [none('(empty)')]
      : list.map((it) => make('span', { class: 'item' }, other.has(it) ? it : make(mark, {}, it))));
    return [cell('before', ...items([...old], now, 'del')), cell('after', ...items([...now], old, 'ins'))];
  }
  return [cell('before', ...value(before)), cell('after', ...value(after))];
}

const none = (text) => make('i', { class: 'none' }, text);

function value(it) {
  if (it === null) return [none('(none)')];
  if (it === '' || it.length === 0) return [none('(empty)')];
  if (Array.isArray(it)) return it.map((one) => make('span', { class: 'item' }, one));
  return [make('span', { class: 'value' }, String(it))];
}

