// Puts a product in the cart without leaving its page, or the list that it is in.
{
  const OFFLINE = "The shop cannot be reached. Look into your cart, then try again.";

  // Answers what to say; `undefined` when the cart page is to say it.
  const put = async (body) => {
    try {
      const response = await fetch("/cart/lines", { method: "POST", headers: { Accept: "application/json" }, body, signal: AbortSignal.timeout(15000) });
      if (!response.headers.get("content-type")?.includes("json")) return location.assign("/cart");
      const answer = await response.json();
      document.dispatchEvent(new Event("cart-changed"));
      if (response.ok) return { text: `${answer.text}. ` };
      return { fault: true, text: Object.values(answer.errors ?? {}).join(" ") || answer.detail || "This did not work. Try again." };
    } catch {
      return { fault: true, text: OFFLINE };
    }
  };

  // Shows what is in the cart now, beside the page. What the page says by itself is enough where this fails.
  const showDrawer = async () => {
    let drawer = document.getElementById("cart-drawer");
    if (!HTMLElement.prototype.showPopover) return;
    if (!drawer) {
      drawer = Souk.make("aside", { id: "cart-drawer", class: "drawer cart-drawer", popover: "", "aria-labelledby": "cart-drawer-title" }, Souk.make("div", { "data-drawer-body": "" }));
      document.body.append(drawer);
    }
    const { ok, page } = await Souk.load("/cart/drawer");
    if (!ok || !Souk.swap("[data-drawer-body]", page)) return;
    drawer.showPopover();
    drawer.querySelector("a.button")?.focus({ preventScroll: true });
  };

  for (const form of document.querySelectorAll("form[data-add-to-cart]")) {
    const button = form.querySelector("[data-buy]");
    const message = form.querySelector("[data-added]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.ariaBusy) return;
      button.ariaBusy = "true";
      message.replaceChildren();
      const said = await put(new URLSearchParams(new FormData(form)));
      button.ariaBusy = null;
      message.classList.toggle("bad-text", Boolean(said?.fault));
      if (said) message.replaceChildren(said.text, said.fault ? "" : Souk.make("a", { href: "/cart" }, "Go to the cart"));
      if (said && !said.fault) showDrawer().catch(() => {});
    });
  }

  // The button of a card says for a moment what became of it.
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!event.target.matches("[data-quick-add]") || !button) return;
    event.preventDefault();
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    const said = await put(new URLSearchParams({ variant: button.value, quantity: 1 }));
    button.ariaBusy = null;
    if (!said) return;
    Souk.say(said.text);
    const before = [...button.childNodes];
    button.replaceChildren(said.fault ? "Not added" : "In your cart");
    button.title = said.text;
    setTimeout(() => button.replaceChildren(...before), 2500);
    if (!said.fault) showDrawer().catch(() => {});
  });
}
