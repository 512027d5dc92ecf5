// News of an order come as server-sent events; each one makes the page fetch the timeline anew.
{
  const data = () => document.getElementById("timeline")?.dataset ?? {};
  let timer;

  const listen = () => {
    if (!data().stream) return;
    const source = new EventSource(data().stream);

    const refresh = async () => {
      const { ok, page } = await Souk.load(data().fragment).catch(() => ({}));
      if (ok) Souk.swap("#timeline", page);
      if (!data().stream) source.close();
    };

    source.addEventListener("message", (event) => {
      Souk.say(JSON.parse(event.data).label ?? "");
      // Events that come together cost one fetch.
      clearTimeout(timer);
      timer = setTimeout(refresh, 150);
    });
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && setTimeout(listen, 15000));
  };

  listen();
}
