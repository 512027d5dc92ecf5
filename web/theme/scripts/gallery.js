// Thumbnails move the row of pictures, and follow it.
for (const gallery of document.querySelectorAll("[data-gallery]")) {
  const row = gallery.querySelector(".gallery-main");
  const thumbs = [...gallery.querySelectorAll(".gallery-thumbs a")];
  const show = (id) => row?.scrollTo({ left: document.getElementById(id).offsetLeft - row.offsetLeft });

  row?.addEventListener("scroll", () => {
    const shown = row.children[Math.round(row.scrollLeft / row.clientWidth)];
    Souk.mark(thumbs, thumbs.find((thumb) => thumb.hash === `#${shown?.id}`));
  }, { passive: true });

  gallery.addEventListener("click", (event) => {
    const thumb = event.target.closest(".gallery-thumbs a");
    if (!thumb) return;
    event.preventDefault();
    show(thumb.hash.slice(1));
  });

  gallery.addEventListener("show-picture", (event) => show(`picture-${event.detail}`));
}
