// How pages put things. `words.rs` says the same on the server.

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const styles = {
  minute: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  second: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
  clock: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
};
const today = {
  second: new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }),
  clock: new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }),
};
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export const group = (number) => numbers.format(number);

export const rate = (number) => String(Number(number.toFixed(number < 10 ? 2 : 1)));

export function duration(seconds) {
  const whole = (unit) => Math.floor(seconds / unit);
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${whole(60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${whole(3600)} h ${whole(60) % 60} min`;
  return `${whole(86400)} d ${whole(3600) % 24} h`;
}

// 100 is only all, and 0 only nobody.
export function percent(part, whole) {
  if (!part || !whole) return '0 %';
  if (part >= whole) return '100 %';
  const hundredths = Math.floor((part * 100) / whole);
  return hundredths === 0 ? '< 1 %' : `${hundredths} %`;
}

export function bytes(number) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let unit = 0;
  while (number >= 1000 && unit < 3) [number, unit] = [number / 1000, unit + 1];
  return `${unit ? number.toFixed(1) : number} ${units[unit]}`;
}

// A time in the viewer's own zone; where only the clock matters, the day is left out if that is today.
export function moment(date, style = 'minute') {
  const isToday = day.format(date) === day.format(new Date());
  return (isToday && today[style] ? today : styles)[style].format(date);
}

// A text in which moments stand as machines write them.
export const spoken = (text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => moment(new Date(iso)));

// Every time below an element in the viewer's zone; hovering tells the exact one.
export function localise(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    time.textContent = moment(new Date(time.dateTime), time.dataset.style);
    time.title = time.dateTime;
  }
}

// Writes a text only where it changed, so that nothing flickers and selections stay.
export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function time(iso, style) {
  const element = document.createElement('time');
  element.dateTime = iso;
  if (style) element.dataset.style = style;
  element.textContent = moment(new Date(iso), style);
  element.title = iso;
  return element;
}
