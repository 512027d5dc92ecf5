// The service worker: shows the page for the offline, and answers styles and scripts from memory. What the shop says to a
// visitor is never kept. KEPT and CACHE are put in front when it is served.
const isOurs = ({ method, url }) => method === "GET" && new URL(url).origin === location.origin;
const isAsset = ({ url }) => new URL(url).pathname.startsWith("/assets/");
const isConsole = ({ url }) => /^\/admin(\/|$)/.test(new URL(url).pathname);

const tidy = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("souk-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The page is asked for while the worker starts.
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
};

const visit = async (event) => {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const page = await caches.match("/offline");
    if (!page) throw error;
    return page;
  }
};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!isOurs(request) || isConsole(request)) return;
  if (request.mode === "navigate") event.respondWith(visit(event));
  else if (isAsset(request)) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});
