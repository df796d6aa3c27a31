import assert from "node:assert/strict";
import { DESK, pageTest } from "./harness.mjs";

const bad = [
  { name: "not a session", path: "#introduction", says: /should begin with/ },
  { name: "a later version", path: "#9.AAdkZWZhdWx0", says: /version `9`/ },
  { name: "cut short", path: "#1.AAdkZWZhdWx0AQEBAAcHAADN", says: /cut short or changed/ },
  { name: "a strange letter", path: "#1.AAdk!WZh", says: /letter 5 is `!`/ },
];

for (const { name, path, says } of bad) {
  pageTest(`a bad link says what is wrong: ${name}`, { viewport: DESK, path }, async (page) => {
    const notice = page.getByRole("alert");
    assert.match(await notice.innerText(), says);
    assert.equal(await notice.getByRole("textbox").inputValue(), path.slice(1), "the link is kept");
    assert(page.url().endsWith(path), "the address is not touched");
    await notice.getByRole("button", { name: "Close" }).click();
    await notice.waitFor({ state: "detached" });
  });
}

pageTest(
  "when the simulator breaks, a card holds the link",
  { viewport: DESK, path: "#fire-drill", expected: [/fire drill/, /unreachable/] },
  async (page) => {
    const card = page.getByRole("alertdialog");
    await card.getByText("this is a fire drill").waitFor();
    assert(await card.getByRole("textbox").inputValue().then((link) => link.endsWith("#fire-drill")));
    await card.getByRole("link", { name: "Start with a fresh machine" }).click();
    await page.getByRole("button", { name: "Press the power button" }).first().waitFor();
  },
);
