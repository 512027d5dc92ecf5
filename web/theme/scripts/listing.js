// Filters and sorting of a product list apply at once; in the drawer of small screens they wait for its button.
{
  const load = async (form) => {
    const query = new URLSearchParams(new FormData(form));
    const url = `${form.getAttribute("action")}?${query}`;
    form.ariaBusy = "true";
    try {
      const { page } = await Souk.load(url);
      if (!Souk.swap("main", page)) return location.assign(url);
      history.pushState(null, "", url);
      Souk.say(document.querySelector("[data-count]")?.textContent ?? "");
    } catch {
      location.assign(url);
    }
  };

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-listing]");
    if (form && !target.closest(".drawer:popover-open") && target.checkValidity()) load(form);
  });

  // Empty fields stay out of the address.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.matches("[data-listing]")) for (const [name, value] of [...formData]) value || formData.delete(name);
  });

  addEventListener("popstate", () => document.querySelector("[data-listing]") && location.reload());
}
