import assert from "node:assert/strict";
import { DESK, pageTest, screenshot } from "./harness.mjs";
import { boot, chooseMachine, logIn, pressPower, setSpeed, terminalShows, type } from "./reader.mjs";

for (const machine of ["bios", "uefi"]) {
  pageTest(`from the power button to a shell: ${machine}`, { viewport: DESK }, async (page) => {
    await chooseMachine(page, machine);
    await boot(page);
    await logIn(page, "root");
    await type(page, "id -u; id -un\n");
    await terminalShows(page, /^0\nroot\n/m);
    await page.getByRole("button", { name: /^process 1, init/ }).waitFor();
    await screenshot(page, `logged-in-${machine}`);
  });
}

pageTest("an ordinary user logs in", { viewport: DESK }, async (page) => {
  await chooseMachine(page, "default");
  await boot(page);
  await logIn(page, "ada");
  await type(page, "id -un\n");
  await terminalShows(page, /^ada$/m);
});

pageTest("the machine is used with the keyboard alone", { viewport: DESK }, async (page) => {
  await chooseMachine(page, "default");
  await setSpeed(page, "as fast as it goes");
  await page.getByRole("button", { name: "Press the power button" }).first().focus();
  await page.keyboard.press("Enter");
  await terminalShows(page, /login:$/);
  await page.getByRole("link", { name: "Skip to the terminal" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("root\n");
  await terminalShows(page, /#$/);
  await page.keyboard.press("Shift+Tab");
  const inTerminal = await page.evaluate(() => document.activeElement.closest("#terminal") !== null);
  assert(!inTerminal, "Shift+Tab leaves the terminal");
});

pageTest("the boot can be watched at the speed of the machine's own clock", { viewport: DESK }, async (page) => {
  await chooseMachine(page, "default");
  await setSpeed(page, "30 events a second");
  await pressPower(page);
  const seen = page.locator(".stage").filter({ hasText: "Self-test" });
  await seen.waitFor({ state: "attached" });
  const lit = await page.locator(".part.lit").count();
  assert(lit > 0 && lit < 15, `${lit} parts are lit at the beginning`);
});
