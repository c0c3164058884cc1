import { describe, expect, it } from "vitest";
import { nameOfMatch } from "../../src/facts/lookup.js";
import { VIRTUAL_FACTS } from "../../src/facts/reviewed/virtual.js";
import { summarize } from "./summary.js";

// Typed by hand while reading Linux 6.12; the comment above each row names where.
const PLAIN = { appliesTo: "self", segment: "default", mmu: "none" };
const ALL_ONES = "exact 0xffffffffffffffff, exact 0xffffffffffffffff";

const cases = [
  // vivid-core.c:925 vmalloc unless allocators is 1; no mask before :1976
  {
    name: "vivid",
    fact: { ...PLAIN, module: "vivid", masks: "default, default", queues: "capture vmalloc, output vmalloc" },
  },
  // vivid-core.c:1977 both masks, :925 contiguous
  {
    name: "vivid allocators=1",
    fact: {
      ...PLAIN,
      module: "vivid",
      masks: "exact 0xffffffff, exact 0xffffffff",
      queues: "capture contig, output contig",
    },
  },
  // vim2m.c:1141 and :1155 vmalloc, :1319 sets no mask
  {
    name: "vim2m",
    fact: { ...PLAIN, module: "vim2m", masks: "default, default", queues: "output vmalloc, capture vmalloc" },
  },
  // vgem_drv.c:143 both masks, :119 shmem
  { name: "vgem", fact: { ...PLAIN, module: "vgem", masks: ALL_ONES, queues: "gem gem-shmem" } },
  // vkms_drv.c:203 both masks, :114 shmem
  { name: "vkms", fact: { ...PLAIN, module: "vkms", masks: ALL_ONES, queues: "gem gem-shmem" } },
];

describe("facts of drivers for testing", () => {
  it("has a row for every fact", () =>
    expect(VIRTUAL_FACTS.map(({ match }) => nameOfMatch(match))).toEqual(cases.map(({ name }) => name)));

  it.each(cases)("$name", ({ name, fact }) => {
    expect(VIRTUAL_FACTS.filter(({ match }) => nameOfMatch(match) === name).map(summarize)).toEqual([fact]);
  });
});
