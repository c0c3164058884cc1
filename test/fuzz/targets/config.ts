import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import type { KernelProfile } from "../../../src/machine/profile.js";
import { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES } from "../../../src/machine/profiles.js";
import { machineOf } from "../../machine/board.js";
import { PARTS_BOARD, PARTS_FACTS } from "../boards.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/** Profiles a machine was already built with, name left out. */
const known = new Set<string>();

/**
 * Lays a text over the profiles as kernel configuration, and builds a machine with each new result.
 *
 * @throws when laying it over twice is something else than once, or a saved machine with the profile is refused
 */
export function run(data: Uint8Array): void {
  const text = new TextDecoder().decode(data);
  for (const base of KERNEL_PROFILES.values()) {
    const profile = applyConfig(base, text);
    if (profile.name !== `${base.name}+config`) throw new Error(`the name is ${profile.name}`);
    const twice = applyConfig(profile, text);
    if (nameless(twice) !== nameless(profile)) throw new Error(`twice: ${nameless(twice)}, once: ${nameless(profile)}`);
    if (base === EMBEDDED_6_12) build(profile);
  }
}

function build(profile: KernelProfile): void {
  const key = nameless(profile);
  if (known.has(key)) return;
  if (known.size > 100_000) known.clear();
  known.add(key);
  const saved = parseMachine(machineToJson(machineOf(PARTS_BOARD, PARTS_FACTS, { profile })));
  if (!saved.ok) throw new Error(`a machine with this profile is refused: ${saved.refusal.text}`);
}

function nameless(profile: KernelProfile): string {
  return JSON.stringify({ ...profile, name: "" });
}

const encoder = new TextEncoder();

/** A configuration with every option that counts, and one that turns everything off. */
export const seeds: Uint8Array[] = [
  [
    "# Linux/arm64 6.12.0 Kernel Configuration",
    "CONFIG_ARM64=y",
    "CONFIG_ARM64_64K_PAGES=y",
    "CONFIG_ARCH_FORCE_MAX_ORDER=13",
    "CONFIG_TRANSPARENT_HUGEPAGE=y",
    "CONFIG_HUGETLB_PAGE=y",
    "CONFIG_CMA=y",
    "CONFIG_DMA_CMA=y",
    "CONFIG_CMA_SIZE_MBYTES=128",
    "CONFIG_CMA_SIZE_PERCENTAGE=10",
    "CONFIG_CMA_SIZE_SEL_MAX=y",
    "CONFIG_CMA_ALIGNMENT=9",
    "CONFIG_CMA_AREAS=7",
    "CONFIG_DMABUF_HEAPS=y",
    "CONFIG_DMABUF_HEAPS_SYSTEM=y",
    "CONFIG_DMABUF_HEAPS_CMA=y",
    "CONFIG_UDMABUF=m",
    "CONFIG_DMA_RESTRICTED_POOL=y",
    "CONFIG_IOMMU_DEFAULT_PASSTHROUGH=y",
    "CONFIG_ROCKCHIP_IOMMU=y",
    "",
  ],
  [
    "CONFIG_ARM64_16K_PAGES=y",
    "# CONFIG_TRANSPARENT_HUGEPAGE is not set",
    "# CONFIG_CMA is not set",
    "# CONFIG_DMABUF_HEAPS is not set",
    "# CONFIG_UDMABUF is not set",
    "# CONFIG_ROCKCHIP_IOMMU is not set",
    "# CONFIG_VIDEO_HANTRO is not set",
    'CONFIG_LOCALVERSION="-board"',
  ],
].map((lines) => encoder.encode(lines.join("\n")));

export const mutation: Mutation = textMutation([
  "\n",
  "=y",
  "=m",
  "=n",
  " is not set",
  "# ",
  "CONFIG_",
  'CONFIG_CC_VERSION_TEXT="gcc"\n',
  "# Linux/arm 6.1.0 Kernel Configuration\n",
  "CONFIG_ARM=y\n",
  "CONFIG_RISCV=y\n",
  "CONFIG_X86_64=y\n",
  "CONFIG_ARM64_4K_PAGES=y\n",
  "CONFIG_PAGE_SIZE_16KB=y\n",
  "CONFIG_CMA_SIZE_SEL_MIN=y\n",
  "CONFIG_CMA_SIZE_SEL_PERCENTAGE=y\n",
  "CONFIG_ARCH_FORCE_MAX_ORDER=99\n",
  "999999999",
]);

/** Most runs build a machine. */
export const testExecutions = 2000;
