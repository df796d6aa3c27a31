import { DESK, pageTest, screenshot } from "./harness.mjs";
import { FAST, chooseMachine, pressPower, setSpeed, terminalShows } from "./reader.mjs";

// What the machine says itself: on the serial console, in the page's notice, in the list of events.
const faults = [
  { machine: "no-ram", notice: /\w/ },
  { machine: "no-disk", terminal: /No bootable device/, notice: /boot/i },
  { machine: "kernel-missing", event: /file .* not found/ },
  { machine: "wrong-root", terminal: /Unable to mount root fs/, notice: /Kernel panic/ },
  { machine: "no-init", terminal: /No working init found/, notice: /Kernel panic/ },
];

for (const { machine, terminal, notice, event } of faults) {
  pageTest(`a machine that does not boot: ${machine}`, { viewport: DESK }, async (page) => {
    await chooseMachine(page, machine);
    await setSpeed(page, FAST);
    await pressPower(page);
    if (terminal) await terminalShows(page, terminal);
    if (notice) await page.locator("p.fault").filter({ hasText: notice }).waitFor();
    if (event) await page.locator(".lines .text").filter({ hasText: event }).first().waitFor({ state: "attached" });
    await screenshot(page, `fault-${machine}`);
  });
}
