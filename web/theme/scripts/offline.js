// Has the browser keep the page for the offline, when it has nothing else to do.
{
  const keep = () => navigator.serviceWorker.register("/sw.js").catch(() => {});
  if ("serviceWorker" in navigator) addEventListener("load", () => setTimeout(keep, 2000));
}
