import { describe, expect, it } from "vitest";
import { ION_FLAG_CACHED, IonClient } from "../../src/clients/ion-client.js";
import { mebibytes } from "../../src/units/quantity.js";
import { orThrow } from "../../src/units/result.js";
import { clientSystem, usage } from "./board.js";

describe("an Ion client", () => {
  it("gets the memory its devices can use, whatever heaps its mask names", () => {
    const heaps = [0, 1, 0x20, 0xffffffff].map((mask) => {
      const ion = new IonClient(clientSystem());
      const buffer = ion.buffer(ion.alloc(mebibytes(4), mask));
      for (const name of ["gpu", "camera"]) buffer.attach(name);
      return orThrow(buffer.allocate()).heap;
    });
    expect(heaps).toEqual(["cma:default", "cma:default", "cma:default", "cma:default"]);
  });

  it("has no memory before a device maps it", () => {
    const system = clientSystem();
    const ion = new IonClient(system);
    const before = usage(system);
    const handle = ion.alloc(mebibytes(4), 1, ION_FLAG_CACHED);
    ion.buffer(handle).attach("camera");
    expect(usage(system)).toEqual(before);
  });

  it("shares with another client by a descriptor, and has one handle for one buffer", () => {
    const system = clientSystem();
    const [one, other] = [new IonClient(system), new IonClient(system)];
    const handle = one.alloc(4096, 1);
    const descriptor = one.share(handle);
    const there = other.import(descriptor);
    expect(other.import(descriptor)).toBe(there);
    expect(one.import(descriptor)).toBe(handle);
    expect(other.buffer(there)).toBe(one.buffer(handle));
    system.closeDescriptor(descriptor);
    for (const client of [one, one, other, other]) client.free(client === one ? handle : there);
    expect(system.buffers).toEqual([]);
    expect([one.handleCount, other.handleCount]).toEqual([0, 0]);
  });

  it("is told what it does wrong", () => {
    const ion = new IonClient(clientSystem());
    expect(() => ion.alloc(0, 1)).toThrow(new RangeError("size is 0, not a whole number from 1 to 2^53 - 1"));
    expect(() => ion.alloc(1, -1)).toThrow(new RangeError("heapIdMask is -1, not a whole number from 0 to 2^32 - 1"));
    expect(() => ion.alloc(1, 1, 6)).toThrow(new RangeError("flags are 6; 0 and 1 are possible"));
    expect(() => ion.free(1)).toThrow(new RangeError("handle 1 is not open"));
    expect(() => ion.share(7)).toThrow(new RangeError("handle 7 is not open"));
    expect(() => ion.import(3)).toThrow(new RangeError("descriptor 3 is not open"));
  });
});
