// Loads the terminal when it is first needed, so that the page is painted before it.

const address = (name) => new URL(`xterm/${name}`, document.baseURI).href;

/** Opens a terminal in `element`, as large as its room, and answers its handle. */
export async function open(element, options, onInput) {
  const [{ Terminal }, { FitAddon }] = await Promise.all([
    import(address("xterm.mjs")),
    import(address("addon-fit.mjs")),
    style(address("xterm.css")),
  ]);
  const terminal = new Terminal(options);
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  // Everything is typed into the terminal but Shift+Tab, which leaves it.
  terminal.attachCustomKeyEventHandler((event) => !(event.key === "Tab" && event.shiftKey));
  terminal.onData((text) => onInput(new TextEncoder().encode(text)));
  terminal.onBinary((text) => onInput(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  const watch = new ResizeObserver(() => {
    if (element.clientWidth > 0) fit.fit();
  });
  watch.observe(element);
  return {
    // The bytes lie in the memory of the page, which goes on; the terminal reads them later.
    write: (bytes) => terminal.write(bytes.slice()),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    setTheme: (theme) => (terminal.options.theme = theme),
    text: () => {
      const { active } = terminal.buffer;
      const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row));
      return lines.map((line) => line?.translateToString(true) ?? "").join("\n");
    },
    dispose: () => {
      watch.disconnect();
      terminal.dispose();
    },
  };
}

function style(href) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.addEventListener("load", resolve, { once: true });
    link.addEventListener("error", () => reject(new Error(href)), { once: true });
    document.head.append(link);
  });
}
