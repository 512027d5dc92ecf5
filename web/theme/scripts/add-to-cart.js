// Puts a product in the cart without leaving its page.
for (const form of document.querySelectorAll("form[data-add-to-cart]")) {
  const button = form.querySelector("[data-buy]");
  const message = form.querySelector("[data-added]");
  const say = (fault, ...content) => {
    message.classList.toggle("bad-text", fault);
    message.replaceChildren(...content);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    say(false);
    try {
      const body = new URLSearchParams(new FormData(form));
      const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body, signal: AbortSignal.timeout(15000) });
      if (!response.headers.get("content-type")?.includes("json")) return location.assign("/cart");
      const answer = await response.json();
      if (response.ok) say(false, `${answer.text}. `, Souk.make("a", { href: "/cart" }, "Go to the cart"));
      else say(true, Object.values(answer.errors ?? {}).join(" ") || answer.detail || "This did not work. Try again.");
      document.dispatchEvent(new Event("cart-changed"));
    } catch {
      say(true, "The shop cannot be reached. Look into your cart, then try again.");
    } finally {
      button.ariaBusy = null;
    }
  });
}
