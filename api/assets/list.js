// The list of campaigns: asked for again as a whole, and put in place where anything changed.

import { poll } from './poll.js';
import { localise } from './words.js';

const live = document.getElementById('live');

poll({
  url: () => location.href,
  accept: 'text/html',
  wait: () => 2000,
  news: async (response) => {
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.getElementById('live');
    if (!fresh) throw new Error('this is no list');
    localise(fresh);
    if (fresh.innerHTML === live.innerHTML) return;
    // Whoever moves through the list by keyboard keeps the place.
    const held = live.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    live.replaceChildren(...fresh.childNodes);
    if (held) live.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  },
});
