// What others do shows without a row moving: counts change in place, rows change in place, arrivals wait to be asked for.
import { fetchParts, say } from "./send.js";

const AGAIN_MILLIS = 3000;
const TOGETHER_MILLIS = 400;

let stream;
let changed = new Set();
let soon;

export const acts = {
  show_arrivals: () => {
    const link = document.querySelector("#arrivals a");
    if (!link) return false;
    link.click();
  },
};

export function begin() {
  const { events, refresh } = document.body.dataset;
  if (!events || !refresh || !("EventSource" in window)) return;
  const open = () => {
    stream?.close();
    stream = new EventSource(events);
    stream.onmessage = (event) => heard(event.data, refresh);
    for (const kind of (document.body.dataset.kinds ?? "").split(" ").filter(Boolean)) {
      stream.addEventListener(kind, (event) => heard(event.data, refresh));
    }
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MILLIS);
    };
  };
  open();
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => event.persisted && open());
}

function heard(data, refresh) {
  const { story } = JSON.parse(data || "{}").data ?? {};
  if (story && document.getElementById(`s-${story}`)) changed.add(story);
  clearTimeout(soon);
  soon = setTimeout(() => ask(refresh), TOGETHER_MILLIS);
}

async function ask(refresh) {
  const address = new URL(refresh, location.href);
  for (const id of changed) address.searchParams.append("row", id);
  changed = new Set();
  if (!(await fetchParts(address))) say("");
}
