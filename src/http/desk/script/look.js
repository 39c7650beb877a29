// Previews in frames: as high as what they hold, shown anew when something was saved, and links lead out of them.

const HIGH_PX_MAX = 4000;

const frames = () => document.querySelectorAll("iframe");

export function begin() {
  // A frame's loading does not bubble, and it may have loaded before this script.
  document.addEventListener("load", (event) => event.target.matches?.("iframe") && fit(event.target), true);
  document.addEventListener("docent:put", () => {
    for (const frame of frames()) if (frame.closest(".look")) frame.contentWindow?.location.reload();
  });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-look]");
    if (!tab) return;
    for (const other of tab.parentElement.children) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "true");
  });
  addEventListener("resize", () => frames().forEach(fit));
  frames().forEach(fit);
}

function fit(frame) {
  const page = frame.contentDocument;
  if (!page?.body || page.URL === "about:blank") return;
  for (const link of page.links) link.target = "_blank";
  frame.style.height = "0";
  frame.style.height = `${Math.min(page.documentElement.scrollHeight + 2, HIGH_PX_MAX)}px`;
}
