// Rows: the one that is looked at, those that are chosen, and the text beside them. A row that was decided stays where it is.
import { elements, post, say, send } from "./send.js";

const TEXTS_KEPT = 60;
const texts = new Map();

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector('[data-row][aria-current="true"]') ?? rows()[0];
const isWide = () => matchMedia("(min-width: 75rem)").matches;

export const acts = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => open(current()),
  original: () => follow(current()?.dataset.link),
  articles: () => follow(current()?.querySelector("[data-articles]")?.href, true),
  select: () => toggle(current()),
  select_all: () => selectAll(),
  pick: () => press("pick"),
  hold: () => press("hold"),
  dismiss: () => press("dismiss"),
  suggest: () => press("suggest"),
  seen: () => press("seen"),
  dismiss_because: () => ask("dismiss"),
  note: () => ask("note"),
  topics: () => ask("topics"),
  same_as: () => ask("merge"),
  undo: () => click("undo"),
  redo: () => click("redo"),
  ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`pick_${n + 1}`, () => press(`pick_${n + 1}`)])),
};

export function begin() {
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) look(row);
  });
  document.addEventListener("click", (event) => {
    const title = event.target.closest("[data-row] .headline a");
    if (!title?.closest("[data-text]") || event.ctrlKey || event.metaKey || event.shiftKey || !isWide()) return;
    event.preventDefault();
    title.focus();
  });
  if (current()) look(current());
  countChosen();
}

/** Shows at once what `form` is about to do: its row bears the act, and the next row is looked at. */
export function before(form, button) {
  const row = button?.closest("[data-row]");
  if (!row || !button.dataset.act) return;
  row.dataset.pending = button.dataset.act;
  if (row === current() && button.dataset.goes !== "no") step(1, true);
}

function step(by, quiet = false) {
  const all = rows();
  const at = all.indexOf(current());
  const next = all[at + by];
  if (next) focus(next);
  else if (!quiet) say(by > 0 ? "That is the last row." : "That is the first row.");
}

function focus(row) {
  row.querySelector(".headline a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function look(row) {
  for (const other of document.querySelectorAll('[data-row][aria-current="true"]')) {
    if (other !== row) other.removeAttribute("aria-current");
  }
  row.setAttribute("aria-current", "true");
  if (isWide()) show(row);
}

async function show(row) {
  const place = document.getElementById("text");
  if (!place || place.dataset.shows === row.id) return;
  place.dataset.shows = row.id;
  const text = await fetchText(row);
  if (place.dataset.shows === row.id && text) place.replaceChildren(text.cloneNode(true));
  if (place.dataset.shows === row.id) place.scrollTop = 0;
  const next = rows()[rows().indexOf(row) + 1];
  if (next) fetchText(next);
}

async function fetchText(row) {
  const address = row.dataset.text;
  if (!address) return undefined;
  if (!texts.has(address)) {
    if (texts.size >= TEXTS_KEPT) texts.delete(texts.keys().next().value);
    texts.set(address, load(address));
  }
  const text = await texts.get(address);
  if (!text) texts.delete(address);
  return text;
}

async function load(address) {
  const answer = await fetch(address, { headers: { "X-Parts": "1" } }).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const part = elements(await answer.text()).querySelector("template");
  return part ? document.adoptNode(part.content) : undefined;
}

function open(row) {
  if (!row) return false;
  if (!isWide()) return follow(row.querySelector(".headline a")?.href, true);
  const whole = document.getElementById("text")?.querySelector("[data-whole]");
  return follow((whole ?? row.querySelector(".headline a"))?.href, true);
}

function follow(address, here = false) {
  if (!address) return false;
  if (here) location.assign(address);
  else window.open(address, "_blank", "noopener");
}

function chosen() {
  return [...document.querySelectorAll("[data-row] input[name=id]:checked")];
}

/** Does `act` to all that are chosen, else to the row that is looked at. */
function press(act) {
  const row = current();
  const button = chosen().length > 0 ? document.querySelector(`[data-all="${act}"]`) : row?.querySelector(`[data-act="${act}"]`);
  if (button) return button.form.requestSubmit(button);
  const { acts } = document.body.dataset;
  if (!row?.dataset.id || !acts || chosen().length > 0) return false;
  row.dataset.pending = act;
  post(acts, new URLSearchParams({ one: `${act} ${row.dataset.id}` }).toString());
  step(1, true);
}

function toggle(row) {
  const box = row?.querySelector("input[name=id]");
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function selectAll() {
  const boxes = rows().map((row) => row.querySelector("input[name=id]")).filter(Boolean);
  const all = !boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = all;
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  say(all ? `${boxes.length} chosen` : "none chosen");
}

function ask(what) {
  const row = current();
  const dialog = document.getElementById(`ask-${what}`);
  if (!row?.dataset.id || !dialog) return false;
  dialog.querySelector("[name=one]").value = `${what} ${row.dataset.id}`;
  dialog.querySelector("[data-about]").textContent = row.querySelector(".headline")?.textContent ?? "";
  dialog.showModal();
}

function click(id) {
  const button = document.getElementById(id);
  if (!button) return say(id === "undo" ? "There is nothing to undo." : "There is nothing to do again.");
  if (button.form.matches("[data-send]")) send(button.form, button);
  else button.click();
}

function countChosen() {
  const count = chosen().length;
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = String(count);
  for (const bar of document.querySelectorAll("[data-bulk]")) bar.hidden = count === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-row] input[name=id]")) countChosen();
});

document.addEventListener("docent:put", () => {
  const row = current();
  if (row && !row.hasAttribute("aria-current")) look(row);
  countChosen();
});
