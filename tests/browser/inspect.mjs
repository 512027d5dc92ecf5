// What holds for every page: people with impairments can use it, it fits all screens, and it is kept as a picture.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARTIFACTS = fileURLToPath(new URL("artifacts/", import.meta.url));
const GRAVE = ["serious", "critical"];
const WIDTHS = [360, 768, 1440];

/** Inspects the page as it is shown now, and leaves pictures of it under this name; `dark`: in dark colours as well. */
export async function inspect(page, name, { dark = false } = {}) {
  const size = page.viewportSize();
  await everyPictureLoaded(page);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 700 ? 780 : 1000 });
    await assertFits(page, name, width);
    if (width === 768) continue;
    await assertAccessible(page, `${name} at ${width} px`);
    await keep(page, `${name}-${width}`);
  }
  if (dark) {
    await page.emulateMedia({ colorScheme: "dark" });
    try {
      await assertAccessible(page, `${name} in dark colours`);
      await keep(page, `${name}-1440-dark`);
    } finally {
      await page.emulateMedia({ colorScheme: "light" });
    }
  }
  await page.setViewportSize(size);
}

/** The same for browsers without scripts, in which axe cannot run either. */
export async function inspectPlain(page, name) {
  const size = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 700 ? 780 : 1000 });
    await assertFits(page, name, width);
    if (width !== 768) await keep(page, `${name}-${width}`);
  }
  await page.setViewportSize(size);
}

/** Fails when axe finds something serious or critical. */
export async function assertAccessible(page, name) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    const told = ({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`;
    return found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(told) }));
  });
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
  assert.deepEqual(grave, [], `axe on ${name}`);
}

async function assertFits(page, name, width) {
  const { shown, wide, beyond } = await page.evaluate(() => {
    const reach = (element) => element.getBoundingClientRect().right;
    const told = (element) => `${element.localName}.${element.getAttribute("class")} to ${reach(element)} px`;
    const beyond = [...document.body.querySelectorAll("*")].filter((element) => reach(element) > innerWidth).map(told);
    return { shown: innerWidth, wide: document.scrollingElement.scrollWidth, beyond };
  });
  assert.equal(shown, width);
  assert.ok(wide <= width, `${name} is ${wide} px wide on a screen of ${width} px:\n${beyond.join("\n")}`);
}

// Pictures further down load when one scrolls to them: a full picture of the page needs them now.
async function everyPictureLoaded(page) {
  await page.evaluate(() => Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.complete || new Promise((done) => (image.onload = image.onerror = done));
  })));
  const broken = await page.evaluate(() => [...document.images].filter((image) => image.naturalWidth === 0).map((image) => image.src));
  assert.deepEqual(broken, [], "pictures that do not load");
}

async function keep(page, name) {
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true, animations: "disabled" });
}
