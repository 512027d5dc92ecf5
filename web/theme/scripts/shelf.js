// What was looked at last, which only this browser knows; and the wish list without leaving the page.
{
  const KEY = "souk-recently-viewed";
  const SHOWN = 8;

  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((id) => typeof id === "string");
    } catch {
      return [];
    }
  };

  const here = document.querySelector("[data-product]")?.dataset.product;
  const seen = remembered().filter((id) => id !== here);
  if (here) {
    try {
      localStorage.setItem(KEY, JSON.stringify([here, ...seen].slice(0, SHOWN + 1)));
    } catch {
      // A browser that keeps nothing remembers nothing.
    }
  }

  const section = document.querySelector("[data-recently-viewed]");
  const show = async () => {
    const { ok, page } = await Souk.load(`/recently-viewed?ids=${seen.slice(0, SHOWN)}`);
    if (ok && page.querySelector(".product-card") && Souk.swap("[data-products]", page)) section.hidden = false;
  };
  // It comes last on the page, so it does not hurry.
  if (section && seen.length) (globalThis.requestIdleCallback ?? setTimeout)(() => show().catch(() => {}));

  for (const form of document.querySelectorAll("form[data-wish]")) {
    const text = form.querySelector("[data-wish-text]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(15000) });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.detail);
        form.replaceWith(Souk.make("p", { class: "small wish" }, "On your ", Souk.make("a", { href: "/wish-list" }, "wish list")));
        Souk.say("It is on your wish list");
      } catch (error) {
        text.textContent = error.message || "This did not work. Try again.";
      }
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}
