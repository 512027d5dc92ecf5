// Applies changes of quantity, and the buttons of the cart, without loading the page anew.
{
  let running;

  const send = async (form, name, value) => {
    running?.abort();
    const { signal } = (running = new AbortController());
    const body = new URLSearchParams(new FormData(form));
    body.set(name, value);
    try {
      const { page } = await Souk.load(form.action, { method: "POST", body, signal });
      if (!Souk.swap("main", page)) location.assign("/cart");
      document.querySelector("main [autofocus]")?.focus();
      document.dispatchEvent(new Event("cart-changed"));
    } catch {
      if (!signal.aborted) location.assign("/cart");
    }
  };

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-cart]");
    if (form && target.type === "number" && target.checkValidity()) send(form, "update", "1");
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-cart]")) return;
    event.preventDefault();
    // Enter in the coupon field presses the form's first button.
    if (document.activeElement?.name === "coupon") send(event.target, "apply_coupon", "1");
    else send(event.target, event.submitter?.name ?? "update", event.submitter?.value ?? "1");
  }, true);
}
