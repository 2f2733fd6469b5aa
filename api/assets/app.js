// What every page does; then what is the page's own.

import { localise } from './words.js';

localise(document);

const pages = {
  campaign: () => import('./campaign.js'),
  list: () => import('./list.js'),
  new: () => import('./new.js'),
};
pages[document.getElementById('main').dataset.page]?.();
