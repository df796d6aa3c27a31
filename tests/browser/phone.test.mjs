import assert from "node:assert/strict";
import { DESK, PHONE, pageTest, screenshot } from "./harness.mjs";
import { FAST, chooseMachine, pressPower, setSpeed, terminalShows, type } from "./reader.mjs";

const phone = { viewport: PHONE, touch: true };

/** Which pane is in view. */
const inView = (page) =>
  page.evaluate(() => {
    const panes = [...document.querySelectorAll(".pane")];
    return panes.find((pane) => Math.abs(pane.getBoundingClientRect().left) < 20)?.id;
  });

async function comesIntoView(page, pane) {
  for (let tries = 0; tries < 60 && (await inView(page)) !== pane; tries++) await page.waitForTimeout(50);
  assert.equal(await inView(page), pane);
}

pageTest("on a phone, machine and terminal are one swipe apart", phone, async (page) => {
  await chooseMachine(page, "default");
  assert.equal(await inView(page), "pane-machine");
  await setSpeed(page, FAST);
  await pressPower(page);
  await page.getByRole("button", { name: "Terminal", exact: true }).click();
  await comesIntoView(page, "pane-terminal");
  await terminalShows(page, /login:$/);
  await type(page, "root\n");
  await terminalShows(page, /#$/);
  await screenshot(page, "phone-terminal");
  await page.locator(".desk").evaluate((desk) => desk.scrollBy({ left: -desk.clientWidth }));
  await comesIntoView(page, "pane-machine");
  await page.locator(".panes [aria-current=true]").filter({ hasText: "Machine" }).waitFor();
  await screenshot(page, "phone-machine");
});

for (const [name, viewport] of [["phone", PHONE], ["desk", DESK]]) {
  pageTest(`nothing is wider than the window: ${name}`, { viewport, touch: viewport === PHONE }, async (page) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= viewport.width, `${wide} pixels`);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll(".timeline > *, .head > *:not(.skip)")]
        .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
        .map((part) => part.className),
    );
    assert.deepEqual(cut, []);
  });
}

pageTest("as a block in another page: terminal and drawing alone", { viewport: { width: 1000, height: 600 }, path: "?embed" }, async (page) => {
  await page.getByRole("group", { name: /Cross-section/ }).waitFor();
  await page.locator("#terminal").waitFor();
  assert.equal(await page.locator(".head").count(), 0);
});
