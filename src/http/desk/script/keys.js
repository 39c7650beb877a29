// Keys to acts. Which key does what comes with the page, from one table; an editor can change it, or switch keys off.

const SEQUENCE_MILLIS = 1500;

let begun = "";
let forget;

/** Calls `acts[name]` for the key that the page gives that name; what has no act here may be a link or button of the page. */
export function listen(acts) {
  const keys = JSON.parse(document.body.dataset.keys || "{}");
  if (Object.keys(keys).length === 0) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || takesText(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const typed = begun + event.key;
    const name = keys[typed];
    rest(name ? "" : begins(keys, typed));
    if (!name) return;
    const place = document.querySelector(`[data-key="${name}"]`);
    if (event.key === "Enter" && !event.target.closest("[data-row]") && event.target !== document.body) return;
    const act = acts[name];
    const done = act ? act(event) !== false : false;
    if (!done && !place) return;
    event.preventDefault();
    if (!done) takesText(place) ? place.focus() : place.click();
  });
}

function begins(keys, typed) {
  return Object.keys(keys).some((key) => key.length > typed.length && key.startsWith(typed)) ? typed : "";
}

function rest(typed) {
  begun = typed;
  clearTimeout(forget);
  if (typed) forget = setTimeout(() => (begun = ""), SEQUENCE_MILLIS);
}

function takesText(element) {
  return element.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])") !== null;
}
