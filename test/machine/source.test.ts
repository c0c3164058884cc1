import { describe, expect, it } from "vitest";
import { buildDeviceTree, stringBytes } from "../../src/devicetree/build.js";
import { DeviceTreeError } from "../../src/devicetree/error.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { FactBase } from "../../src/facts/lookup.js";
import { MachineError } from "../../src/machine/error.js";
import { machineToJson } from "../../src/machine/json.js";
import { EMBEDDED_6_12 } from "../../src/machine/profiles.js";
import { type MachineSource, machineFromSource } from "../../src/machine/source.js";
import { machineOf, PLAIN } from "./board.js";

const options = { facts: new FactBase([]), profile: EMBEDDED_6_12 };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const source = (files: Record<string, Uint8Array>): MachineSource => new Map(Object.entries(files));
const flat = writeDeviceTree(buildDeviceTree(PLAIN));
const plain = machineOf({});

describe("machineFromSource", () => {
  it("reads a flattened tree", async () => {
    expect(await machineFromSource(source({ "tree.dtb": flat }), options)).toEqual(plain);
  });

  it("reads a tree as files", async () => {
    const reg = PLAIN["memory@40000000"] as { reg: Uint8Array };
    const two = new Uint8Array([0, 0, 0, 2]);
    const machine = await machineFromSource(
      source({
        "tree/#address-cells": two,
        "tree/#size-cells": two,
        "tree/cpus/cpu@0/compatible": stringBytes("arm,cortex-a55"),
        "tree/memory@40000000/device_type": stringBytes("memory"),
        "tree/memory@40000000/reg": reg.reg,
      }),
      options,
    );
    expect(machine.banks).toEqual(plain.banks);
  });

  it("takes a saved machine as it is", async () => {
    const saved = { ...plain, model: "saved" };
    expect(await machineFromSource(source({ "machine.json": utf8(machineToJson(saved)) }), options)).toEqual(saved);
  });

  it("lays a configuration over the profile", async () => {
    const files = source({ "tree.dtb": flat, config: utf8("# CONFIG_CMA is not set\n") });
    const machine = await machineFromSource(files, options);
    expect([machine.profile.name, machine.profile.cma, machine.defaultCma]).toEqual([
      "embedded-6.12+config",
      false,
      null,
    ]);
  });

  it("throws a typed error for anything else", async () => {
    await expect(machineFromSource(source({}), options)).rejects.toMatchObject({ code: "bad-source" });
    await expect(machineFromSource(source({ "machine.json": utf8("{}") }), options)).rejects.toBeInstanceOf(
      MachineError,
    );
    await expect(machineFromSource(source({ "tree.dtb": utf8("PNG") }), options)).rejects.toBeInstanceOf(
      DeviceTreeError,
    );
    const empty = writeDeviceTree(buildDeviceTree({}));
    await expect(machineFromSource(source({ "tree.dtb": empty }), options)).rejects.toMatchObject({
      code: "no-memory",
    });
  });
});
