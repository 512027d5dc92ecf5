// A product's pictures: files may be dropped on their panel, and pictures drawn to another place.
{
  const panel = document.querySelector("[data-pictures]");
  const files = panel?.querySelector("input[type=file]");
  const told = panel?.querySelector("[data-pictures-told]");
  let drawn = null;

  const brings = (event) => event.dataTransfer?.types.includes("Files");
  const size = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;

  const tell = () => {
    told.textContent = [...files.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
    told.hidden = !files.files.length;
  };

  // What was chosen before stays chosen; what is no picture is left out.
  const take = (dropped) => {
    const all = new DataTransfer();
    const pictures = [...dropped].filter((file) => files.accept.split(",").includes(file.type));
    [...files.files, ...pictures].forEach((file) => all.items.add(file));
    files.files = all.files;
    tell();
    const left = dropped.length - pictures.length;
    Souk.say(`${pictures.length} chosen${left ? `, ${left} left out: no JPEG, PNG or WebP` : ""}. Save to add.`);
  };

  const renumber = () => {
    const places = [...panel.querySelectorAll("[data-place]")];
    places.forEach((place, index) => (place.value = index + 1));
    Souk.say("Moved. Save to keep the order.");
  };

  if (panel) {
    files.addEventListener("change", tell);

    // A file that misses the panel would otherwise replace the page, and all that was entered.
    addEventListener("dragover", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      panel.toggleAttribute("data-over", panel.contains(event.target));
    });
    addEventListener("dragleave", (event) => event.relatedTarget || panel.removeAttribute("data-over"));
    addEventListener("drop", (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      panel.removeAttribute("data-over");
      if (panel.contains(event.target)) take(event.dataTransfer.files);
    });

    panel.addEventListener("dragstart", ({ target }) => (drawn = target.closest("[data-picture]")));
    panel.addEventListener("dragover", (event) => {
      const other = event.target.closest("[data-picture]");
      if (!drawn || !other) return;
      event.preventDefault();
      if (other === drawn) return;
      const { left, width } = other.getBoundingClientRect();
      other[event.clientX < left + width / 2 ? "before" : "after"](drawn);
    });
    panel.addEventListener("dragend", () => {
      if (drawn) renumber();
      drawn = null;
    });
  }
}
