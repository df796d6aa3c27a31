import assert from "node:assert/strict";
import { DESK, pageTest } from "./harness.mjs";
import * as reader from "./reader.mjs";

pageTest("one event back, one forward, any moment, and the newest again", { viewport: DESK }, async (page) => {
  await reader.chooseMachine(page, "default");
  await reader.boot(page);
  const { head } = await reader.settles(page);
  const shown = await reader.terminalText(page);

  await page.getByRole("button", { name: "Step back one event" }).click();
  await page.waitForTimeout(500);
  const back = await reader.settles(page);
  assert(back.at < head && back.at > head - 20, `one step back from ${head} is ${back.at}`);
  await page.getByRole("button", { name: "Step forward one event" }).click();
  await reader.arrives(page, head);
  await reader.terminalIs(page, shown);

  const slider = page.getByRole("slider", { name: "Moment" });
  await slider.fill(String(Math.floor(head / 2)));
  await page.waitForTimeout(500);
  const middle = await reader.settles(page);
  assert(Math.abs(middle.at - head / 2) < head / 10, `half of ${head} is ${middle.at}`);
  assert.equal(middle.head, head, "the future is not lost");
  assert.notEqual(await reader.terminalText(page), shown);

  await slider.fill("0");
  await reader.arrives(page, 0);
  await reader.terminalIs(page, "");

  await page.getByRole("button", { name: "To the newest moment" }).click();
  await reader.arrives(page, head);
  await reader.terminalIs(page, shown);
});

pageTest("what is typed in the past begins another history", { viewport: DESK }, async (page) => {
  await reader.chooseMachine(page, "default");
  await reader.boot(page);
  const prompt = await reader.settles(page);
  await reader.logIn(page, "root");
  await page.getByRole("slider", { name: "Moment" }).fill(String(prompt.at));
  await page.waitForTimeout(500);
  await reader.settles(page);
  await page.getByText("you look at the past").waitFor();
  await reader.type(page, "ada\n");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const text = await reader.terminalShows(page, /\$$/);
  assert(!text.includes("login: root"), text);
});

pageTest("the reloaded page is at the same moment", { viewport: DESK }, async (page) => {
  await reader.chooseMachine(page, "default");
  await reader.boot(page);
  await reader.logIn(page, "root");
  await reader.type(page, "hostname lantern; hostname\n");
  await reader.terminalShows(page, /^lantern$/m);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const there = await reader.settles(page);
  const shown = await reader.terminalText(page);
  await reader.sessionAddress(page);
  await page.reload();
  await reader.terminalShows(page, /^lantern$/m);
  assert.deepEqual(await reader.arrives(page, there.at), there);
  await reader.terminalIs(page, shown);
});
