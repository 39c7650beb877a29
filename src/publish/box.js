(() => {
  let trust = { createHTML: (html) => html };
  try { trust = trustedTypes.createPolicy("docent", trust); } catch {}
  const here = new URL(document.currentScript.src);
  const style = new CSSStyleSheet();
  style.replaceSync(`:host{display:block}h2,h3,p,ol{margin:0;padding:0;font:inherit}ol{list-style:none}
h2{font-weight:700;font-size:1.25em;line-height:1.25;margin-bottom:.6em}h3{font-weight:600;font-size:1.1em;line-height:1.3}
li{padding:.8em 0;border-top:1px solid color-mix(in srgb,currentColor 20%,transparent)}a{color:inherit;text-underline-offset:.15em}
img{max-width:100%;height:auto;margin-top:.5em}h2 a,h3 a{text-decoration:none}a:hover{text-decoration:underline}p{line-height:1.5;margin-top:.35em}.docent-about{font-size:.875em;opacity:.8}`);
  addEventListener("message", ({ data, origin, source }) => {
    const height = Number(data && data.docent);
    if (origin !== here.origin || !(height > 0 && height < 20000)) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow === source) frame.style.height = height + "px";
    }
  });
  customElements.define("docent-box", class extends HTMLElement {
    static observedAttributes = ["list", "count", "pictures"];
    async attributeChangedCallback() {
      const list = this.getAttribute("list");
      if (!list) return;
      const from = new URL(`lists/${encodeURIComponent(list)}/box.html`, here);
      for (const name of ["count", "pictures"]) {
        const value = this.getAttribute(name);
        if (value) from.searchParams.set(name, value);
      }
      this.asked = from.href;
      const answer = await fetch(from, { credentials: "omit" });
      const html = answer.ok && (await answer.text());
      if (!html || this.asked !== from.href) return;
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style];
      root.innerHTML = trust.createHTML(html);
    }
  });
})();
