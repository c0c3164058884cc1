import { describe, expect, it } from "vitest";
import { PROCESSOR_FACTS } from "../../src/facts/reviewed/processors.js";
import { factOf } from "./summary.js";

/** Role, masks, use of regions and MMU at a glance. */
function said(compatible: string): string {
  const { role, dmaMask, coherentDmaMask, memoryRegionUse, mmu, buffers } = factOf(PROCESSOR_FACTS, compatible);
  expect(buffers).toEqual([]);
  const coherent = coherentDmaMask.value ?? coherentDmaMask.kind;
  return `${role}, ${dmaMask.value ?? dmaMask.kind}, ${coherent}, ${memoryRegionUse}, ${mmu}`;
}

describe("facts of processors", () => {
  // Typed by hand while reading Linux 6.12; the comment names where
  it.each([
    // omap_remoteproc.c:1313 coherent only, :1367 regions, :1328 has_iommu
    ["ti,dra7-dsp", "dsp, default, 0xffffffff, firmware, manages-iommu-domain"],
    ["ti,omap4-ipu", "other, default, 0xffffffff, firmware, manages-iommu-domain"],
    // pru_rproc.c:989 takes no region
    ["ti,am3356-pru", "other, default, default, none, none"],
    ["ti,am642-tx-pru", "other, default, default, none, none"],
    // stm32_rproc.c:223 regions become carve-outs
    ["st,stm32mp1-m4", "other, 0xffffffff, 0xffffffff, firmware, none"],
    // the cores below have the regions: ti_k3_r5_remoteproc.c:993
    ["ti,am64-r5fss", "other, default, default, none, none"],
    // xlnx_r5_remoteproc.c:896 coherent only, of the core; :472 regions of the core
    ["xlnx,zynqmp-r5fss", "other, default, default, none, none"],
    ["xlnx,zynqmp-r5f", "other, default, 0xffffffff, firmware, none"],
    ["ti,am3352-wkup-m3", "other, default, default, none, none"],
    ["amlogic,meson8b-ao-arc", "other, default, default, none, none"],
    ["qcom,wcn3620", "other, default, default, none, none"],
  ])("of %s", (compatible, facts) => expect(said(compatible)).toBe(facts));
});
