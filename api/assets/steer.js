// Sends a page's forms without leaving the page. What goes wrong is said in place.

export function steer(done) {
  const problem = document.getElementById('problem');

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!('steer' in form.dataset)) return;
    event.preventDefault();
    const buttons = form.querySelectorAll('button');
    // No second click while the first is under way.
    if (form.dataset.busy) return;
    form.dataset.busy = 'yes';
    buttons.forEach((button) => (button.disabled = true));
    problem.hidden = true;
    try {
      const response = await fetch(form.action, {
        method: 'POST',
        body: new URLSearchParams(new FormData(form)),
        headers: { accept: 'application/json' },
        redirect: 'manual',
      });
      if (response.status === 401) return location.reload();
      // Done is answered with a redirect, which is not followed here.
      if (response.type !== 'opaqueredirect' && !response.ok) throw new Error(await words(response));
      form.closest('[popover]')?.hidePopover();
    } catch (error) {
      form.closest('[popover]')?.hidePopover();
      problem.textContent = error instanceof TypeError ? 'The server cannot be reached; nothing was changed.' : error.message;
      problem.hidden = false;
    } finally {
      delete form.dataset.busy;
      buttons.forEach((button) => (button.disabled = false));
      done();
    }
  });
}

async function words(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail ?? `The server answered with status ${response.status}.`;
}
