// The cart's badge comes from a cookie, so that pages can be cached for everybody.
{
  const show = () => {
    const count = Number(document.cookie.match(/(?:^|;\s*)souk_cart_count=(\d+)/)?.[1] ?? 0);
    for (const badge of document.querySelectorAll("[data-cart-count]")) {
      badge.hidden = count === 0;
      badge.textContent = count > 99 ? "99+" : count;
      badge.closest("a").ariaLabel = count ? `Cart, ${count} ${count === 1 ? "item" : "items"}` : "Cart";
    }
  };

  show();
  addEventListener("pageshow", show);
  document.addEventListener("cart-changed", show);
}
