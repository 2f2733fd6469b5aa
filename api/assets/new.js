// The form for a new campaign: look at the list first, and send it only then. The file is read from the disk twice, and
// never kept in memory.

import { bytes, duration, group, localise, moment, rate } from './words.js';

const element = (name) => document.getElementById(name);
const main = element('main');
const form = element('campaign');
const input = element('file');
const report = () => element('report');
const start = element('start_at');
let file = null;
let upload = null;
let isSent = false;

// Made with the page: the same list that is sent twice by it is one campaign.
const key = main.dataset.key;

for (const part of document.querySelectorAll('.script-only')) part.hidden = false;
// Browsers ask for a date and a time in the viewer's own zone; the server is told the moment.
start.type = 'datetime-local';
start.removeAttribute('placeholder');

input.addEventListener('change', () => choose(input.files[0]));
form.addEventListener('input', (event) => event.target !== input && forget());
element('stop').addEventListener('click', () => upload?.abort());

const drop = element('drop');
for (const kind of ['dragenter', 'dragover']) drop.addEventListener(kind, (event) => over(event, true));
for (const kind of ['dragleave', 'drop']) drop.addEventListener(kind, (event) => over(event, false));
drop.addEventListener('drop', (event) => event.dataTransfer.files[0] && choose(event.dataTransfer.files[0]));
// A file that misses its place shall not replace the page.
for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => event.preventDefault());

element('sample')?.addEventListener('click', async () => {
  const response = await fetch('/sample').catch(() => null);
  if (!response?.ok) return say('The sample cannot be had', 'The server did not answer.');
  choose(new File([await response.blob()], 'Sample campaign.json', { type: 'application/json' }));
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (file && !upload) check();
});

addEventListener('beforeunload', (event) => upload && event.preventDefault());
// Browsers keep a page that was left, and what it sends would go on to its end.
addEventListener('pagehide', () => upload?.abort());
// Going back to a page that has sent starts anew, with another key.
addEventListener('pageshow', (event) => event.persisted && isSent && location.reload());

function over(event, isOver) {
  event.preventDefault();
  drop.classList.toggle('over', isOver);
}

function choose(chosen) {
  if (!chosen) return;
  file = chosen;
  forget();
  // What was dropped or is the sample stands in no field of the form.
  input.required = false;
  const line = element('chosen');
  line.textContent = `${file.name}, ${bytes(file.size)}`;
  line.hidden = false;
  const name = form.elements.name;
  if (!name.value) name.value = file.name.replace(/(\.(csv|tsv|txt|ndjson|jsonl|json|gz))+$/i, '').replace(/[_-]+/g, ' ');
}

// A report about another list, or other wishes, is worth nothing.
function forget() {
  report().hidden = true;
  report().replaceChildren();
}

function body() {
  const data = new FormData();
  data.append('name', form.elements.name.value);
  data.append('tps', form.elements.tps.value);
  data.append('dry_run', form.elements.dry_run.checked ? 'true' : 'false');
  if (start.value) data.append('start_at', new Date(start.value).toISOString());
  // Last: the server reads the file as it comes, and has to know the rest by then.
  data.append('list', file, file.name);
  return data;
}

async function check() {
  const answer = await post('/campaigns/preflight', { accept: 'text/html' }, 'Checking');
  if (!answer) return;
  const page = new DOMParser().parseFromString(answer.responseText, 'text/html').getElementById('report');
  if (!page) return say('The list could not be checked', `The server answered with status ${answer.status}.`);
  localise(page);
  page.querySelector('.actions > a')?.parentElement.remove();
  report().replaceWith(page);
  const send = element('send');
  if (send) {
    send.hidden = false;
    send.textContent = promise(page.dataset);
    send.addEventListener('click', () => upload || submit());
  }
  page.tabIndex = -1;
  page.focus({ preventScroll: true });
  page.scrollIntoView({ block: 'start', behavior: 'smooth' });
}

