/** A broker in a process of its own, as it is installed, and clients in others. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../tools/project.js";

const PROGRAM = join(ROOT, "bin", "coalloc.js");
const LIBRARY = join(ROOT, "dist", "linux", "index.js");

/** A folder for sockets and policies, removed by `using`. */
export class SocketFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "coalloc-broker-"));

  /** Writes a file there. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What starts a broker that is not started directly. */
interface Starter {
  /** Words before the broker's own command, as `["systemd-socket-activate", ...]`. */
  readonly by: readonly string[];
  /** A listening socket that it inherits as descriptor 3. */
  readonly passed?: number;
}

/** A running `coalloc broker --memfd`; `using` ends it, also where a test fails. */
export class BrokerProcess implements Disposable {
  readonly socket: string;
  /** Lines of its log so far. */
  readonly log: { readonly event: string; readonly [field: string]: unknown }[] = [];
  /** What it has written that is no line of the log. */
  other = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;

  private constructor(socket: string, child: ChildProcess) {
    this.socket = socket;
    this.#child = child;
    this.exited = new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /**
   * Starts one.
   *
   * @returns when it says that it listens
   * @throws Error with what it said when it ends before that
   */
  static async start(
    socket: string,
    args: readonly string[] = [],
    { by, passed }: Starter = { by: [] },
  ): Promise<BrokerProcess> {
    const words = [...by, process.execPath, PROGRAM, "broker", "--memfd", "--socket", socket, ...args];
    const child = spawn(words[0]!, words.slice(1), {
      stdio: ["ignore", "ignore", "pipe", ...(passed === undefined ? [] : [passed])],
    });
    const broker = new BrokerProcess(socket, child);
    await new Promise<void>((resolve, reject) => {
      let rest = "";
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) broker.#read(line);
        if (broker.log.length > 0) resolve();
      });
      void broker.exited.then(() => reject(new Error(`the broker ended: ${broker.other}`)));
    });
    return broker;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it has open: what the links below /proc/PID/fd say. */
  get descriptors(): readonly string[] {
    const folder = `/proc/${this.pid}/fd`;
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(join(folder, name))];
      } catch {
        return [];
      }
    });
  }

  /** Files in memory that it holds. */
  get memfds(): number {
    return this.descriptors.filter((link) => link.startsWith("/memfd:coalloc")).length;
  }

  /** KiB of it that are in memory. */
  get residentKiB(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))![1]);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Ends it as an administrator does. */
  async stop(): Promise<void> {
    this.kill("SIGTERM");
    const { code } = await this.exited;
    if (code !== 0) throw new Error(`the broker ended with ${code}: ${this.other}`);
  }

  /** Ends it at once; nothing happens when it has ended. */
  [Symbol.dispose](): void {
    this.kill("SIGKILL");
  }

  #read(line: string): void {
    if (line.startsWith("{")) this.log.push(JSON.parse(line));
    else this.other += `${line}\n`;
  }
}

/** A client in a process of its own; `using` ends it, also where a test fails. */
export class ClientProcess implements Disposable {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  #output = "";

  /**
   * @param code - a module's; `broker` is a connection, `say` writes one line, `told` gives the next line that {@link tell} sends
   */
  constructor(socket: string, code: string) {
    const module = `
      import { connectBroker } from ${JSON.stringify(LIBRARY)};
      import { createInterface } from "node:readline";
      const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
      const told = async () => (await lines.next()).value;
      const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
      const connected = await connectBroker(${JSON.stringify(socket)}, { name: "test" });
      if (!connected.ok) throw new Error(JSON.stringify(connected.refusal));
      const broker = connected.value;
      const must = (result) => { if (!result.ok) throw new Error(JSON.stringify(result.refusal)); return result.value; };
      ${code}
    `;
    this.#child = spawn(process.execPath, ["--input-type=module", "-e", module], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#wake();
    });
    this.exited = new Promise((resolve) =>
      this.#child.once("close", () => {
        this.#wake();
        resolve();
      }),
    );
  }

  get pid(): number {
    return this.#child.pid!;
  }

  #wake: () => void = () => {};

  /** The next line it says. */
  async said(): Promise<unknown> {
    for (;;) {
      const end = this.#output.indexOf("\n");
      if (end >= 0) {
        const line = this.#output.slice(0, end);
        this.#output = this.#output.slice(end + 1);
        return JSON.parse(line);
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error("the client has ended");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    this[Symbol.dispose]();
    await this.exited;
  }

  /** Ends it at once; nothing happens when it has ended. */
  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
