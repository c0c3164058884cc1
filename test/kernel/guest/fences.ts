/** Buffers that a device is at work on: vgem's fences, which end when we say so. */
import assert from "node:assert/strict";
import type { Access } from "../../../src/constraints/participant.js";
import { describeBufferRefusal } from "../../../src/index.js";
import type { LinuxBuffer, LinuxSystem } from "../../../src/linux/index.js";
import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import { orThrow } from "../../../src/units/result.js";
import { until } from "../../linux/broker/waiting.js";
import { check } from "./check.js";
import { openFiles } from "./open-files.js";
import { VgemWorker } from "./vgem-worker.js";

/** Checks on a buffer for the card. */
export async function checkFences(system: LinuxSystem, card: string): Promise<void> {
  const { kernel } = system;
  const filesBefore = openFiles();

  function make(): LinuxBuffer {
    const buffer = orThrow(system.allocate({ size: 65_536, participants: [card] }));
    buffer.attachments[0]?.detach();
    return buffer;
  }

  function isSignalled(fence: Descriptor): boolean {
    return kernel.isReady(fence, { readable: true });
  }

  function outcome(buffer: LinuxBuffer, access: Access): string {
    const result = buffer.cpuAccess(access, () => "done");
    return result.ok ? result.value : result.refusal.code;
  }

  /** Follows a promise, and sees that timers are served while it is not settled. */
  async function isPendingWhileTimersRun(promise: Promise<unknown>): Promise<boolean> {
    let isSettled = false;
    void promise.finally(() => {
      isSettled = true;
    });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await until("timers ran", () => turns >= 10);
    clearInterval(timer);
    return !isSettled;
  }

  await check("the CPU is refused while a device writes, and waits without holding up anything else", async () => {
    using worker = new VgemWorker(kernel, card);
    const buffer = make();
    const end = worker.begin(buffer.fd, "write");
    assert.equal(outcome(buffer, "read"), "at-work");
    assert.equal(outcome(buffer, "write"), "at-work");
    const idle = buffer.whenIdle("read");
    assert.ok(await isPendingWhileTimersRun(idle));
    end();
    await idle;
    assert.equal(outcome(buffer, "read-write"), "done");
    buffer.release();
  });

  await check("while a device reads, the CPU may read and not write", async () => {
    using worker = new VgemWorker(kernel, card);
    const buffer = make();
    const end = worker.begin(buffer.fd, "read");
    assert.equal(outcome(buffer, "read"), "done");
    const refused = buffer.cpuAccess("write", () => null);
    assert.ok(!refused.ok && refused.refusal.code === "at-work");
    assert.match(describeBufferRefusal(refused.refusal), /wait for it before the CPU writes/);
    await buffer.whenIdle("read");
    const idle = buffer.whenIdle("write");
    assert.ok(await isPendingWhileTimersRun(idle));
    end();
    await idle;
    buffer.release();
  });

  await check("the fence of a buffer is a sync file, which another can wait for", async () => {
    using worker = new VgemWorker(kernel, card);
    const buffer = make();
    const end = worker.begin(buffer.fd, "write");
    const fence = buffer.fence("read");
    assert.equal(isSignalled(fence), false);
    const signalled = new Promise<void>((resolve, reject) => {
      const watch = kernel.watch(fence, { readable: true }, (error) => {
        watch.close();
        if (error === null) resolve();
        else reject(error);
      });
    });
    assert.ok(await isPendingWhileTimersRun(signalled));
    end();
    await signalled;
    assert.ok(isSignalled(fence));
    using over = buffer.fence("write");
    assert.ok(isSignalled(over));
    fence.close();
    buffer.release();
  });

  await check("a buffer can be released while somebody waits for it, and the waiting ends", async () => {
    using worker = new VgemWorker(kernel, card);
    const buffer = make();
    const end = worker.begin(buffer.fd, "write");
    const idle = buffer.whenIdle("read");
    buffer.release();
    assert.ok(await isPendingWhileTimersRun(idle));
    end();
    await idle;
  });

  await check("waiting for fences leaves no descriptor open", () => {
    assert.deepEqual(openFiles(), filesBefore);
  });
}
