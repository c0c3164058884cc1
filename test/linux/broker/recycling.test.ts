/** A broker in this process, so that its turns and its clients' answers can be counted. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startBroker } from "../../../src/linux/broker/broker.js";
import type { BufferSource, SourceBuffer } from "../../../src/linux/broker/buffer-source.js";
import { type BrokerConnection, connectBroker } from "../../../src/linux/broker/client.js";
import { listenAt } from "../../../src/linux/broker/listen.js";
import { MemfdSource } from "../../../src/linux/broker/memfd-source.js";
import { readPolicy } from "../../../src/linux/broker/read-policy.js";
import { BrokerService } from "../../../src/linux/broker/service.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { mebibytes } from "../../../src/units/quantity.js";
import { accepted, orThrow } from "../../../src/units/result.js";
import { SocketFolder } from "./broker-process.js";
import { turns } from "./waiting.js";

const kernel = orThrow(await openKernel());
const folder = new SocketFolder();
afterAll(() => folder[Symbol.dispose]());
const POLICY = orThrow(
  readPolicy("schema: coalloc/broker-policy/1\nrecycle: 64M\nrules: [{name: all, who: [any]}]", {
    users: new Map(),
    groups: new Map(),
  }),
);

/** Files in memory, with every slice that is zeroed told. */
class ToldSource implements BufferSource {
  readonly name = "told";
  /** Buffers that were made. */
  made = 0;
  readonly #memfds: MemfdSource = new MemfdSource(kernel);
  readonly #tell: () => void;

  constructor(tell: () => void) {
    this.#tell = tell;
  }

  allocate(...words: Parameters<BufferSource["allocate"]>): ReturnType<BufferSource["allocate"]> {
    const made = this.#memfds.allocate(...words);
    this.made += 1;
    return made.ok ? accepted({ ...made.value, buffers: made.value.buffers.map((one) => this.#told(one)) }) : made;
  }

  #told(buffer: SourceBuffer): SourceBuffer {
    const clear = buffer.clear.bind(buffer);
    buffer.clear = (offset, size) => {
      this.#tell();
      return clear(offset, size);
    };
    return buffer;
  }
}

const count = (event: string, events: readonly string[]): number => events.filter((one) => one === event).length;

describe("a large buffer that is zeroed for the next", () => {
  it("does not keep other clients waiting", async () => {
    const events: ("slice" | "answer")[] = [];
    const source = new ToldSource(() => events.push("slice"));
    const service = new BrokerService({ policy: POLICY, source, version: "test", descriptors: 1000 });
    const broker = startBroker(kernel, orThrow(listenAt(kernel, join(folder.path, "socket"))), service, () => {});
    const connect = async (): Promise<BrokerConnection> =>
      orThrow(await connectBroker(join(folder.path, "socket"), { kernel }));
    using client = await connect();
    using other = await connect();
    try {
      const large = orThrow(await client.allocate({ size: mebibytes(64) }));
      large.bytes.fill(7);
      expect(orThrow(await large.release())).toBe("freed");
      for (let i = 0; i < 1000 && count("slice", events) < 16; i += 1) {
        orThrow(await other.list());
        events.push("answer");
      }
      expect(count("slice", events)).toBe(16);
      expect(count("answer", events.slice(0, events.lastIndexOf("slice")))).toBeGreaterThan(2);
      await turns(1);
      const again = orThrow(await other.allocate({ size: mebibytes(64) }));
      expect(again.bytes.indexOf(7)).toBe(-1);
      expect(source.made).toBe(1);
      again.close();
    } finally {
      broker.stop();
    }
  });
});
