// Opens the page at the end of a session, whose link is the argument, and prints what the page says of it:
// `{"fingerprint": "..", "events": ..}`. The comparison is in `tests/tests/engines.rs`.

import assert from "node:assert/strict";
import { closeBrowser, openPage } from "./page.mjs";
import { settles } from "./reader.mjs";

const { page, problems } = await openPage({ path: `#${process.argv[2]}` });
const { at, head } = await settles(page);
assert.equal(at, head, "the page is at the session's end");
const words = await page.locator(".timeline .fingerprint").getAttribute("title");
assert.deepEqual(problems, [], "the page had problems");
console.log(JSON.stringify({ fingerprint: /[0-9a-f]{16}$/.exec(words)[0], events: at }));
await closeBrowser();