// What the button will do.
function promise({ messages, until }) {
  const people = `${group(Number(messages))} ${messages === '1' ? 'message' : 'messages'}`;
  const pace = `at ${rate(Number(form.elements.tps.value))} a second`;
  const isDry = form.elements.dry_run.checked;
  const end = moment(new Date(until), 'clock');
  if (start.value && new Date(start.value) > new Date()) {
    const begin = moment(new Date(start.value), 'clock');
    return `Schedule ${people}${isDry ? ' as a dry run' : ''} for ${begin}, ${pace}, until about ${end}`;
  }
  return `${isDry ? 'Dry run: go through' : 'Send'} ${people} ${pace}, until about ${end}`;
}

async function submit() {
  const answer = await post('/api/send-campaign', { accept: 'application/json', 'idempotency-key': key }, 'Sending the list');
  if (!answer) return;
  const content = json(answer.responseText);
  if (answer.status === 202 && content.campaign_id) {
    isSent = true;
    // In place of the form: the back button shall not lead to a button that sends.
    return location.replace(`/campaigns/${content.campaign_id}`);
  }
  if (content.type === '/problems/idempotency-conflict') {
    return say('This page has sent a campaign already', 'Look at the list of campaigns. To send another one, open a new page.');
  }
  say(content.title ?? 'The campaign was not taken', content.detail ?? `The server answered with status ${answer.status}.`, content.errors);
}

function json(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// Posts the form, and shows how far it is. Answers nothing where it broke off: that is said in place.
function post(url, headers, what) {
  const box = element('sending');
  const line = element('sending-text');
  const bar = element('sent-bytes');
  const buttons = document.querySelectorAll('#check, #send');
  return new Promise((resolve) => {
    const request = (upload = new XMLHttpRequest());
    const began = Date.now();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      bar.value = lengthComputable ? loaded / total : 0;
      const left = ((Date.now() - began) / 1000 / loaded) * (total - loaded);
      line.textContent =
        loaded < total
          ? `${what}: ${bytes(loaded)} of ${bytes(total)}${left > 2 ? `, ${duration(left)} left` : ''}`
          : `${what}: all is sent, and the server reads the rest of it`;
    };
    const end = (answer) => {
      upload = null;
      box.hidden = true;
      buttons.forEach((button) => (button.disabled = false));
      resolve(answer);
    };
    request.onload = () => (request.status === 401 ? location.reload() : end(request));
    request.onabort = () => (say('Stopped', 'The upload was stopped; nothing was sent.'), end(null));
    // A file that changed or vanished since it was chosen ends here too.
    request.onerror = () => (say('The upload broke off', broken(url)), end(null));
    buttons.forEach((button) => (button.disabled = true));
    bar.value = 0;
    line.textContent = `${what}…`;
    box.hidden = false;
    request.send(body());
  });
}

function broken(url) {
  const cause = 'The connection was lost, or the file has changed since it was chosen.';
  return url.startsWith('/api/')
    ? `${cause} Press the button again: the same list is one campaign, however often it is sent from this page.`
    : `${cause} Nothing was sent; check the list again.`;
}

// Says what went wrong, below the report so that its button can be pressed again.
function say(heading, detail, errors = []) {
  const box = document.createElement('div');
  box.className = 'card verdict bad';
  box.setAttribute('role', 'alert');
  const head = document.createElement('h2');
  head.textContent = heading;
  const text = document.createElement('p');
  text.textContent = detail;
  box.append(head, text);
  if (errors.length > 1) {
    const list = document.createElement('ul');
    list.className = 'faults';
    list.append(...errors.map(({ line, detail: what }) => Object.assign(document.createElement('li'), { textContent: `line ${line}: ${what}` })));
    box.append(list);
  }
  report().querySelector(':scope > [role=alert]')?.remove();
  report().prepend(box);
  report().hidden = false;
  report().classList.add('report');
}
