/* The page: filters, keys, theme, copying, printing. */

const form = document.getElementById('filters');
const everybody = form ? people() : [];

/* Shows what the view says, in the form, in the table and in the address. */
function refresh() {
  for (const field of FIELDS) {
    const input = form.elements[field];
    if (input && input.value !== view[field]) input.value = view[field];
  }
  const found = select(everybody);
  const all = everybody.length;
  const entries = [[found.actions, 'action'], [found.others, 'other entry']]
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${count === 1 ? what : what === 'action' ? 'actions' : 'other entries'}`);
  const some = found.people.length === all ? `${all}` : `${found.people.length} of ${all}`;
  document.getElementById('matches').textContent = all === 1 && found.people.length === 1
    ? `1 person: ${entries.join(', ')}`
    : [`${some} people`, entries.join(', ')].filter(Boolean).join(': ');
  showPeople(found.people);
}

function takeForm() {
  for (const field of FIELDS) view[field] = form.elements[field]?.value ?? '';
  writeFragment();
  refresh();
}

/* One repaint a frame is enough, however fast somebody types or scrolls. */
function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/* Prepares the search while nobody waits. */
function prepareSearch(from) {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
  idle((time) => {
    let at = from;
    while (at < everybody.length && (time?.timeRemaining?.() ?? 0) > 2) {
      everybody[at].items.forEach(searched);
      at += 1;
    }
    if (at < everybody.length && time?.timeRemaining) prepareSearch(at);
  });
}

function startTable() {
  document.getElementById('tool').hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', oncePerFrame(takeForm));
  form.addEventListener('reset', () => setTimeout(takeForm));
  window.addEventListener('hashchange', followFragment);
  document.addEventListener('click', (event) => {
    // A link to what is shown already changes no address.
    if (event.target.closest('a')?.hash === location.hash && location.hash) followFragment();
  });
  window.addEventListener('scroll', oncePerFrame(paint), { passive: true });
  let width = innerWidth;
  window.addEventListener('resize', oncePerFrame(() => {
    if (innerWidth === width) return paint(); // the bars of a telephone come and go
    width = innerWidth;
    list.heights.clear();
    refresh();
  }));
  for (const [event, printing] of [['beforeprint', true], ['afterprint', false]]) {
    window.addEventListener(event, () => {
      list.printing = printing;
      paint();
    });
  }
  document.addEventListener('keydown', keys);
  readFragment();
  refresh();
  prepareSearch(0);
}

/* Shows what the address asks for. */
function followFragment() {
  if (location.hash === '#people') {
    writeFragment(); // a jump, not a view
  } else {
    readFragment();
    refresh();
  }
  document.getElementById('people').scrollIntoView();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const search = form.elements.q;
  const typing = event.target.matches('input, select, textarea');
  if (event.key === '/' && !typing) {
    search.focus();
  } else if (event.key === 'Escape' && event.target === search) {
    search.value = '';
    takeForm();
  } else if (event.key === 'ArrowDown' && (event.target === search || list.body.contains(event.target))) {
    if (!step(1)) return;
  } else if (event.key === 'ArrowUp' && list.body.contains(event.target)) {
    if (!step(-1)) return;
  } else {
    return;
  }
  event.preventDefault();
}

function startTheme() {
  const button = document.getElementById('theme');
  const root = document.documentElement;
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const label = () => { button.textContent = isDark() ? 'Light theme' : 'Dark theme'; };
  button.hidden = false;
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    label();
  });
  label();
}

/* Selects the digest and copies the selection, which asks for no permission. */
function startCopy() {
  const button = document.getElementById('copy');
  if (!button) return;
  button.hidden = false;
  button.addEventListener('click', () => {
    getSelection().selectAllChildren(document.getElementById('digest'));
    const copied = document.execCommand('copy');
    document.getElementById('copied').textContent = copied ? 'copied' : 'selected';
  });
}

document.documentElement.classList.add('scripted');
startTheme();
startCopy();
if (form) startTable();
performance.mark('interactive');
