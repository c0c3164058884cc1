import { describe, expect, it } from "vitest";
import type { Admission, BufferSource, SourceBuffer, SourceRequest } from "../../../src/linux/broker/buffer-source.js";
import type { ClientRecord } from "../../../src/linux/broker/client-record.js";
import type { BrokerPolicy } from "../../../src/linux/broker/policy.js";
import type { BrokerAnswer, BrokerRequest } from "../../../src/linux/broker/protocol.js";
import { readPolicy } from "../../../src/linux/broker/read-policy.js";
import { type BrokerRefusal, explainBrokerRefusal } from "../../../src/linux/broker/refusal.js";
import { BrokerService } from "../../../src/linux/broker/service.js";
import { AvailableMemory } from "../../../src/linux/memory/available-memory.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { accepted, orThrow, refused } from "../../../src/units/result.js";

const kernel = orThrow(await openKernel());
const NAMES = { users: new Map<string, number>(), groups: new Map<string, number>() };
const KIB = 1024;
const MIB = 1024 * KIB;

function policy(fields: string, rule = "who: [any]"): BrokerPolicy {
  return orThrow(
    readPolicy(`schema: coalloc/broker-policy/1\n${fields}\nrules: [{name: a, stats: true, ${rule}}]`, NAMES),
  );
}

/** A source without memory: the test says who holds what. */
class PaperSource implements BufferSource {
  readonly name = "paper";
  readonly made: PaperBuffer[] = [];
  heap = "system";
  fails: BrokerRefusal | null = null;

  allocate(request: SourceRequest, admit: Admission): ReturnType<BufferSource["allocate"]> {
    const refusal = admit(this.heap, request.size ?? 4096) ?? this.fails;
    if (refusal !== null) return refused(refusal);
    const buffers = Array.from({ length: request.count }, () => new PaperBuffer(this.heap, request.size ?? 4096));
    this.made.push(...buffers);
    return accepted({ buffers, layout: null });
  }
}

class PaperBuffer implements SourceBuffer {
  readonly heap: string;
  readonly size: number;
  held = true;
  state: "used" | "cleared" | "freed" | "closed" = "used";
  /** Bytes that are zeros, from the first on. */
  cleared = 0;

  constructor(heap: string, size: number) {
    this.heap = heap;
    this.size = size;
  }

  open(): ReturnType<SourceBuffer["open"]> {
    this.held = true;
    this.state = "used";
    this.cleared = 0;
    return kernel.memfdCreate("paper");
  }

  isHeld(): boolean {
    return this.held;
  }

  free(): void {
    this.state = "freed";
  }

  close(): void {
    this.state = "closed";
  }

  clear(offset: number, size: number): boolean {
    expect([this.held, offset]).toEqual([false, this.cleared]);
    this.cleared += size;
    if (this.cleared === this.size) this.state = "cleared";
    return true;
  }
}

class Desk {
  readonly source: PaperSource = new PaperSource();
  readonly service: BrokerService;
  available = 2 ** 30;
  /** What is done when all clients have had a turn. */
  readonly #later: (() => void)[] = [];
  #id = 0;

