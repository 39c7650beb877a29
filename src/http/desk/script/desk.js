// What every page of the desk does with script. Without it each of these pages works all the same, by forms and links.
import { listen } from "./keys.js";
import { flush, send } from "./send.js";
import * as list from "./list.js";
import * as look from "./look.js";
import * as order from "./order.js";
import * as edit from "./edit.js";
import * as live from "./live.js";
import * as search from "./search.js";
import * as wait from "./wait.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-send]") || form.method !== "post") return;
  event.preventDefault();
  list.before(form, event.submitter);
  send(form, event.submitter);
});

for (const part of [list, order, edit, live, look, search, wait]) part.begin?.();
listen({ ...list.acts, ...order.acts, ...search.acts, ...live.acts });
flush();
