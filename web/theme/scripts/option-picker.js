// Changes the variant in place: price, stock, picture and address follow the options.
for (const product of document.querySelectorAll("[data-product]")) {
  const variants = JSON.parse(document.getElementById("variants").textContent);
  const groups = [...product.querySelectorAll("[data-option]")];
  const find = (selector) => product.querySelector(selector);
  const same = (variant, options) => variant.options.filter((label, at) => label === options[at]).length;

  // The variant with this value that keeps most of the other options, rather one that can be bought.
  const nearest = (options, index, value) => {
    const score = (variant) => same(variant, options) + (variant.available ? 0.5 : 0);
    return variants.filter((variant) => variant.options[index] === value).sort((a, b) => score(b) - score(a))[0];
  };

  const showPrice = ({ price, compare_at: before }) => {
    const hidden = (text) => Souk.make("span", { class: "visually-hidden" }, text);
    const line = Souk.make("p", { class: "price price-large" }, Souk.make("span", { class: "price-now" }, before ? hidden("Now ") : "", price.text));
    if (before) line.append(Souk.make("s", {}, hidden("Before "), before.text));
    line.classList.toggle("price-sale", Boolean(before));
    find("[data-price]").replaceChildren(line);
  };

  const showOption = (group, index, variant) => {
    const links = [...group.querySelectorAll("[data-value]")];
    group.querySelector("[data-option-selected]").textContent = variant.options[index];
    Souk.mark(links, links.find((link) => link.dataset.value === variant.options[index]));
    for (const link of links) {
      const wanted = variant.options.with(index, link.dataset.value);
      const out = !variants.find((one) => same(one, wanted) === wanted.length)?.available;
      link.classList.toggle("option-out", out);
      link.querySelector("[data-out]").hidden = !out;
      link.href = `?variant=${encodeURIComponent(nearest(variant.options, index, link.dataset.value)?.sku ?? variant.sku)}`;
    }
  };

  const show = (variant) => {
    showPrice(variant);
    groups.forEach((group, index) => showOption(group, index, variant));
    find("[data-stock]").className = `stock stock-${variant.stock.state}`;
    find("[data-stock-text]").textContent = variant.stock.text;
    find("[data-sku]").textContent = variant.sku;
    find("[name=variant]").value = variant.sku;
    find("[data-buy]").disabled = !variant.available;
    find("[data-buy-text]").textContent = variant.available ? "Add to cart" : "Sold out";
    find("[data-added]").replaceChildren();
    const quantity = find("[name=quantity]");
    quantity.max = Math.max(1, variant.quantity_max);
    quantity.value = Math.min(quantity.value || 1, quantity.max);
    quantity.dispatchEvent(new Event("change", { bubbles: true }));
    if (variant.image !== null) find("[data-gallery]").dispatchEvent(new CustomEvent("show-picture", { detail: variant.image }));
  };

  product.addEventListener("click", (event) => {
    const link = event.target.closest("[data-value]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const now = variants.find(({ sku }) => sku === find("[name=variant]").value);
    const chosen = now && nearest(now.options, groups.indexOf(link.closest("[data-option]")), link.dataset.value);
    if (!chosen) return;
    event.preventDefault();
    history.replaceState(null, "", `?variant=${encodeURIComponent(chosen.sku)}`);
    show(chosen);
  });
}
