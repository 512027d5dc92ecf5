// Asks before a form that cannot be undone: <form data-confirm="…">.
{
  const { make } = Souk;
  let agreed;

  const ask = (form, button) => {
    const no = make("button", { class: "button button-quiet" }, "Go back");
    const yes = make("button", { class: "button" }, button?.textContent.trim() || "Go on");
    const dialog = make("dialog", { "aria-labelledby": "confirm-text" }, make("p", { id: "confirm-text" }, form.dataset.confirm), make("div", { class: "row row-end dialog-answers" }, no, yes));
    document.body.append(dialog);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      dialog.close();
      agreed = form;
      form.requestSubmit(button);
    });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  };

  // Before the other listeners: a form that waits for an answer is not yet being sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm) return;
    if (agreed === form) return (agreed = undefined);
    event.preventDefault();
    ask(form, event.submitter);
  }, true);
}
