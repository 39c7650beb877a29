// Sends forms, and puts what comes back where it belongs. What cannot be sent waits its turn, outlives a reload of the page,
// and arrives once: each act carries a key by which the server knows it again.

const KEPT_AS = "docent-waiting";
const WAIT_MILLIS = [500, 1000, 2000, 4000];
const ACTS_WAITING_MAX = 500;

// What this service sends is cleaned by it already; nothing else is ever made into elements.
const ours = window.trustedTypes?.createPolicy("docent", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

const waiting = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? "[]");
let sending = false;

/** Sends `form` as if `button` had been pressed, after whatever waits already. */
export function send(form, button) {
  const fields = new FormData(form, button?.name ? button : undefined);
  const action = button?.formAction && button.hasAttribute("formaction") ? button.formAction : form.action;
  post(action, new URLSearchParams(fields).toString());
}

/** Sends `body`, a form's fields as an address would hold them, to `action`. */
export function post(action, body) {
  if (waiting.length >= ACTS_WAITING_MAX) return say("Too much is waiting to be sent. Nothing more is taken until it is.");
  waiting.push({ key: crypto.randomUUID(), action, body });
  keep();
  flush();
}

/** Sends what waits, one after the other. */
export async function flush() {
  if (sending) return;
  sending = true;
  for (let tries = 0; waiting.length > 0; ) {
    const answer = await deliver(waiting[0]).catch(() => undefined);
    if (!answer || answer.status === 503 || answer.status === 429) {
      tellWaiting();
      await new Promise((done) => setTimeout(done, WAIT_MILLIS[Math.min(tries++, WAIT_MILLIS.length - 1)]));
      continue;
    }
    tries = 0;
    waiting.shift();
    keep();
    tellWaiting(false);
    await take(answer);
    document.dispatchEvent(new Event("docent:sent"));
  }
  sending = false;
}

/** Fetches parts of a page and puts them in their places. */
export async function fetchParts(address) {
  const answer = await fetch(address, { headers: { "X-Parts": "1" } }).catch(() => undefined);
  if (!answer?.ok) return false;
  put(await answer.text());
  return true;
}

/** Says `words` in the page's one live region. */
export function say(words) {
  const said = document.getElementById("said");
  if (said) said.textContent = words;
}

function deliver({ key, action, body }) {
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "X-Parts": "1", "Idempotency-Key": key };
  return fetch(action, { method: "POST", headers, body, redirect: "manual" });
}

async function take(answer) {
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (answer.type === "opaqueredirect") location.reload();
  else if (answer.headers.get("Content-Type")?.startsWith("text/html")) put(await answer.text());
  else if (!answer.ok) say(`That could not be done (${answer.status}). Nothing was lost; load the page again to see what holds.`);
}

/** Each template names the element it stands for; what had the focus keeps it, or what stands in its place. */
export function put(html) {
  const focused = document.activeElement?.id;
  for (const part of elements(html).querySelectorAll("template[data-for]")) {
    const place = document.getElementById(part.dataset.for);
    if (!place) continue;
    const fresh = document.adoptNode(part.content);
    for (const name of ["aria-current"]) carry(place, fresh.firstElementChild, name);
    if (part.dataset.how === "inside") place.replaceChildren(fresh);
    else if (part.dataset.how === "before") place.before(fresh);
    else place.replaceWith(fresh);
  }
  const back = focused && document.getElementById(focused);
  if (back && back !== document.activeElement) back.focus({ preventScroll: true });
  document.dispatchEvent(new Event("docent:put"));
}

/** The elements of `html`, an answer of this service. */
export function elements(html) {
  return new DOMParser().parseFromString(ours.createHTML(html), "text/html");
}

function carry(from, to, name) {
  if (from.hasAttribute(name)) to?.setAttribute(name, from.getAttribute(name));
}

function keep() {
  sessionStorage.setItem(KEPT_AS, JSON.stringify(waiting));
}

function tellWaiting(is = true) {
  const place = document.getElementById("waiting");
  if (!place || place.hidden !== is) return;
  place.hidden = !is;
  place.textContent = is ? "The server does not answer. What you do is kept, and sent as soon as it does." : "";
  if (!is) say("The server answers again; everything was sent.");
}
