// Saves a form when one of its fields is left and was changed; counts words; brings back the original.
import { send } from "./send.js";

// In scripts without blanks two characters count as a word, as the server counts them.
const UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\u{20000}-\u{3ffff}]/gu;

export function begin() {
  document.documentElement.classList.add("scripted");
  document.addEventListener("input", (event) => count(event.target));
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-save]") && form.reportValidity()) save(form);
  });
  document.addEventListener("docent:sent", () => {
    for (const form of document.querySelectorAll("form[data-saving]")) {
      const again = form.dataset.saving === "again";
      delete form.dataset.saving;
      if (again) save(form);
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-restore]");
    const field = button && document.getElementById(button.dataset.restore);
    if (!field) return;
    event.preventDefault();
    field.value = field.dataset.original ?? "";
    count(field);
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
  document.addEventListener("click", copy);
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("submit", () => dialog.close());
  }
  for (const field of document.querySelectorAll("[data-words]")) count(field);
}

/** One after the other: what is saved next is made of what was saved before. */
function save(form) {
  if (form.dataset.saving) form.dataset.saving = "again";
  else {
    form.dataset.saving = "yes";
    send(form);
  }
}

function wordsOf(text) {
  const unspaced = text.match(UNSPACED)?.length ?? 0;
  const spaced = text.replace(UNSPACED, " ").split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return spaced.length + Math.ceil(unspaced / 2);
}

function count(field) {
  const place = field.dataset?.words && document.getElementById(field.dataset.words);
  if (!place) return;
  const words = wordsOf(field.value);
  const most = Number(field.dataset.most ?? 0);
  place.textContent = most ? `${words} of ${most} words` : `${words} words`;
  place.classList.toggle("too-many", most > 0 && words > most);
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  const from = button && document.getElementById(button.dataset.copy);
  if (!from) return;
  event.preventDefault();
  await navigator.clipboard.writeText(from.value ?? from.textContent);
  button.textContent = "Copied";
}
