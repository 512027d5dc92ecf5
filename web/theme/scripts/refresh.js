// An element with data-refresh="url" is fetched again and again until it comes without the attribute.
{
  let wait = 2000;

  const turn = async () => {
    const element = document.querySelector("[data-refresh]");
    if (!element) return;
    if (!document.hidden) {
      const { ok, page } = await Souk.load(element.dataset.refresh).catch(() => ({}));
      wait = ok && Souk.swap(`#${element.id}`, page) ? 2000 : Math.min(wait * 2, 30000);
    }
    setTimeout(turn, wait);
  };

  setTimeout(turn, wait);
}
