// A form is sent once: a second press does nothing, and the button shows that it is at work.
{
  const free = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-once]")) return;
    if (form.dataset.busy) return event.preventDefault();
    form.dataset.busy = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    // A stopped navigation tells nobody.
    setTimeout(() => free(form), 15000);
  });

  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(free));
}
