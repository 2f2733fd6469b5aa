// The actual rate against the wanted one, over the last ten minutes. `chart.rs` draws the same.

import { rate as inWords, write } from './words.js';

const SECONDS = 600;
const STEP = 5;
const HEIGHT = 100;
// What was sent in a second is known when that is over, and has come here a moment later.
const LATE = 2;

const figure = document.getElementById('chart');
const line = figure?.querySelector('.line');
const area = figure?.querySelector('.area');
const target = figure?.querySelector('.target');
const label = document.getElementById('chart-top');

// By second, for as long as they are shown.
const sent = new Map();

// Takes new seconds; answers the last one that is known, to ask for those after it.
export function note(seconds) {
  for (const { second, sent: count } of seconds) sent.set(second, count);
  return Math.max(0, ...sent.keys());
}

export function draw(tps, now) {
  if (!figure) return;
  // Whole steps alone: a point that was drawn does not move any more.
  const end = Math.floor((now - LATE) / STEP) * STEP;
  for (const second of sent.keys()) if (second < end - SECONDS) sent.delete(second);
  const means = [];
  for (let from = end - SECONDS; from < end; from += STEP) {
    let sum = 0;
    for (let second = from; second < from + STEP; second++) sum += sent.get(second) ?? 0;
    means.push(sum / STEP);
  }
  const top = above(Math.max(tps, ...means));
  const y = (rate) => (HEIGHT - (rate / top) * HEIGHT).toFixed(1);
  const points = means.map((mean, place) => `${place * STEP},${y(mean)}`).join(' ');
  line.setAttribute('points', points);
  area.setAttribute('points', `0,${HEIGHT} ${points} ${SECONDS - STEP},${HEIGHT}`);
  target.setAttribute('y1', y(tps));
  target.setAttribute('y2', y(tps));
  write(label, inWords(top));
}

// A round number above: 1, 2 or 5 times a power of ten.
function above(highest) {
  const power = 10 ** Math.floor(Math.log10(highest * 1.1));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= highest * 1.1);
}
