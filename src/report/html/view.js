/* What of the people is shown. The fragment of the address says it, so that a link shows the same. */

const FIELDS = ['q', 'vendor', 'do', 'state', 'cause', 'sort'];
const ORDERS = {
  '': (a, b) => a.items[0].rank - b.items[0].rank,
  'e-mail': () => 0,
  'most actions': (a, b) => b.shown.length - a.shown.length,
};
/* More open people than this are not worth an address. */
const MOST_OPEN = 20;

const view = { open: new Set() };
for (const field of FIELDS) view[field] = '';

function readFragment() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const field of FIELDS) view[field] = asked.get(field) ?? '';
  view.open = new Set(asked.getAll('open'));
}

function writeFragment() {
  const says = new URLSearchParams();
  for (const field of FIELDS) if (view[field]) says.set(field, view[field]);
  [...view.open].slice(0, MOST_OPEN).forEach((key) => says.append('open', key));
  history.replaceState(null, '', `#${says}`);
}

function ofAction(item) {
  switch (view.do) {
    case '': return true;
    case 'removal': return removes(item);
    case 'administrator': return item.grants !== null;
    default: return item.kind === view.do;
  }
}

function ofState(item) {
  return view.state === '' || item.state === view.state || (view.state === 'undone' && undone(item));
}

/* People of whom something matches every filter and every word; `shown` is what of each matches. */
function select(everybody) {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (item) => (view.vendor === '' || item.vendor === view.vendor)
    && (view.cause === '' || item.cause === view.cause)
    && ofState(item) && ofAction(item)
    && (words.length === 0 || words.every((word) => searched(item).includes(word)));
  const found = [];
  let actions = 0;
  let others = 0;
  for (const person of everybody) {
    person.shown = person.items.filter(matches);
    if (person.shown.length > 0) found.push(person);
    for (const item of person.shown) item.action ? actions += 1 : others += 1;
  }
  const order = ORDERS[view.sort] ?? ORDERS[''];
  found.sort((a, b) => order(a, b) || (a.key < b.key ? -1 : 1));
  return { people: found, actions, others };
}

