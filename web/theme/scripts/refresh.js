// An element with data-refresh="url" is fetched again and again until it comes without the attribute: every two
// seconds, or data-every="seconds".
{
  const pause = () => 1000 * (document.querySelector("[data-refresh]")?.dataset.every ?? 2);
  let wait = pause();

  const turn = async () => {
    const element = document.querySelector("[data-refresh]");
    if (!element) return;
    if (!document.hidden) {
      const { ok, page } = await Souk.load(element.dataset.refresh).catch(() => ({}));
      wait = ok && Souk.swap(`#${element.id}`, page) ? pause() : Math.min(wait * 2, 30000);
    }
    setTimeout(turn, wait);
  };

  setTimeout(turn, wait);
}
