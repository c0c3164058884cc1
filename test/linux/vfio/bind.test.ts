import { describe, expect, it } from "vitest";
import { bindToVfioPci } from "../../../src/linux/vfio/bind.js";
import { explainVfioRefusal, type VfioRefusal } from "../../../src/linux/vfio/vfio-refusal.js";
import { orThrow } from "../../../src/units/result.js";
import { type FakeMachine, FakeSysfs } from "./fake-vfio.js";

const NIC = "0000:01:00.0";

function sysfs(driver: string | null, machine: Partial<FakeMachine> = {}, group: number | null = 7): FakeSysfs {
  return new FakeSysfs({ functions: { [NIC]: { driver, group, ownDriver: "e1000e" } }, ...machine });
}

function refusalOf(fake: FakeSysfs, address = NIC): VfioRefusal {
  const bound = bindToVfioPci(address, fake);
  if (bound.ok) throw new Error("it was bound");
  return bound.refusal;
}

describe("bindToVfioPci", () => {
  it("takes a function from its driver, and gives it back", () => {
    const fake = sysfs("e1000e");
    const binding = orThrow(bindToVfioPci(NIC, fake));
    expect(binding).toMatchObject({ address: NIC, previousDriver: "e1000e" });
    expect(fake.driverOf(NIC)).toBe("vfio-pci");
    expect(fake.writes).toEqual(["override vfio-pci", "unbind", "probe"]);
    orThrow(binding.release());
    expect(fake.driverOf(NIC)).toBe("e1000e");
    expect(fake.writes.slice(3)).toEqual(["override ", "unbind", "probe"]);
  });

  it("gives one without a driver to vfio-pci", () => {
    const fake = sysfs(null);
    expect(orThrow(bindToVfioPci(NIC, fake)).previousDriver).toBeNull();
    expect(fake.writes).toEqual(["override vfio-pci", "probe"]);
  });

  it("leaves alone one that vfio-pci has, also at the end", () => {
    const fake = sysfs("vfio-pci");
    orThrow(orThrow(bindToVfioPci(NIC, fake)).release());
    expect(fake.writes).toEqual([]);
  });

  it("refuses what is not there, without an IOMMU, or without vfio-pci, and touches nothing", () => {
    expect(refusalOf(sysfs("e1000e"), "0000:02:00.0")).toEqual({ code: "no-device", address: "0000:02:00.0" });
    const bare = sysfs("e1000e", {}, null);
    expect(refusalOf(bare)).toEqual({ code: "no-iommu", address: NIC });
    const unloaded = sysfs("e1000e", { drivers: [] });
    expect(refusalOf(unloaded)).toEqual({ code: "no-vfio", module: "vfio-pci" });
    expect([...bare.writes, ...unloaded.writes]).toEqual([]);
  });

  it("gives it back to its driver when vfio-pci does not take it", () => {
    const fake = sysfs("e1000e");
    fake.refuses = true;
    const refusal = refusalOf(fake);
    expect(refusal).toEqual({ code: "bind-failed", address: NIC, driver: "e1000e", failure: null });
    expect(explainVfioRefusal(refusal)).toMatch(/^vfio-pci did not take 0000:01:00\.0, it is with e1000e: /);
  });

  it("throws for a text that is no address of a function", () => {
    for (const text of ["01:00.0", "0000:01:00.8", "0000:01:20.0", "../../evil", ""]) {
      expect(() => bindToVfioPci(text, sysfs(null)), text).toThrow(RangeError);
    }
  });
});
