// The cart's badge comes from a cookie, so that pages can be cached for everybody.
{
  // Read out as "Cart, 2 items".
  const unseen = (text) => Souk.make("span", { class: "visually-hidden" }, text);

  const show = () => {
    const count = Number(document.cookie.match(/(?:^|;\s*)souk_cart_count=(\d+)/)?.[1] ?? 0);
    for (const badge of document.querySelectorAll("[data-cart-count]")) {
      badge.hidden = count === 0;
      badge.replaceChildren(unseen(", "), count > 99 ? "99+" : String(count), unseen(count === 1 ? " item" : " items"));
    }
  };

  show();
  addEventListener("pageshow", show);
  document.addEventListener("cart-changed", show);
}
