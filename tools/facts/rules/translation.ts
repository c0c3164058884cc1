/** Who translates addresses for the device: an IOMMU of the tree, which needs no word, the device itself, or its driver behind such an IOMMU. */
import type { DeviceFact } from "../../../src/facts/fact.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";

const TABLE_CODE = new Set(["alloc_io_pgtable_ops"]);
const DOMAINS = new Set(["iommu_domain_alloc", "iommu_paging_domain_alloc"]);
const MAPS = new Set(["iommu_map", "iommu_map_sg", "iommu_map_sgtable"]);
/** Goes through memory page by page, as whoever writes page tables has to. */
const WALKS =
  /\b(?:for_each_sgtable_dma_page|for_each_sg_dma_page|sg_page_iter_dma_address|sg_dma_address|page_to_phys|sg_phys)\b/;
/** A register of a unit that translates. */
const REGISTER = /(?:^|_)MMU(?:V?\d)?(?:_|$)/;

/**
 * Linux 6.12: io-pgtable is the kernel's code for page tables, which an engine with an MMU of its own uses; others write tables themselves: then registers of an MMU
 * are written, and pages gone through one by one. Drivers of IOMMUs translate for others.
 *
 * @param code - the driver's own
 */
export function translationOf(source: KernelSource, code: readonly Definition[], file: string): DeviceFact["mmu"] {
  if (file.startsWith("drivers/iommu/")) return "none";
  const calls = (names: ReadonlySet<string>): boolean =>
    code.some((node) => node.kind === "function" && [...names].some((name) => node.calls.has(name)));
  if (calls(DOMAINS) && calls(MAPS)) return "manages-iommu-domain";
  if (calls(TABLE_CODE)) return "device";
  const hasRegister = code.some((node) => node.kind === "function" && [...node.names].some(isRegister));
  const walks = code.some((node) => node.kind === "function" && [...node.names].some((name) => WALKS.test(name)));
  return hasRegister && walks ? "device" : "none";
}

/** Whether a block of an aggregate puts itself into the domain that its aggregate keeps. */
export function joinsDomain(code: readonly Definition[]): boolean {
  return code.some(({ names }) => names.has("iommu_attach_device") || names.has("iommu_attach_group"));
}

function isRegister(name: string): boolean {
  return name === name.toUpperCase() && REGISTER.test(name) && !name.startsWith("CONFIG_");
}