  constructor(rules: BrokerPolicy, descriptors = 1000) {
    const memory = new AvailableMemory(
      () => new Map([["MemAvailable", this.available]]),
      () => (this.#id += 1000),
    );
    const later = (work: () => void): void => void this.#later.push(work);
    this.service = new BrokerService({ policy: rules, source: this.source, version: "1", descriptors, memory, later });
  }

  /** All clients have had a turn. @returns whether there was something to be done */
  turn(): boolean {
    const works = this.#later.splice(0);
    for (const work of works) work();
    return works.length > 0;
  }

  client(uid = 1, pid = 100): ClientRecord {
    const client = orThrow(this.service.connect({ uid, gid: uid, groups: [], pid }));
    this.ask(client, { op: "hello", id: 0, versions: [1] });
    return client;
  }

  ask(client: ClientRecord, request: BrokerRequest): BrokerAnswer | BrokerRefusal {
    const served = this.service.serve(client, request);
    if (!served.ok) return served.refusal;
    for (const descriptor of served.value.descriptors) descriptor.close();
    return served.value.answer;
  }

  allocate(client: ClientRecord, size: number, count = 1): BrokerAnswer | BrokerRefusal {
    return this.ask(client, { op: "allocate", id: 1, size, count });
  }

  sweep(): number {
    return this.service.holdings.sweep("waiting", () => false) + this.service.holdings.sweep("live", () => false);
  }
}

describe("quotas", () => {
  it("hold for a connection until it ends, and for its user until nobody holds the buffer", () => {
    const desk = new Desk(policy("", "who: [any], per-user: {buffers: 3}, per-client: {buffers: 2}"));
    const first = desk.client();
    desk.allocate(first, 4096, 2);
    expect(desk.allocate(first, 4096)).toMatchObject({ code: "quota-exceeded", scope: "client", used: 2, quota: 2 });
    desk.service.disconnect(first, false);
    const second = desk.client();
    desk.allocate(second, 4096);
    expect(desk.allocate(second, 4096)).toMatchObject({ code: "quota-exceeded", scope: "user", used: 3, quota: 3 });
    expect(desk.allocate(desk.client(2), 4096)).toMatchObject({ op: "allocate" });
    desk.source.made[0]!.held = false;
    expect(desk.allocate(second, 4096)).toMatchObject({ op: "allocate" });
    expect(desk.service.summary()).toMatchObject({
      charged: { buffers: 4, bytes: 16_384 },
      lingering: { buffers: 1, bytes: 4096 },
    });
  });

  it("are not eased by a release of what is still held", () => {
    const desk = new Desk(policy("", "who: [any], per-client: {buffers: 1}"));
    const client = desk.client();
    desk.allocate(client, 4096);
    expect(desk.ask(client, { op: "release", id: 2, buffers: [1] })).toEqual({
      op: "release",
      buffers: [{ buffer: 1, state: "held" }],
    });
    expect(desk.allocate(client, 4096)).toMatchObject({ code: "quota-exceeded", scope: "client" });
    desk.source.made[0]!.held = false;
    expect(desk.sweep()).toBe(1);
    expect(desk.allocate(client, 4096)).toMatchObject({ buffers: [{ buffer: 2 }] });
  });

  it("of a heap and of the whole tell nothing of others", () => {
    const desk = new Desk(policy('total: {bytes: 1M}\nheaps: {"cma:*": {bytes: 64K}}'));
    desk.source.heap = "cma:default";
    desk.allocate(desk.client(1), 64 * KIB);
    expect(desk.allocate(desk.client(2), 4096)).toEqual({
      code: "quota-exceeded",
      scope: "heap",
      unit: "bytes",
      asked: 4096,
      used: null,
      quota: 65_536,
      heap: "cma:default",
    });
    desk.source.heap = "system";
    desk.allocate(desk.client(3), 960 * KIB);
    expect(desk.allocate(desk.client(4), 4096)).toMatchObject({ scope: "broker", used: null, quota: 2 ** 20 });
  });

  it("are as they were after every failure", () => {
    const desk = new Desk(policy("", "who: [any], heaps: [system]"));
    const client = desk.client();
    desk.source.fails = {
      code: "system-call",
      call: "ioctl DMA_HEAP_IOCTL_ALLOC",
      path: "/dev/dma_heap/system",
      errno: "ENOMEM",
    };
    expect(desk.allocate(client, 4096)).toMatchObject({ code: "system-call", errno: "ENOMEM" });
    desk.source.fails = null;
    desk.source.heap = "cma:default";
    expect(desk.allocate(client, 4096)).toEqual({ code: "heap-not-allowed", heap: "cma:default" });
    desk.available = 64 * 2 ** 20 + 4096;
    desk.source.heap = "system";
    expect(desk.allocate(client, 8192)).toEqual({ code: "no-memory", asked: 8192, available: 4096 });
    expect(desk.service.summary()).toMatchObject({
      charged: { buffers: 0, bytes: 0 },
      heaps: [],
      totals: { allocated: 0, refusals: 3 },
    });
  });

  it("leave descriptors for connections", () => {
    const desk = new Desk(policy(""), 6);
    const client = desk.client();
    desk.allocate(client, 4096, 2);
    desk.allocate(client, 4096);
    expect(desk.allocate(client, 4096)).toMatchObject({ op: "allocate" });
    expect(desk.allocate(client, 4096)).toEqual({ code: "out-of-descriptors" });
  });
});

describe("numbers of buffers", () => {
  it("are each client's own, and nobody else's buffer can be named", () => {
    const desk = new Desk(policy(""));
    const [a, b] = [desk.client(1), desk.client(2)];
    desk.allocate(a, 4096, 3);
    expect(desk.allocate(b, 4096)).toMatchObject({ buffers: [{ buffer: 1 }] });
    expect(desk.ask(b, { op: "release", id: 1, buffers: [2] })).toEqual({ code: "unknown-buffer", buffer: 2 });
    expect(desk.ask(b, { op: "share", id: 1, buffer: 2 })).toEqual({ code: "unknown-buffer", buffer: 2 });
    expect(desk.ask(b, { op: "list", id: 1 })).toMatchObject({ buffers: [{ buffer: 1 }], more: false });
  });

  it("come a hundred at a time", () => {
    const desk = new Desk(policy(""));
    const client = desk.client();
    for (let i = 0; i < 5; i += 1) desk.allocate(client, 4096, 30);
    const first = desk.ask(client, { op: "list", id: 1 }) as BrokerAnswer & { op: "list" };
    expect([first.buffers.length, first.more, first.buffers[99]!.buffer]).toEqual([100, true, 100]);
    const rest = desk.ask(client, { op: "list", id: 1, after: 100 }) as BrokerAnswer & { op: "list" };
    expect([rest.buffers.length, rest.more]).toEqual([50, false]);
    const seen = desk.ask(client, { op: "stats", id: 1, part: "buffers", after: 100 }) as {
      readonly buffers: readonly object[];
      readonly more: boolean;
    };
    expect([seen.buffers.length, seen.more]).toEqual([50, false]);
  });
});

describe("a shared buffer", () => {
  it("is charged to who asked for it, and its word ends with him", () => {
    const desk = new Desk(policy(""));
    const [owner, other] = [desk.client(1), desk.client(2)];
    desk.allocate(owner, 4096);
    const { token } = desk.ask(owner, { op: "share", id: 1, buffer: 1 }) as { token: string };
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(desk.ask(other, { op: "open", id: 1, token })).toMatchObject({ buffers: [{ buffer: 1, size: 4096 }] });
    expect(desk.ask(other, { op: "list", id: 1 })).toMatchObject({ buffers: [{ buffer: 1, opened: true }] });
    expect(desk.ask(other, { op: "share", id: 1, buffer: 1 })).toMatchObject({ code: "unknown-buffer" });
    desk.service.disconnect(owner, false);
    expect(desk.ask(other, { op: "open", id: 1, token })).toEqual({ code: "unknown-token" });
    expect(desk.service.summary().users).toEqual([
      { uid: 1, charged: { buffers: 1, bytes: 4096 }, clients: 0 },
      { uid: 2, charged: { buffers: 0, bytes: 0 }, clients: 1 },
    ]);
    desk.source.made[0]!.held = false;
    expect(desk.ask(other, { op: "release", id: 1, buffers: [1] })).toMatchObject({ buffers: [{ state: "freed" }] });
    expect(desk.service.summary().charged).toEqual({ buffers: 0, bytes: 0 });
  });
});

describe("freed buffers", () => {
  it("are kept for the like, cleared, as far as the policy says", () => {
    const desk = new Desk(policy("recycle: 16K"));
    const client = desk.client();
    desk.allocate(client, 8192, 3);
    for (const buffer of desk.source.made) buffer.held = false;
    desk.sweep();
    while (desk.turn());
    expect(desk.source.made.map(({ state }) => state)).toEqual(["freed", "cleared", "cleared"]);
    expect(desk.service.summary()).toMatchObject({ recycled: { buffers: 2, bytes: 16_384 }, charged: { buffers: 0 } });
    desk.allocate(client, 4096);
    desk.allocate(client, 8192);
    expect(desk.source.made.length).toBe(4);
    expect(desk.source.made[2]).toMatchObject({ state: "used", held: true });
    expect(desk.service.summary()).toMatchObject({ recycled: { buffers: 1 }, charged: { buffers: 2, bytes: 12_288 } });
  });

  it("are zeroed slice by slice, while others are served, and used again only when all of them is zero", () => {
    const desk = new Desk(policy("recycle: 64M"));
    const [client, other] = [desk.client(1), desk.client(2)];
    desk.allocate(client, 64 * MIB);
    const [large] = desk.source.made;
    large!.held = false;
    desk.sweep();
    expect(large).toMatchObject({ state: "used", cleared: 0 });
    for (let slice = 1; slice < 16; slice += 1) {
      expect(desk.turn()).toBe(true);
      expect(large).toMatchObject({ state: "used", cleared: 4 * slice * MIB });
      expect(desk.allocate(other, 4096)).toMatchObject({ op: "allocate" });
    }
    expect(desk.service.summary().recycled).toEqual({ buffers: 1, bytes: 64 * MIB });
    desk.allocate(other, 64 * MIB);
    expect(desk.source.made.length).toBe(17);
    expect(desk.turn()).toBe(true);
    expect(large!.state).toBe("cleared");
    expect(desk.turn()).toBe(false);
    desk.allocate(other, 64 * MIB);
    expect(desk.source.made.length).toBe(17);
    expect(large).toMatchObject({ state: "used", held: true });
  });

  it("that are small are zeroed several in one slice, in the order they came", () => {
    const desk = new Desk(policy("recycle: 64M"));
    const client = desk.client();
    desk.allocate(client, 3 * MIB, 3);
    for (const buffer of desk.source.made) buffer.held = false;
    desk.sweep();
    desk.turn();
    expect(desk.source.made.map(({ cleared }) => cleared / MIB)).toEqual([3, 1, 0]);
    desk.turn();
    expect(desk.source.made.map(({ cleared }) => cleared / MIB)).toEqual([3, 3, 2]);
  });

  it("are freed where zeroing fails, and the next one's turn comes", () => {
    const desk = new Desk(policy("recycle: 64M"));
    const client = desk.client();
    desk.allocate(client, 4096, 3);
    const [refusing, failing, last] = desk.source.made;
    refusing!.clear = () => false;
    failing!.clear = () => {
      throw new SystemCallError("fallocate", null, "ENOMEM");
    };
    for (const buffer of desk.source.made) buffer.held = false;
    desk.sweep();
    desk.turn();
    expect([refusing, failing, last].map((buffer) => buffer!.state)).toEqual(["freed", "freed", "cleared"]);
    expect(desk.service.summary().recycled).toEqual({ buffers: 1, bytes: 4096 });
  });

  it("go when the broker ends, zeros or not", () => {
    const desk = new Desk(policy("recycle: 64M"));
    const client = desk.client();
    desk.allocate(client, 3 * MIB, 2);
    for (const buffer of desk.source.made) buffer.held = false;
    desk.sweep();
    desk.turn();
    desk.service.close();
    expect(desk.source.made.map(({ state }) => state)).toEqual(["freed", "freed"]);
    expect(desk.turn()).toBe(true);
    expect(desk.turn()).toBe(false);
  });

  it("go when memory is short", () => {
    const desk = new Desk(policy("recycle: 16K"));
    const client = desk.client();
    desk.allocate(client, 8192);
    desk.source.made[0]!.held = false;
    desk.sweep();
    desk.turn();
    desk.available = 0;
    expect(desk.allocate(client, 4096)).toMatchObject({ code: "no-memory" });
    expect(desk.source.made[0]!.state).toBe("freed");
    expect(desk.service.summary().recycled).toEqual({ buffers: 0, bytes: 0 });
  });
});

describe("explainBrokerRefusal", () => {
  const cases: readonly (readonly [BrokerRefusal, string])[] = [
    [{ code: "no-memory", asked: 8192, available: 4096 }, "8 KiB are asked for, and this machine has 4 KiB to give"],
    [
      { code: "quota-exceeded", scope: "user", unit: "buffers", asked: 1, used: 4, quota: 4, heap: null },
      "1 buffer more are asked for, 4 buffers are charged, and all clients of this user may have 4 buffers",
    ],
    [
      {
        code: "quota-exceeded",
        scope: "heap",
        unit: "bytes",
        asked: 4096,
        used: null,
        quota: 65_536,
        heap: "cma:default",
      },
      '4 KiB more are asked for, and all clients in "cma:default" may have 64 KiB',
    ],
    [{ code: "not-welcome" }, "no rule of the broker's policy is about this user or its groups"],
  ];
  for (const [refusal, sentence] of cases)
    it(`says: ${sentence}`, () => expect(explainBrokerRefusal(refusal)).toBe(sentence));
});
