// Waits for what a worker looks into: asks again until the part of the page no longer says that it waits. Reads files into fields, shows colours.
import { fetchParts } from "./send.js";

const AGAIN_MILLIS = 600;

export function begin() {
  wait();
  document.addEventListener("docent:put", wait);
  for (const place of document.querySelectorAll("[data-file]")) place.hidden = false;
  document.addEventListener("change", async (event) => {
    const field = document.getElementById(event.target.dataset?.into ?? "");
    const paint = document.querySelector(`[data-fill-by="${event.target.id}"]`);
    if (paint && /^#[0-9a-f]{6}$/i.test(event.target.value)) paint.setAttribute("fill", event.target.value);
    const [file] = event.target.files ?? [];
    if (field && file) field.value = await file.text();
  });
}

let soon;

function wait() {
  const place = document.querySelector("[data-wait]");
  clearTimeout(soon);
  if (!place) return;
  const millis = Number(place.dataset.every ?? AGAIN_MILLIS);
  soon = setTimeout(async () => (await fetchParts(place.dataset.wait)) || wait(), millis);
}
