// What the browser tests share. `cargo xtask test --only browser` builds and serves the page, finds Chromium,
// and runs the tests.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openPage, screenshot } from "./page.mjs";

export { DESK, PHONE, screenshot } from "./page.mjs";

after(closeBrowser);

/**
 * A test of one page, opened with `options` as `openPage` takes them. It fails when the page had a
 * problem, but for those that one of `options.expected` (regular expressions) describes. A failure
 * leaves a screenshot.
 */
export function pageTest(name, { expected = [], ...options }, body) {
  test(name, async () => {
    const { page, problems } = await openPage(options);
    try {
      await body(page);
      const unexpected = problems.filter((problem) => !expected.some((one) => one.test(problem)));
      assert.deepEqual(unexpected, [], "the page had problems");
    } catch (error) {
      await screenshot(page, `failed ${name}`);
      throw error;
    } finally {
      await page.context().close();
    }
  });
}
