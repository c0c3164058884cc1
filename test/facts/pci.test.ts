import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { nameOfMatch } from "../../src/facts/lookup.js";
import { PCI_FACTS } from "../../src/facts/reviewed/pci.js";
import { summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const MASTER = { appliesTo: "self", segment: "default", queues: "", mmu: "none" };
const GPU = { ...MASTER, segment: "4294967295", mmu: "device" };
const twice = (mask: string): string => `${mask}, ${mask}`;
const FULL = "0xffffffffffffffff";

const cases = [
  // nvme/host/pci.c:3220 the quirk, :3225 the segment, :3766-3777 Amazon
  {
    name: "nvme",
    fact: { ...MASTER, module: "nvme", masks: twice(`set 0xffffffffffff|${FULL}`), segment: "4294967295" },
  },
  // e1000_main.c:998 PCI-X alone gets 64 bits
  { name: "e1000", fact: { ...MASTER, module: "e1000", masks: twice(`runtime 0xffffffff|${FULL}`) } },
  // e1000e/netdev.c:7392
  { name: "e1000e", fact: { ...MASTER, module: "e1000e", masks: twice(`exact ${FULL}`) } },
  // xhci.c:5318-5332, :5270 64 unless xhci-pci.c:455 says 36
  {
    name: "xhci_hcd",
    fact: {
      ...MASTER,
      module: "xhci-pci",
      masks: twice(`runtime 0xffffffff|0xfffffffff|${FULL}`),
      segment: "4294967295",
    },
  },
  // virtio_pci_modern_dev.c:279
  { name: "virtio-pci", fact: { ...MASTER, module: "virtio_pci", masks: twice(`exact ${FULL}`) } },
  // virtgpu_drv.c:97 asks the DMA layer
  {
    name: "1af4:1050",
    fact: {
      ...MASTER,
      module: "virtio-gpu",
      masks: twice(`exact ${FULL}`),
      segment: "runtime",
      queues: "gem gem-shmem",
    },
  },
  // bochs.c:636 to its end
  { name: "1234:1111", fact: { ...MASTER, module: "bochs", masks: "default, default", queues: "gem ttm" } },
  // cirrus.c:666 to its end
  { name: "1013:00b8", fact: { ...MASTER, module: "cirrus", masks: "default, default", queues: "gem gem-shmem" } },
  // i915_pci.c, all dma_mask_size; i915_driver.c:392-405 coherent memory
  {
    name: "i915",
    fact: {
      ...GPU,
      module: "i915",
      masks:
        "set 0xffffffff|0xfffffffff|0x7fffffffff|0xffffffffff|0x3fffffffffff, set 0x3fffffff|0xffffffff|0xfffffffff|0x7fffffffff|0xffffffffff|0x3fffffffffff",
      queues: "gem own scattered>scattered",
    },
  },
  // gmc_v6_0.c to gmc_v12_0.c; gmc_v9_0.c:2143 48 bits from 9.4.2 on
  {
    name: "amdgpu",
    fact: {
      ...GPU,
      module: "amdgpu",
      masks: twice("set 0xffffffffff|0xfffffffffff|0xffffffffffff"),
      queues: "gem ttm",
    },
  },
  // QEMU docs/specs/edu.rst: 28 bits by default
  { name: "1234:11e8", fact: { ...MASTER, module: "edu", masks: twice("exact 0xfffffff") } },
];

describe("facts of PCI devices", () => {
  it("has a row for every fact", () =>
    expect(PCI_FACTS.map(({ match }) => nameOfMatch(match))).toEqual(cases.map(({ name }) => name)));

  it.each(cases)("$name", ({ name, fact }) => {
    expect(PCI_FACTS.filter(({ match }) => nameOfMatch(match) === name).map(summarize)).toEqual([fact]);
  });

  it("are found by ids, and by the name of the driver", async () => {
    const facts = await loadFacts();
    expect(facts.byPci(0x1234, 0x11e8)?.url).toBe("https://www.qemu.org/docs/master/specs/edu.html");
    expect(facts.byPlatformDriver("nvme")?.role).toBe("other");
    expect(facts.byName("1234:11E8").facts.length).toBe(1);
  });
});
