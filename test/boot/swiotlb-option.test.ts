import { describe, expect, it } from "vitest";
import { parseSwiotlbOption, type SwiotlbOption } from "../../src/boot/swiotlb-option.js";

/** What several on one line say. */
function said(...values: readonly string[]): SwiotlbOption | null {
  return values.reduce<SwiotlbOption | null>((before, value) => parseSwiotlbOption(value, before), null);
}

// All of it was seen with Debian's arm64 kernel 6.12: `software IO TLB: mapped [...]` is as large as these slots.
describe("swiotlb=", () => {
  it("counts slots, in whole segments of 128", () => {
    expect(said("65536")?.slots).toBe(65536);
    expect(said("1")?.slots).toBe(128);
    expect(said("0x1000")?.slots).toBe(4096);
    expect(said("0200")?.slots).toBe(128);
  });

  it("knows no K and no M", () => expect(said("64M")).toEqual({ slots: 128, mode: "auto", unread: "M" }));

  it("gives every area a segment, and rounds to a power of two", () => {
    expect(said("1,3")?.slots).toBe(512);
    expect(said("1000,2")?.slots).toBe(1024);
    expect(said(",300")?.slots).toBe(65536);
    expect(said(",4")?.slots).toBeNull();
    expect(said("1,0")?.slots).toBe(128);
  });

  it("has force and noforce at the end", () => {
    expect(said("force")).toEqual({ slots: null, mode: "force", unread: "" });
    expect(said("512,force")).toEqual({ slots: 512, mode: "force", unread: "" });
    expect(said("512,4,noforce")).toEqual({ slots: 512, mode: "noforce", unread: "" });
    expect(said("512,forced")).toEqual({ slots: 512, mode: "auto", unread: "forced" });
    expect(said("512,4,2,force")).toEqual({ slots: 512, mode: "auto", unread: "2,force" });
  });

  it("lets the last number win, and noforce over force in any order", () => {
    expect(said("512", "2048")?.slots).toBe(2048);
    expect(said("64M", "2048")?.unread).toBe("");
    expect(said("noforce", "force")?.mode).toBe("noforce");
    expect(said("force", "noforce")?.mode).toBe("noforce");
    expect(said("force", "512")).toEqual({ slots: 512, mode: "force", unread: "" });
  });

  it("says nothing where it is empty", () => expect(said("")).toEqual({ slots: null, mode: "auto", unread: "" }));
});
