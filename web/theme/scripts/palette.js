// Keys of the console: Ctrl+K opens a palette of pages and of what is found; g and a letter goes to a page, / to the
// filter, j and k along a list, ? tells them. Keys without Ctrl can be turned off, for those whose software types them.
{
  const { make, say } = Souk;
  const STORED = "souk-keys";
  const links = [...document.querySelectorAll(".admin-nav li a")];
  const pages = links.map((link) => ({ title: link.dataset.name, url: link.getAttribute("href"), key: link.dataset.key }));
  const enabled = () => {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true;
    }
  };

  const open = (dialog) => {
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  };

  const palette = () => {
    const input = make("input", { class: "input", type: "text", role: "combobox", "aria-label": "Page, order number, email or title", "aria-autocomplete": "list", "aria-expanded": "true", "aria-controls": "palette-list", placeholder: "Go to or find…", autocomplete: "off", maxlength: "200" });
    const list = make("ul", { id: "palette-list", role: "listbox", "aria-label": "Pages and what was found" });
    const dialog = make("dialog", { class: "palette", "aria-label": "Go to or find" }, input, list);
    let wanted = "";
    let found = [];
    let timer;

    const options = () => [...list.children];
    const select = (index) => {
      options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
      const chosen = options()[index];
      if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
      else input.removeAttribute("aria-activedescendant");
      chosen?.scrollIntoView({ block: "nearest" });
    };
    const current = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
    const option = ({ title, detail, url }, index) => make("li", { role: "option", id: `palette-${index}`, "data-url": url }, make("span", {}, title), make("span", { class: "muted small" }, detail ?? ""));

    const draw = () => {
      const words = wanted.toLowerCase();
      const named = pages.filter(({ title }) => title.toLowerCase().includes(words)).map((page) => ({ ...page, detail: enabled() && page.key ? `g ${page.key}` : "Page" }));
      const all = [...named, ...found];
      if (words) all.push({ title: `Find “${wanted}”`, detail: "Everything", url: `/admin/find?q=${encodeURIComponent(wanted)}` });
      list.replaceChildren(...all.map(option));
      select(0);
    };

    const ask = async () => {
      const query = wanted;
      try {
        const response = await fetch(`/admin/find?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000) });
        const groups = response.ok ? await response.json() : [];
        // An answer that comes late must not replace a newer one.
        if (query !== wanted) return;
        found = groups.flatMap(({ items }) => items);
        draw();
        say(`${found.length} found`);
      } catch {
        found = [];
      }
    };

    input.addEventListener("input", () => {
      wanted = input.value.trim();
      found = [];
      draw();
      clearTimeout(timer);
      if (wanted.length > 1) timer = setTimeout(ask, 150);
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const chosen = options()[current()];
      if (step) select((current() + step + options().length) % options().length);
      else if (event.key === "Enter" && chosen) location.assign(chosen.dataset.url);
      else return;
      event.preventDefault();
    });
    list.addEventListener("click", ({ target }) => {
      const chosen = target.closest("[role=option]");
      if (chosen) location.assign(chosen.dataset.url);
    });
    draw();
    open(dialog);
    input.focus();
  };

  const help = () => {
    const row = (keys, text) => make("div", {}, make("dt", {}, ...keys.split(" ").map((key) => make("kbd", {}, key))), make("dd", {}, text));
    const toPages = pages.filter(({ key }) => key).map(({ key, title }) => row(`g ${key}`, title));
    const keys = make("dl", { class: "keys" }, row("Ctrl K", "Go to or find"), row("/", "Filter the list"), row("j k", "Along the list"), ...toPages, row("?", "This"));
    const box = make("input", { type: "checkbox" });
    box.checked = enabled();
    box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
    const close = make("button", { class: "button button-quiet" }, "Close");
    const dialog = open(make("dialog", { "aria-labelledby": "keys-title" }, make("h2", { id: "keys-title" }, "Keys"), keys, make("label", { class: "check small" }, box, "Keys without Ctrl work"), make("div", { class: "row row-end dialog-answers" }, close)));
    close.addEventListener("click", () => dialog.close());
  };

  const along = (step) => {
    const rows = [...document.querySelectorAll("main .row-link th a, main .entries li a.strong")];
    const at = rows.indexOf(document.activeElement);
    rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
  };

  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) palette();
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // The help is also where the others are turned on again.
    if (event.key === "?") return help();
    if (!enabled()) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const page = pages.find(({ key }) => key === event.key);
      if (page) location.assign(page.url);
      return;
    }
    if (event.key === "g") going = Date.now();
    else if (event.key === "j") along(1);
    else if (event.key === "k") along(-1);
    else if (event.key === "/") {
      event.preventDefault();
      document.querySelector("main form[role=search] input, .admin-find input")?.focus();
    }
  });

  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", palette));
  document.querySelectorAll("[data-keys]").forEach((button) => button.addEventListener("click", help));
}
