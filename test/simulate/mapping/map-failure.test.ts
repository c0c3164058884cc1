import { describe, expect, it } from "vitest";
import { describeMapFailure, explainMapFailure } from "../../../src/simulate/mapping/map-failure.js";
import type { MappedDevice } from "../../../src/simulate/mapping/mapped-device.js";
import { type DeviceSpec, device, iommu } from "../../machine-builder.js";
import { list, mapList, rig } from "./rig.js";

/** What is said about a list that cannot be mapped, on a board with RAM on both sides of 4 GiB. */
function said(spec: DeviceSpec, text: string, fields: Partial<MappedDevice> = {}, commandLine = ""): string {
  const r = rig({
    ram: "0x40000000+8G",
    iommus: [iommu("/iommu", { outputBits: 32 })],
    devices: [device("cam", spec)],
    commandLine,
  });
  const cam = r.device("cam", fields);
  const errno = mapList(r, cam, text);
  if (typeof errno !== "number") throw new Error("it was mapped");
  return describeMapFailure(explainMapFailure(cam, list(text), errno));
}

describe("why a list could not be mapped", () => {
  it("names addresses and widths behind an IOMMU", () => {
    expect(said({ iommu: "/iommu", mask: "0xfffff" }, "0x50000000+1M")).toBe(
      "/soc/cam finds no 1 MiB of I/O addresses up to 0xfffff: 0 B are mapped, the longest free run is 4.00 GiB",
    );
    expect(said({ iommu: "/iommu" }, "0x50000000+4K,0x140000000+4K")).toBe(
      "the IOMMU of /soc/cam cannot point at 0x140000000: its tables have 32 address bits",
    );
  });

  it("names the block that is out of reach, and what bouncing lacks", () => {
    expect(said({}, "0x140000000+4K", {}, "swiotlb=noforce")).toBe(
      "/soc/cam cannot reach 4 KiB at 0x140000000: it emits addresses up to 0xffffffff, and there is nothing to bounce through",
    );
    expect(said({}, "0x140000000+1M")).toBe(
      "1 MiB at 0x140000000 would have to bounce for /soc/cam, and at most 256 KiB can at once",
    );
    const five = Array.from({ length: 5 }, (_, i) => `0x14${i}000000+256K`).join(",");
    expect(said({}, five, {}, "swiotlb=512")).toBe(
      "1.25 MiB would have to bounce for /soc/cam, the first of it at 0x140000000: 0 of 512 slots are in use, the longest free run is 256 KiB",
    );
  });

  it("names how many segments there are and may be", () => {
    expect(said({ maxSegments: 1 }, "0x50000000+4K,0x60000000+4K")).toBe("/soc/cam takes 1 segments, 8 KiB have 2");
    expect(said({ iommu: "/iommu", maxSegments: 1 }, "0x50000000+64K,0x60000000+64K")).toBe(
      "/soc/cam takes 1 segments, 128 KiB have more",
    );
  });

  it("names a block that is no whole page, for engines", () => {
    expect(said({ translation: "device-mmu" }, "0x50000800+4K")).toBe(
      "a block at 0x50000800 is not of whole pages of 4 KiB, as the tables of /soc/cam need",
    );
  });

  it("says that it does not know where nothing explains it", () => {
    const r = rig({ ram: "0x40000000+1G", devices: [device("cam")] });
    const failure = explainMapFailure(r.device("cam"), list("0x50000000+4K"), -5);
    expect(describeMapFailure(failure)).toBe("/soc/cam could not map 4 KiB");
  });
});
