// Waits for what a worker looks into: asks again until the part of the page no longer says that it waits. Reads files into fields.
import { fetchParts } from "./send.js";

const AGAIN_MILLIS = 600;

export function begin() {
  wait();
  document.addEventListener("docent:put", wait);
  for (const place of document.querySelectorAll("[data-file]")) place.hidden = false;
  document.addEventListener("change", async (event) => {
    const field = document.getElementById(event.target.dataset?.into ?? "");
    const [file] = event.target.files ?? [];
    if (field && file) field.value = await file.text();
  });
}

let soon;

function wait() {
  const address = document.querySelector("[data-wait]")?.dataset.wait;
  clearTimeout(soon);
  if (address) soon = setTimeout(async () => (await fetchParts(address)) || wait(), AGAIN_MILLIS);
}
