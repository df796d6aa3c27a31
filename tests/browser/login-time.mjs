// How long it takes from navigation to the login prompt, in milliseconds: prints the median of some runs.
// `cargo xtask bench` builds and serves the page and starts this.

import { closeBrowser, openPage } from "./page.mjs";
import { FAST, pressPower, setSpeed, terminalShows } from "./reader.mjs";

const RUNS = 5;

async function run() {
  const { page, problems } = await openPage();
  await setSpeed(page, FAST);
  await pressPower(page);
  await terminalShows(page, /login:$/);
  // On the page's own clock, which begins with the navigation.
  const time = await page.evaluate(() => performance.now());
  await page.context().close();
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return time;
}

const times = [];
for (let i = 0; i < RUNS; i++) times.push(await run());
times.sort((a, b) => a - b);
console.log(Math.round(times[Math.floor(RUNS / 2)]));
await closeBrowser();
