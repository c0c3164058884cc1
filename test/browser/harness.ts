/**
 * Opens a bundled module in Chromium and asks it questions.
 *
 * The module is bundled as a page would bundle it (ES module, browser platform: a `node:` import does not build), served on
 * the loopback address, and loaded by a page. Nothing leaves this machine.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { ROOT } from "../../tools/project.js";

/** A page that has loaded the module. Close it. */
export interface OpenPage {
  /**
   * Calls an exported function of the module with the bytes of a served file, or with nothing.
   *
   * @returns what it returned (awaited), as JSON text made in the page
   * @throws Error with the page's own message when it throws there
   */
  readonly ask: (name: string, file?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** For a closed network: without these Chromium looks for updates and names at each start. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function bundle(entry: string): Promise<Map<string, Uint8Array>> {
  const result = await build({
    entryPoints: { entry: join(ROOT, entry) },
    absWorkingDir: ROOT,
    outdir: join(ROOT, "page"),
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2023",
    logLevel: "silent",
  });
  const base = join(ROOT, "page").length;
  return new Map(result.outputFiles.map((file) => [file.path.slice(base).replaceAll("\\", "/"), file.contents]));
}

function serve(scripts: ReadonlyMap<string, Uint8Array>, files: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>coalloc</title>';
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const script = scripts.get(path);
    const file = files.get(decodeURIComponent(path.replace(/^\/files\//, "")));
    if (path === "/") response.writeHead(200, { "content-type": "text/html" }).end(page);
    else if (script !== undefined) response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (file !== undefined) response.writeHead(200, { "content-type": "application/octet-stream" }).end(file);
    else response.writeHead(404).end();
  });
  return new Promise((done, refuse) => {
    server.on("error", refuse);
    server.listen(0, "127.0.0.1", () => done(server));
  });
}

/**
 * @param executable - path of a Chromium
 * @param entry - the module, path from the project's root
 * @param files - what {@link OpenPage.ask} can hand to it, by name
 */
export async function openPage(
  executable: string,
  entry: string,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<OpenPage> {
  const server = await serve(await bundle(entry), files);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath: executable, args: FLAGS });
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.evaluate('import("/entry.js").then((module) => { globalThis.entry = module; })');
    const ask = (name: string, file?: string): Promise<string> => {
      const bytes =
        file === undefined
          ? "undefined"
          : `new Uint8Array(await (await fetch(${JSON.stringify(`/files/${encodeURIComponent(file)}`)})).arrayBuffer())`;
      return page.evaluate<string>(
        `(async () => JSON.stringify(await globalThis.entry[${JSON.stringify(name)}](${bytes})))()`,
      );
    };
    return { ask, close };
  } catch (error) {
    await close();
    throw error;
  }
}
