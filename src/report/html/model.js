/* The plan document and what became of it, turned round: people, and what concerns each of them.
   Every text in the document is fit to be shown; it only ever becomes text, never markup. */

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const plan = read('plan');
const outcomes = read('outcomes');
const marks = read('marks');

const removes = (item) => item.kind === 'deactivate' || item.kind === 'delete';
const undone = (item) => ['failed', 'unverified', 'skipped'].includes(item.state);

/* How soon somebody should look: lowest first. */
function rank(item) {
  if (removes(item) && undone(item)) return 0;
  if (removes(item) && ['planned', 'manual'].includes(item.state)) return 1;
  if (item.grants && item.state !== 'applied') return 2;
  if (undone(item)) return 3;
  if (item.state === 'held') return 4;
  if (item.state === 'manual') return 5;
  if (item.action) return 6;
  return item.state === 'unlisted' ? 8 : 7;
}

/* One entry of the document. All have the same fields, so that filters need not ask. */
function entry(state, from, action) {
  return {
    state,
    action, // whether it is an action, or only something to know
    vendor: from.vendor,
    email: from.email,
    kind: from.action ?? '',
    id: from.id ?? null,
    cause: from.cause ?? '',
    reason: from.reason ?? from.text ?? '',
    why: from.why ?? '',
    changes: from.changes ?? [],
    grants: null, // places of the changes that make an administrator
    hands: false, // whether the account of an administrator changes hands
    account: null, // the e-mail the account goes by, if another one
    words: null, // changes that are shown word by word
    outcome: null,
    rank: 9,
    text: null,
  };
}

/* The actions of one list with what the program marked there. */
function marked(state, list, mark) {
  const items = list.map((from) => entry(state, from, true));
  for (const [at, change] of mark.grants) (items[at].grants ??= new Set()).add(change);
  for (const at of mark.hands) items[at].hands = true;
  for (const [at, email] of mark.accounts) items[at].account = email;
  for (const [at, change, words] of mark.words) (items[at].words ??= new Map()).set(change, words);
  return items;
}

function entries() {
  const actions = marked('planned', plan.actions, marks.actions);
  const earlier = [];
  (outcomes ?? []).forEach((outcome, at) => {
    let item = actions[marks.outcomes[at]];
    if (!item) {
      item = entry('planned', outcome, true);
      item.reason = 'of the approved plan';
      earlier.push(item);
    }
    item.state = outcome.outcome;
    item.outcome = outcome;
  });
  const ending = (plan.ending ?? []).flatMap((it) => it.vendors.map((vendor) => (
    { vendor, email: it.email, text: `last day with access is ${it.ends}` })));
  return [
    actions,
    earlier,
    marked('held', plan.held, marks.held),
    marked('manual', plan.manual, marks.manual),
    plan.unlisted.map((it) => entry('unlisted', { text: 'the roster does not name it', ...it }, false)),
    plan.notices.filter((it) => it.email).map((it) => entry('notice', it, false)),
    ending.map((it) => entry('ending', it, false)),
  ].flat();
}

/* People with their entries, gravest first. */
function people() {
  const found = new Map();
  for (const item of entries()) {
    item.rank = rank(item);
    const key = item.email.toLowerCase();
    let person = found.get(key);
    if (!person) found.set(key, person = { key, email: item.email, items: [], shown: [] });
    person.items.push(item);
  }
  const everybody = [...found.values()];
  for (const person of everybody) person.items.sort((a, b) => a.rank - b.rank);
  return everybody;
}

/* What a search looks through. Made when it is first needed, and kept. */
function searched(item) {
  if (item.text === null) {
    const changes = item.changes.map((it) => `${it.attribute} ${it.before ?? ''} ${it.after}`);
    item.text = [
      item.email, item.account ?? '', item.id ?? '', item.vendor, item.kind, item.state, item.reason, item.why,
      item.outcome?.message ?? '', ...changes,
    ].join('\n').toLowerCase();
  }
  return item.text;
}

