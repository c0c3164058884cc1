import { readFileSync } from "node:fs";
import { accepted, type Result } from "../../units/result.js";
import { readMemoryAmount } from "../memory/memory-info.js";
import type { Kernel } from "../native/kernel.js";
import { startBroker } from "./broker.js";
import type { BufferSource } from "./buffer-source.js";
import { type ListenRefusal, listenAt, passedListener } from "./listen.js";
import type { BrokerLog } from "./log.js";
import { type BrokerPolicy, DEFAULT_LIMITS, ownPolicy } from "./policy.js";
import { BrokerService } from "./service.js";

/** Descriptors that are left to the process for everything else. */
const OTHER_DESCRIPTORS = 64;

/** How a broker is run as a process of its own. */
export interface BrokerProcess {
  readonly kernel: Kernel;
  readonly source: BufferSource;
  /** Where to listen, unless systemd has done that. */
  readonly socket: string;
  /** Null: whoever runs it, and root, may have half of this machine's memory. */
  readonly policy: BrokerPolicy | null;
  readonly version: string;
  readonly log: BrokerLog;
}

/**
 * Runs a broker until SIGTERM or SIGINT.
 *
 * @returns when it has ended, or why it could not begin
 */
export async function runBroker(options: BrokerProcess): Promise<Result<null, ListenRefusal>> {
  const { kernel, source, socket, version, log } = options;
  const policy = options.policy ?? ownPolicy(process.getuid?.() ?? 0, defaultQuota());
  const passed = passedListener(process.env, process.pid, socket);
  const listener = passed === null ? listenAt(kernel, socket) : accepted(passed);
  if (!listener.ok) return listener;
  const service = new BrokerService({ policy, source, version, descriptors: openFilesLimit() - OTHER_DESCRIPTORS });
  // A lease that somebody breaks is told by a signal that would end the process: docs/decisions/0012-who-holds-a-buffer.md.
  process.on("SIGIO", () => {});
  const broker = startBroker(kernel, listener.value, service, log);
  log("listening", { socket, pid: process.pid, source: source.name, version, activated: passed !== null });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  broker.stop();
  return accepted(null);
}

function defaultQuota(): BrokerPolicy["total"] {
  return { buffers: DEFAULT_LIMITS.buffers, bytes: Math.floor(readMemoryAmount("MemTotal") / 2) };
}

/** Descriptors that this process may have open. Node has raised the soft limit to the hard one. */
function openFilesLimit(): number {
  const match = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
  return match === null ? 1024 : Number(match[1]);
}
