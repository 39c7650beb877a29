// Saves a form when one of its fields is left and was changed; counts words; brings back the original.
import { send } from "./send.js";

export function begin() {
  document.addEventListener("input", (event) => count(event.target));
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-save]") && form.reportValidity()) send(form);
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

function count(field) {
  const place = field.dataset?.words && document.getElementById(field.dataset.words);
  if (!place) return;
  const words = field.value.trim().split(/\s+/u).filter(Boolean).length;
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
