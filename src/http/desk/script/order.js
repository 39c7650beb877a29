// Puts items into an order: by dragging, by keys. The buttons that do the same are forms and need no script.
import { post, say } from "./send.js";

export const acts = {
  move_up: () => move(-1),
  move_down: () => move(1),
};

export function begin() {
  for (const list of document.querySelectorAll("[data-order]")) {
    list.addEventListener("dragstart", (event) => {
      const item = event.target.closest("[data-item]");
      if (!item) return;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.id);
      item.classList.add("dragged");
    });
    list.addEventListener("dragend", () => document.querySelector(".dragged")?.classList.remove("dragged"));
    list.addEventListener("dragover", (event) => {
      const dragged = document.querySelector(".dragged");
      const over = event.target.closest("[data-item]");
      if (!dragged || !over) return;
      event.preventDefault();
      const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
      if (over !== dragged) event.clientY < middle ? over.before(dragged) : over.after(dragged);
    });
    list.addEventListener("drop", (event) => {
      event.preventDefault();
      const dragged = document.querySelector(".dragged");
      if (dragged) tell(list, dragged);
    });
  }
}

function move(by) {
  const item = document.activeElement?.closest("[data-item]");
  const other = by < 0 ? item?.previousElementSibling : item?.nextElementSibling;
  if (!item || !other?.matches("[data-item]")) return false;
  by < 0 ? other.before(item) : other.after(item);
  item.querySelector("a, button")?.focus();
  tell(item.closest("[data-order]"), item);
}

function tell(list, item) {
  const all = [...list.querySelectorAll("[data-item]")];
  const at = all.indexOf(item);
  const where = at === 0 ? { first: "" } : { after: all[at - 1].dataset.item };
  post(item.dataset.move, new URLSearchParams({ ...where, back: item.dataset.back ?? "" }).toString());
  say(`Moved to place ${at + 1} of ${all.length}.`);
}
