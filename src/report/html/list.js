/* The table's body: only the rows near the screen exist, between two spacers that keep the place
   of all others. All closed rows are of one height; open ones are measured once they are there. */

/* Pixels above and below the screen that are made too. */
const AROUND = 400;
/* What an open person takes until it is measured. */
const GUESS = 240;
/* People that a printed page has. */
const PRINTED = 1000;

const list = {
  body: document.querySelector('#list tbody'),
  people: [],
  offsets: new Float64Array(1),
  heights: new Map(), // of what is open, by person
  nodes: new Map(), // rows that exist, by person
  above: spacer(),
  below: spacer(),
  printing: false,
};

function spacer() {
  const cell = make('td', { colspan: '3' });
  return make('tr', { class: 'space', 'aria-hidden': 'true' }, cell);
}

/* Shows these people from now on. */
function showPeople(people) {
  list.people = people;
  list.nodes.clear();
  list.body.replaceChildren(list.above, list.below);
  document.getElementById('list').setAttribute('aria-rowcount', people.length + 1);
  place();
  paint();
}

/* Where each row starts. */
function place() {
  const height = parseFloat(getComputedStyle(list.above).getPropertyValue('--row'));
  const offsets = new Float64Array(list.people.length + 1);
  list.people.forEach((person, at) => {
    const open = view.open.has(person.key) ? list.heights.get(person.key) ?? GUESS : 0;
    offsets[at + 1] = offsets[at] + height + open;
  });
  list.offsets = offsets;
}

/* The last person who starts at or above `y`. */
function personAt(y) {
  let [low, high] = [0, list.people.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (list.offsets[middle] <= y) low = middle; else high = middle - 1;
  }
  return low;
}

/* Makes the rows that come into sight and drops those that leave it. */
function paint() {
  const total = list.people.length;
  const y = -list.body.getBoundingClientRect().top;
  const from = list.printing ? 0 : Math.max(0, personAt(y - AROUND));
  const to = list.printing ? Math.min(total, PRINTED) : Math.min(total, personAt(y + innerHeight + AROUND) + 1);
  const wanted = new Set(list.people.slice(from, to));
  for (const [person, nodes] of list.nodes) {
    if (!wanted.has(person)) {
      nodes.forEach((node) => node.remove());
      list.nodes.delete(person);
    }
  }
  let next = list.above.nextSibling;
  for (let at = from; at < to; at += 1) {
    const person = list.people[at];
    let nodes = list.nodes.get(person);
    if (nodes) {
      next = nodes.at(-1).nextSibling;
    } else {
      nodes = nodesOf(person, at);
      list.nodes.set(person, nodes);
      nodes.forEach((node) => list.body.insertBefore(node, next));
    }
  }
  list.above.style.height = `${list.offsets[from]}px`;
  list.below.style.height = `${list.printing ? 0 : list.offsets[total] - list.offsets[to]}px`;
  measure();
}

function nodesOf(person, at) {
  const isOpen = view.open.has(person.key);
  const head = row(person, at, isOpen);
  head.querySelector('button').addEventListener('click', () => toggle(person));
  return isOpen ? [head, detail(person)] : [head];
}

/* Learns the heights of what is open; where one differs from what was thought, all below move. */
function measure() {
  let moved = false;
  for (const [person, nodes] of list.nodes) {
    const height = nodes[1]?.getBoundingClientRect().height;
    if (height && Math.abs(height - (list.heights.get(person.key) ?? GUESS)) > 0.5) {
      moved = true;
    }
    if (height) list.heights.set(person.key, height);
  }
  if (moved) {
    place();
    const at = list.people.findLastIndex((person) => list.nodes.has(person));
    list.below.style.height = `${list.offsets.at(-1) - list.offsets[at + 1]}px`;
  }
}

function toggle(person) {
  const [head, below] = list.nodes.get(person);
  const isOpen = !view.open.delete(person.key);
  if (isOpen) view.open.add(person.key);
  head.querySelector('button').setAttribute('aria-expanded', isOpen);
  below?.remove();
  const nodes = isOpen ? [head, detail(person)] : [head];
  if (isOpen) head.after(nodes[1]);
  list.nodes.set(person, nodes);
  place();
  paint();
  writeFragment();
}

/* Moves the focus to the next or former person. */
function step(by) {
  const focused = [...list.nodes].find(([, nodes]) => nodes[0].contains(document.activeElement));
  const at = focused ? list.people.indexOf(focused[0]) + by : 0;
  const person = list.people[at];
  if (!person) return false;
  const nodes = list.nodes.get(person);
  nodes?.[0].querySelector('button').focus();
  return Boolean(nodes);
}

