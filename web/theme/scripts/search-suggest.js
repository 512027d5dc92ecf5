// Suggestions under the search box: the ARIA combobox pattern.
for (const form of document.querySelectorAll("form[data-suggest]")) {
  const input = form.querySelector("input");
  const list = Souk.make("div", { class: "suggest", id: "suggest", role: "listbox", "aria-label": "Suggestions", hidden: "" });
  const seen = new Map();
  let wanted;
  let timer;

  form.append(list);
  input.role = "combobox";
  input.ariaAutoComplete = "list";
  input.setAttribute("aria-controls", list.id);

  const options = () => [...list.children];
  const current = () => options().findIndex((option) => option.ariaSelected === "true");

  const open = (yes) => {
    list.hidden = !yes;
    input.ariaExpanded = String(yes);
    input.removeAttribute("aria-activedescendant");
  };

  const select = (index) => {
    options().forEach((option, at) => (option.ariaSelected = String(at === index)));
    const chosen = options()[index];
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const option = ({ text, title, url, price, image }, index) => {
    const element = Souk.make("div", { role: "option", id: `suggest-${index}`, "aria-selected": "false", "data-url": url }, Souk.make("span", {}, text ?? title));
    if (image) element.prepend(Souk.make("img", { src: image, alt: "" }));
    if (price) element.append(Souk.make("span", { class: "muted small" }, price));
    return element;
  };

  const ask = async () => {
    const query = (wanted = input.value.trim());
    if (query.length < 2) return open(false);
    try {
      if (!seen.has(query)) {
        const response = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(query)}`, { signal: AbortSignal.timeout(4000) });
        if (!response.ok) return open(false);
        seen.set(query, await response.json());
      }
      // An answer that comes late must not replace a newer one.
      if (query !== wanted || document.activeElement !== input) return;
      const { suggestions = [], products = [] } = seen.get(query);
      list.replaceChildren(...[...suggestions.slice(0, 5), ...products.slice(0, 4)].map(option));
      open(list.childElementCount > 0);
    } catch {
      open(false);
    }
  };

  const go = (chosen) => chosen && location.assign(chosen.dataset.url);

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });

  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (list.hidden ? !step : !step && event.key !== "Escape" && !(event.key === "Enter" && current() >= 0)) return;
    event.preventDefault();
    if (event.key === "Escape") return open(false);
    if (event.key === "Enter") return go(options()[current()]);
    if (list.hidden) return ask();
    // One place more than there are options: the input itself.
    const places = options().length + 1;
    select((current() + 1 + step + places) % places - 1);
  });

  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  input.addEventListener("blur", () => open(false));
  open(false);
}
