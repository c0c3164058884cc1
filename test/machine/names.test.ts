import { describe, expect, it } from "vitest";
import { cells64, type TreeSpec } from "../../src/devicetree/build.js";
import { explainName, resolveDevice } from "../../src/machine/names.js";
import { fact, machineOf, soc } from "./board.js";

const on = (compatible: string, address: number): TreeSpec => ({ compatible, reg: cells64(address, 0x1000) });

const machine = machineOf(
  {
    ...soc({
      "mmc@fe310000": on("x,mmc", 0xfe31_0000),
      "mmc@fe320000": on("x,mmc", 0xfe32_0000),
      "mmc@fe330000": { ...on("x,mmc", 0xfe33_0000), status: "disabled" },
      "vop@fdd90000": { ...on("x,vop", 0xfdd9_0000), status: "disabled" },
      "usb@fe800000": { ...on("x,usb2", 0xfe80_0000), status: "disabled" },
      "usb@fe900000": on("x,usb3", 0xfe90_0000),
      "rga@fdb80000": on("x,rga", 0xfdb8_0000),
    }),
    aliases: { mmc1: "/soc/mmc@fe320000" },
    __symbols__: { sdmmc: "/soc/mmc@fe310000", usb: "/soc/usb@fe800000" },
  },
  [
    fact("x,rga", {
      buffers: [
        { queue: "output", kind: "sg" },
        { queue: "capture", kind: "sg" },
      ],
    }),
    fact("x,vop"),
  ],
);

const name = (text: string): unknown => {
  const result = resolveDevice(machine, text);
  return result.ok ? [result.value.device.path, result.value.queue] : result.refusal;
};

describe("resolveDevice", () => {
  const cases: readonly [string, string, unknown][] = [
    ["a full path", "/soc/mmc@fe330000", ["/soc/mmc@fe330000", null]],
    ["a node name", "mmc@fe330000", ["/soc/mmc@fe330000", null]],
    ["an alias", "mmc1", ["/soc/mmc@fe320000", null]],
    ["a label", "sdmmc", ["/soc/mmc@fe310000", null]],
    ["a label before a base name", "usb", ["/soc/usb@fe800000", null]],
    ["a base name that only one node has, disabled or not", "vop", ["/soc/vop@fdd90000", null]],
    ["a compatible", "compatible:x,usb2", ["/soc/usb@fe800000", null]],
    ["a queue", "rga#capture", ["/soc/rga@fdb80000", "capture"]],
    [
      "nothing for a base name of two enabled nodes, and lists the enabled ones",
      "mmc",
      { code: "ambiguous-device", name: "mmc", matches: ["/soc/mmc@fe310000", "/soc/mmc@fe320000"] },
    ],
    [
      "nothing for a compatible of several",
      "compatible:x,mmc",
      { code: "ambiguous-device", name: "compatible:x,mmc", matches: ["/soc/mmc@fe310000", "/soc/mmc@fe320000"] },
    ],
    [
      "nothing for a misspelt name, and says what is near",
      "vop@fdd9000",
      { code: "unknown-device", name: "vop@fdd9000", close: ["vop@fdd90000", "vop"] },
    ],
    ["nothing for a misspelt base name", "rag", { code: "unknown-device", name: "rag", close: ["rga"] }],
    [
      "nothing for an unknown compatible",
      "compatible:x,usb4",
      { code: "unknown-device", name: "compatible:x,usb4", close: ["compatible:x,usb2", "compatible:x,usb3"] },
    ],
    [
      "nothing for a path that is nearly one",
      "/soc/rga@fdb80001",
      { code: "unknown-device", name: "/soc/rga@fdb80001", close: ["/soc/rga@fdb80000"] },
    ],
    ["nothing for an empty name", "", { code: "unknown-device", name: "", close: [] }],
    [
      "no queue the device does not have",
      "rga#gem",
      { code: "unknown-queue", name: "gem", device: "/soc/rga@fdb80000", queues: ["output", "capture"] },
    ],
    [
      "no queue where none is known",
      "mmc1#x",
      { code: "unknown-queue", name: "x", device: "/soc/mmc@fe320000", queues: [] },
    ],
  ];
  for (const [what, text, expected] of cases) it(`takes ${what}`, () => expect(name(text)).toEqual(expected));

  it("takes an enabled node before a disabled one of the same base name", () => {
    const two = machineOf(
      soc({
        "usb@1": { compatible: "x,a", reg: cells64(0xfe00_0000, 0x1000), status: "disabled" },
        "usb@2": { compatible: "x,b", reg: cells64(0xfe10_0000, 0x1000) },
      }),
    );
    const result = resolveDevice(two, "usb");
    expect(result.ok && result.value.device.path).toBe("/soc/usb@2");
  });
});

describe("explainName", () => {
  it("says what is near, what it fits, which queues there are", () => {
    const text = (asked: string): string => {
      const result = resolveDevice(machine, asked);
      return result.ok ? "" : explainName(result.refusal);
    };
    expect(text("vop@fdd9000")).toBe('no device that does DMA is called "vop@fdd9000"; near to it: vop@fdd90000, vop');
    expect(text("mmc")).toBe('"mmc" fits 2 devices; name one by its path: /soc/mmc@fe310000, /soc/mmc@fe320000');
    expect(text("rga#gem")).toBe('/soc/rga@fdb80000 has no queue "gem"; it has output, capture');
  });
});
