// What only scripts can do in the console: choose a whole page, and print. Elements with data-live are for that.
{
  document.querySelectorAll("[data-live]").forEach((element) => (element.hidden = false));

  document.addEventListener("change", ({ target }) => {
    const name = target.dataset.choose;
    if (!name) return;
    const boxes = [...target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
    boxes.forEach((box) => (box.checked = target.checked));
    Souk.say(target.checked ? `${boxes.length} chosen` : "None chosen");
  });

  document.addEventListener("click", ({ target }) => target.closest("[data-print]") && print());
}
