// The page of one campaign: patched with what the progress says, once a second.

import { draw, note } from './chart.js';
import { poll } from './poll.js';
import { steer } from './steer.js';
import { duration, group, percent, rate, spoken, time, write } from './words.js';

const BAR = 1000;
const NARROWEST = 4;
const names = { loading: 'Loading', scheduled: 'Scheduled', running: 'Running', paused: 'Paused', completed: 'Completed', cancelled: 'Cancelled' };

const id = document.getElementById('main').dataset.id;
const element = (name) => document.getElementById(name);
const title = document.title;
let last = null;
// How far the server's clock is ahead of this one's, in seconds.
let ahead = 0;
let after = 0;

const ask = poll({
  url: () => `/api/campaigns/${id}/progress?rate_after=${after}`,
  accept: 'application/json',
  wait: () => (last && ['paused', 'completed', 'cancelled', 'scheduled'].includes(last.status) ? 3000 : 1000),
  news: async (response) => {
    const date = Date.parse(response.headers.get('date'));
    const progress = await response.json();
    if (date) ahead = date / 1000 - Date.now() / 1000;
    after = note(progress.rate ?? []);
    show(progress);
  },
  gone: () => {
    const reason = element('problem');
    reason.textContent = 'This campaign is gone: the server does not know it any more.';
    reason.hidden = false;
    element('actions').hidden = true;
  },
});
steer(ask);
setInterval(() => last && draw(last.tps, Date.now() / 1000 + ahead), 1000);

// A rate that was typed in and left holds at once.
element('tps').addEventListener('change', (event) => event.target.form.requestSubmit());

function show(progress) {
  const isNew = last?.status !== progress.status;
  for (const field of document.querySelectorAll('[data-count]')) {
    write(field, group(field.dataset.count.split('.').reduce((at, name) => at[name], progress)));
  }
  parts(progress);
  figures(progress);
  events(progress.events ?? []);
  if (isNew) status(progress);
  reason(progress);
  visible(progress);
  last = progress;
}

function parts(progress) {
  const onTheWay = progress.sent - progress.delivered - progress.undelivered;
  const rects = [...element('bar').querySelectorAll('[data-part]')];
  const people = (key) => (key === 'sent' ? onTheWay : progress[key]);
  const widths = rects.map(({ dataset }) => {
    const count = people(dataset.part);
    return count ? Math.max(NARROWEST, (BAR * count) / progress.total) : 0;
  });
  const sum = widths.reduce((all, width) => all + width, 0) || 1;
  let x = 0;
  rects.forEach((rect, place) => {
    const width = (widths[place] * BAR) / sum;
    rect.setAttribute('x', x);
    rect.setAttribute('width', width);
    x += width;
  });
  for (const row of element('legend').children) {
    const key = row.dataset.legend;
    row.classList.toggle('none', people(key) === 0);
    write(row.querySelector('[data-people]'), group(people(key)));
    write(row.querySelector('[data-share]'), percent(people(key), progress.total));
  }
  for (const row of document.querySelectorAll('[data-channel]')) {
    row.classList.toggle('none', progress.channels[row.dataset.channel].total === 0);
  }
}

function figures(progress) {
  const decided = progress.total - progress.pending - progress.sending;
  const share = percent(decided, progress.total);
  write(element('share'), share);
  write(element('decided'), group(decided));
  write(element('actual'), rate(progress.actual_tps));
  write(element('effective'), rate(progress.effective_tps));
  write(element('tps-was'), rate(progress.tps));
  const left = progress.eta_seconds;
  write(element('left'), left === null ? '–' : duration(left));
  // To the minute: a clock that trembles by seconds says nothing.
  const end = new Date(Math.round((Date.now() + left * 1000) / 60_000) * 60_000);
  element('until').replaceChildren(...(left !== null && progress.status === 'running' ? ['about ', time(end.toISOString(), 'clock')] : []));
  moment(element('started'), progress.started_at ?? progress.start_at, progress.started_at ? '' : 'will start ');
  moment(element('finished'), progress.finished_at, '');
  const field = element('tps');
  if (document.activeElement !== field) field.value = rate(progress.tps);
  document.title = ['running', 'paused'].includes(progress.status) ? `${share} · ${title}` : title;
}

function moment(cell, iso, before) {
  const shown = cell.querySelector('time')?.dateTime ?? '';
  const wanted = iso ?? '';
  if (shown && wanted && Date.parse(shown) === Math.floor(Date.parse(wanted) / 1000) * 1000) return;
  if (!wanted) return write(cell, 'not yet');
  cell.replaceChildren(before, time(new Date(Math.floor(Date.parse(wanted) / 1000) * 1000).toISOString()));
}

function events(all) {
  const list = element('events');
  const key = all.map(({ at, what }) => `${at} ${what}`).join('\n');
  if (!all.length || list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(
    ...all.map(({ at, what }) => {
      const item = document.createElement('li');
      const text = document.createElement('span');
      text.dir = 'auto';
      text.textContent = what;
      item.append(time(at, 'second'), ' ', text);
      return item;
    }),
  );
}

function status(progress) {
  const badge = element('state');
  badge.className = `state ${progress.status}`;
  write(badge, names[progress.status]);
  // Those who listen are told what changed, and not what was so from the start.
  if (last) write(element('said'), `Campaign ${progress.status}`);
}

function reason(progress) {
  const line = element('reason');
  line.hidden = !progress.status_reason;
  line.className = `notice ${progress.status}`;
  write(line, spoken(progress.status_reason ?? ''));
}

// What can be done depends on what the campaign does, and on whether anybody is there to do it for.
function visible(progress) {
  for (const part of document.querySelectorAll('[data-when]')) {
    part.hidden = !part.dataset.when.split(' ').includes(progress.status);
  }
  for (const part of document.querySelectorAll('[data-if]')) {
    part.hidden = !part.dataset.if.split(' ').some((state) => progress[state] > 0);
  }
}
