// What a reader of the page does and sees, in their own words.

import assert from "node:assert/strict";

/** Everything that the terminal shows, lines without the blanks at their ends. */
export function terminalText(page) {
  return page.evaluate(() => {
    const rows = [...document.querySelectorAll(".xterm-rows > div")];
    return rows.map((row) => row.textContent.replaceAll("\u00a0", " ").trimEnd()).join("\n").trimEnd();
  });
}

/** Waits until the terminal shows what `pattern` describes. */
export async function terminalShows(page, pattern, { timeout = 30_000 } = {}) {
  const end = Date.now() + timeout;
  let text = "";
  while (Date.now() < end) {
    text = await terminalText(page);
    if (pattern.test(text)) return text;
    await page.waitForTimeout(50);
  }
  assert.fail(`the terminal does not show ${pattern} but:\n${text}`);
}

/** Waits until the terminal shows just this: what a machine prints is drawn a moment later. */
export async function terminalIs(page, expected, { timeout = 30_000 } = {}) {
  const end = Date.now() + timeout;
  let text = await terminalText(page);
  while (text !== expected && Date.now() < end) {
    await page.waitForTimeout(50);
    text = await terminalText(page);
  }
  assert.equal(text, expected);
}

export async function chooseLesson(page, path) {
  await page.getByLabel("Lesson", { exact: true }).selectOption(path);
}

export async function chooseMachine(page, name) {
  await page.getByLabel("Lesson", { exact: true }).selectOption("");
  await page.getByLabel("Machine", { exact: true }).selectOption(name);
}

export async function setSpeed(page, speed) {
  await page.getByLabel("Speed").selectOption(speed);
}

export const FAST = "as fast as it goes";

export async function pressPower(page) {
  await page.getByRole("button", { name: /power button/ }).first().click();
}

/** Types into the terminal, key by key. */
export async function type(page, text) {
  await page.locator("#terminal").click();
  await page.keyboard.type(text);
}

/** Boots the machine on the desk up to its login prompt. */
export async function boot(page) {
  await setSpeed(page, FAST);
  await pressPower(page);
  await terminalShows(page, /login:$/);
}

export async function logIn(page, user) {
  await type(page, `${user}\n`);
  await terminalShows(page, user === "root" ? /#$/ : /\$$/);
}

/** Where in time the page is: the event in view, and the newest one. */
export async function position(page) {
  const words = await page.locator(".timeline .where").innerText();
  const [, at, head] = /event ([\d\u2009]+) of ([\d\u2009]+)/.exec(words);
  const number = (digits) => Number(digits.replaceAll("\u2009", ""));
  return { at: number(at), head: number(head) };
}

/** Waits until the page is at the event, and answers the position. */
export async function arrives(page, event) {
  for (let tries = 0; tries < 400; tries++) {
    const now = await position(page);
    if (now.at === event) return now;
    await page.waitForTimeout(25);
  }
  assert.fail(`the page is at ${JSON.stringify(await position(page))}, not at event ${event}`);
}

/** Waits until nothing moves any more: the clock goes on, the events do not. */
export async function settles(page) {
  let before = await position(page);
  for (let tries = 0; tries < 100; tries++) {
    await page.waitForTimeout(150);
    const now = await position(page);
    if (now.head === before.head && now.at === before.at) return now;
    before = now;
  }
  assert.fail("the machine does not come to rest");
}

/** The address, once the session is in it. */
export async function sessionAddress(page) {
  await page.waitForFunction(() => location.hash.startsWith("#1."));
  await page.waitForTimeout(600);
  return page.url();
}
