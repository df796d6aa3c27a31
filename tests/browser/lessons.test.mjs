import assert from "node:assert/strict";
import { DESK, pageTest, screenshot } from "./harness.mjs";
import { chooseLesson, settles, terminalShows } from "./reader.mjs";

pageTest("the lesson on host names: every command by its button", { viewport: DESK }, async (page) => {
  await chooseLesson(page, "namespaces/uts.md");
  await terminalShows(page, /[#$]$/);
  const buttons = page.getByRole("button", { name: /^Type it: / });
  const count = await buttons.count();
  assert(count > 2, `${count} commands`);
  const newOnes = page.getByRole("button", { name: /host name \(uts\): new one/ });
  let mostSeen = 0;
  for (let index = 0; index < count; index++) {
    await buttons.nth(index).click();
    await settles(page);
    mostSeen = Math.max(mostSeen, await newOnes.count());
    if (mostSeen > 0 && index < count - 1) await screenshot(page, "lesson-uts");
  }
  assert(mostSeen > 0, "a new UTS namespace was drawn");
});

pageTest("a lesson that needs a second terminal has one", { viewport: DESK }, async (page) => {
  await chooseLesson(page, "namespaces/user.md");
  await terminalShows(page, /\$$/);
  const buttons = page.getByRole("button", { name: /^Type it: / });
  const words = await buttons.evaluateAll((all) => all.map((button) => button.getAttribute("aria-label")));
  const second = words.lastIndexOf("Type it: ls -l /tmp/made-by-root");
  for (let index = 0; index <= second; index++) {
    await buttons.nth(index).click();
    await settles(page);
  }
  await terminalShows(page, /1 ada ada .*made-by-root\nada@glasshull:~\$$/);
  await screenshot(page, "lesson-second-terminal");
  await page.getByRole("group", { name: "Which of the machine's terminals" }).getByText("1").click();
  await terminalShows(page, /1 root root .*made-by-root\nroot@glasshull:~#$/);
});

pageTest("a refusal is explained with its rule", { viewport: DESK }, async (page) => {
  await chooseLesson(page, "namespaces/uts.md");
  await terminalShows(page, /[#$]$/);
  await page.locator("#terminal").click();
  await page.keyboard.type("chroot /nowhere 2>&1; cat /nowhere\n");
  await settles(page);
  await page.getByRole("button", { name: "failures" }).click();
  await page.locator(".kind-Denied .row").filter({ hasText: "/nowhere" }).last().click();
  const rule = page.locator(".closer .rule");
  await rule.waitFor();
  assert.match(await rule.innerText(), /ENOENT/);
  const cause = page.locator(".closer .facts").getByRole("button").last();
  await cause.click();
});

pageTest("every lesson opens at its beginning", { viewport: DESK }, async (page) => {
  const lessons = page.getByLabel("Lesson", { exact: true }).locator("option");
  await lessons.first().waitFor({ state: "attached" });
  const paths = await lessons.evaluateAll((options) => options.map((option) => option.value).filter(Boolean));
  assert(paths.length > 0, "there are lessons");
  for (const path of paths) {
    await chooseLesson(page, path);
    await page.locator(".lesson").first().waitFor();
    await settles(page);
  }
});
