// Searches while one types, and goes to the field at a key.
import { fetchParts } from "./send.js";

const PAUSE_MILLIS = 120;
let soon;

export const acts = {
  search: () => {
    const field = document.querySelector("input[type=search]");
    if (!field) return location.assign("/desk/search");
    field.focus();
    field.select();
  },
};

export function begin() {
  const form = document.querySelector("form[data-while-typing]");
  form?.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(async () => {
      const address = new URL(form.action);
      address.search = new URLSearchParams(new FormData(form)).toString();
      if (await fetchParts(address)) history.replaceState(null, "", address);
    }, PAUSE_MILLIS);
  });
}
