import assert from "node:assert/strict";
import { DESK, PHONE, pageTest, screenshot } from "./harness.mjs";

const screens = [
  { name: "desk", viewport: DESK, colorScheme: "light" },
  { name: "desk-dark", viewport: DESK, colorScheme: "dark" },
  { name: "phone", viewport: PHONE, colorScheme: "light", touch: true },
];

for (const { name, ...options } of screens) {
  pageTest(`the page opens: ${name}`, options, async (page) => {
    await page.getByRole("heading", { level: 1, name: "Glasshull" }).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= options.viewport.width, `the page is ${width} pixels wide, its window less`);
    await screenshot(page, `opens-${name}`);
  });
}
