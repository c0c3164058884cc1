import { readdirSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SourceRequest } from "../../../src/linux/broker/buffer-source.js";
import { LinuxSource } from "../../../src/linux/broker/linux-source.js";
import { orThrow } from "../../../src/units/result.js";
import { boardNodes, runningSystem } from "../buffers/board.js";

const REQUEST: SourceRequest = {
  size: 1_048_576,
  image: null,
  participants: ["/dev/dri/card0", "/dev/video1"],
  count: 1,
  cpu: "rare",
  name: "preview",
};

/** Counts descriptors of this process for a file, as a dma-buf's own line does; the files of the fake kernel are memfds, and have none. */
function references(fd: number): number {
  const link = (name: string | number): string => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return "";
    }
  };
  const own = link(fd);
  return readdirSync("/proc/self/fd").filter((name) => link(name) === own).length;
}

describe("buffers that devices can use", () => {
  it("come from where all devices can have them, and that heap is asked about before", async () => {
    const { system } = await runningSystem();
    const asked: [string, number][] = [];
    const made = orThrow(
      new LinuxSource(system, references).allocate(REQUEST, (heap, bytes) => {
        asked.push([heap, bytes]);
        return null;
      }),
    );
    expect(asked).toEqual([["cma:default", 1_048_576]]);
    expect(made.buffers.map(({ heap, size }) => [heap, size])).toEqual([["cma:default", 1_048_576]]);
    expect(system.buffers.length).toBe(1);
    made.buffers[0]!.free();
    expect(system.buffers.length).toBe(0);
  });

  it("are not made when the heap is refused", async () => {
    const { system } = await runningSystem();
    const refusal = { code: "heap-not-allowed", heap: "cma:default" } as const;
    expect(new LinuxSource(system, references).allocate(REQUEST, () => refusal)).toEqual({ ok: false, refusal });
    expect(system.buffers.length).toBe(0);
    expect(system.heaps().find(({ id }) => id === "cma:default")!.used).toBe(0);
  });

  it("are asked about once more when another heap had to give them", async () => {
    const nodes = boardNodes();
    const { system } = await runningSystem({ ...nodes, "/dev/dma_heap/reserved": { kind: "dma-heap", room: 0 } });
    const asked: string[] = [];
    const allocated = new LinuxSource(system, references).allocate(
      { ...REQUEST, participants: ["/dev/video1"] },
      (heap) => {
        asked.push(heap);
        return heap === asked[0] ? null : { code: "heap-not-allowed", heap };
      },
    );
    if (allocated.ok) expect(asked).toEqual([allocated.value.buffers[0]!.heap]);
    else expect(system.buffers.length).toBe(0);
  });

  it("are refused with a sentence for a device that is not there, or none", async () => {
    const { system } = await runningSystem();
    const source = new LinuxSource(system, references);
    expect(source.allocate({ ...REQUEST, participants: ["/dev/video9"] }, () => null)).toMatchObject({
      refusal: { code: "unplaceable", text: expect.stringContaining("/dev/video9") },
    });
    expect(source.allocate({ ...REQUEST, participants: [] }, () => null)).toMatchObject({
      refusal: { code: "unplaceable" },
    });
    expect(system.buffers.length).toBe(0);
  });

  it("are held while somebody has a descriptor of them, and can be cleared when nobody has", async () => {
    const { system } = await runningSystem();
    const [buffer] = orThrow(new LinuxSource(system, references).allocate(REQUEST, () => null)).buffers;
    expect(buffer!.isHeld()).toBe(false);
    const given = buffer!.open();
    expect(buffer!.isHeld()).toBe(true);
    {
      using mapping = system.kernel.map(given, 4096);
      mapping.bytes[7] = 7;
    }
    given.close();
    expect(buffer!.isHeld()).toBe(false);
    expect(buffer!.clear(0, 4096)).toBe(true);
    expect(buffer!.clear(4096, buffer!.size - 4096)).toBe(true);
    using again = buffer!.open();
    using mapping = system.kernel.map(again, 4096);
    expect(mapping.bytes[7]).toBe(0);
    expect(buffer!.isHeld()).toBe(true);
    buffer!.close();
  });
});
