// What several modules need: making elements, and putting parts of a fetched page in place of those shown.
{
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const load = async (url, options = {}) => {
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(20000), ...options });
    const text = await response.text();
    return { ok: response.ok, page: new DOMParser().parseFromString(text, "text/html") };
  };

  // The focus stays on the element of the same id, or of the same name and value.
  const swap = (selector, page) => {
    const old = document.querySelector(selector);
    const next = page.querySelector(selector);
    if (!old || !next) return false;
    const active = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(next);
    if (active) {
      const same = [...next.querySelectorAll("a, button, input, select")]
        .find((one) => (active.id ? one.id === active.id : active.name && one.name === active.name && one.value === active.value));
      (same ?? document.getElementById("main"))?.focus({ preventScroll: true });
    }
    return true;
  };

  // Marks one of several as the current one.
  const mark = (elements, chosen) => elements.forEach((one) => (one === chosen ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));

  // For screen readers.
  const say = (text) => (document.getElementById("status").textContent = text);

  // Hides what is only needed without scripts ([data-plain]).
  document.documentElement.classList.add("live");
  globalThis.Souk = { make, load, swap, mark, say };
}
