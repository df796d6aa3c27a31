// The built page in a real Chromium, with an eye on its console: for the browser tests, and for scripts.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const SCREENSHOTS = fileURLToPath(new URL("../../screenshots/", import.meta.url));

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

let browser;
export async function closeBrowser() {
  await browser?.close();
}

/**
 * Opens the page in a browser profile of its own.
 *
 * - `path`: what follows the site's address, such as "#session";
 * - `viewport`: `DESK` or `PHONE`, or a size in CSS pixels;
 * - `colorScheme`: "light" or "dark";
 * - `reducedMotion`: "reduce" or "no-preference";
 * - `touch`: a phone: its screen is touched, and it heeds the page's word on the width.
 *
 * Answers the page and `problems`, to which everything that should not happen is added: messages on the
 * console as errors or warnings, exceptions nobody caught, requests that failed.
 */
export async function openPage({
  path = "",
  viewport = DESK,
  colorScheme = "light",
  reducedMotion = "reduce",
  touch = false,
} = {}) {
  browser ??= await launch();
  const context = await browser.newContext({
    viewport,
    colorScheme,
    reducedMotion,
    hasTouch: touch,
    isMobile: touch,
  });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) =>
    problems.push(`request: ${request.url()}: ${request.failure()?.errorText}`),
  );
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`request: ${response.url()}: ${response.status()}`);
  });
  await page.goto(needed("GLASSHULL_URL") + path);
  return { page, problems };
}

/** Keeps what the page shows in `screenshots/`, which git ignores, and answers the file's path. */
export async function screenshot(page, name) {
  await mkdir(SCREENSHOTS, { recursive: true });
  const path = `${SCREENSHOTS}${name.replaceAll(/[^\w.-]+/g, "-")}.png`;
  await page.screenshot({ path });
  return path;
}

function launch() {
  return chromium.launch({
    executablePath: needed("GLASSHULL_CHROMIUM"),
    args: [
      // As root, in a container, Chromium's own sandbox cannot start. It sees nothing but our page here.
      "--no-sandbox",
      // Nothing to do with the page, all of it a request to somewhere else.
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-gpu",
    ],
  });
}

function needed(variable) {
  const value = process.env[variable];
  assert(value, `${variable} is not set: run \`cargo xtask test --only browser\``);
  return value;
}
