import { describe, expect, it } from "vitest";
import { type NamedRequest, readRequest } from "../../src/placement/named-request.js";
import { board, device } from "../machine-builder.js";

const MACHINE = board({
  ram: "0x40000000+1G",
  devices: [device("vpu@1"), device("isp@2", { queue: "sg" }), device("isp@3", { queue: "sg" })],
});
const read = (named: NamedRequest) => readRequest(MACHINE, named);

describe("readRequest", () => {
  it("finds devices and queues, and fills in the rest", () => {
    expect(read({ devices: ["vpu", "/soc/isp@2#capture"], size: 4096 })).toEqual({
      ok: true,
      value: {
        participants: [
          { device: MACHINE.devices.find((d) => d.name === "vpu@1"), queue: null, access: "read-write" },
          { device: MACHINE.devices.find((d) => d.name === "isp@2"), queue: "capture", access: "read-write" },
        ],
        size: 4096,
        image: null,
        count: 1,
        cpu: "rare",
      },
    });
  });
  it("reads a picture", () => {
    expect(read({ devices: ["vpu"], image: "64x32:NV12", count: 3, cpu: "often" })).toMatchObject({
      ok: true,
      value: {
        size: null,
        image: { width: 64, height: 32, format: "NV12", modifier: "LINEAR" },
        count: 3,
        cpu: "often",
      },
    });
  });

  const wrong: readonly { readonly name: string; readonly named: NamedRequest; readonly refusal: object }[] = [
    { name: "no devices", named: { devices: [], size: 1 }, refusal: { code: "no-devices" } },
    {
      name: "an unknown device, before anything else",
      named: { devices: ["vpv"], size: -1 },
      refusal: { code: "unknown-device", name: "vpv" },
    },
    {
      name: "an ambiguous device",
      named: { devices: ["isp"], size: 1 },
      refusal: { code: "ambiguous-device", matches: ["/soc/isp@2", "/soc/isp@3"] },
    },
    {
      name: "an unknown queue",
      named: { devices: ["vpu#meta"], size: 1 },
      refusal: { code: "unknown-queue", queues: ["capture"] },
    },
    { name: "neither size nor image", named: { devices: ["vpu"] }, refusal: { code: "size-or-image" } },
    { name: "both", named: { devices: ["vpu"], size: 1, image: "1x1:NV12" }, refusal: { code: "size-or-image" } },
    { name: "a size of 0", named: { devices: ["vpu"], size: 0 }, refusal: { code: "bad-size", size: 0 } },
    { name: "half a byte", named: { devices: ["vpu"], size: 0.5 }, refusal: { code: "bad-size", size: 0.5 } },
    { name: "a count of 0", named: { devices: ["vpu"], size: 1, count: 0 }, refusal: { code: "bad-count", count: 0 } },
    {
      name: "a picture of no format",
      named: { devices: ["vpu"], image: "8x8:NV99" },
      refusal: { code: "unknown-format", format: "NV99" },
    },
  ];
  for (const { name, named, refusal } of wrong)
    it(`refuses ${name}`, () => expect(read(named)).toMatchObject({ ok: false, refusal }));
});
