/**
 * Buffers of DRM drivers, by their struct drm_driver.
 *
 * Linux 6.12: helpers make buffers for most drivers (drm_gem_dma_helper.c, drm_gem_shmem_helper.c, TTM); who has none of them calls drm_gem_object_init()
 * or drm_gem_private_object_init(). drm_prime.c drm_gem_prime_import_dev() refuses without `gem_prime_import_sg_table`.
 */
import type { BufferKind, QueueFact, SourceLine } from "../../../src/facts/fact.js";
import type { CVariable } from "../c/outline.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";
import { isCore } from "../program/subsystem.js";

/** What a driver for graphics registers. */
export interface Gem {
  readonly buffers: readonly QueueFact[];
  readonly importsPrime: boolean;
  readonly dumb: boolean;
  readonly gem: boolean;
  /** Shows pictures. */
  readonly modeset: boolean;
  /** Draws them. */
  readonly render: boolean;
}

/** Fields of a struct drm_driver that lead to code that makes or takes buffers. */
const MAKERS = ["gem_create_object", "dumb_create", "gem_prime_import_sg_table", "gem_prime_import", "ioctls", "open"];

/** Functions and macros that make or take buffers, by kind. Drivers with buffers of their own borrow smaller ones. */
const FAMILIES: readonly (readonly [names: RegExp, kind: BufferKind])[] = [
  [/^(?:DRM_GEM_VRAM_DRIVER|drm_gem_vram_|drm_gem_ttm_|ttm_bo_init)/, "ttm"],
  [
    /^(?:DRM_GEM_DMA_DRIVER_OPS\w*|drm_gem_dma_(?:create|dumb_create(?:_internal)?|prime_import_sg_table(?:_vmap)?))$/,
    "gem-dma",
  ],
  [/^(?:DRM_GEM_SHMEM_DRIVER_OPS|drm_gem_shmem_(?:create\w*|dumb_create|prime_import_sg_table))$/, "gem-shmem"],
  [/^drm_gem_(?:private_)?object_init$/, "own"],
];

/** Pages one by one, which only translation makes one piece. */
const PAGES = /^(?:drm_gem_get_pages|shmem_read_mapping_page\w*)$/;
const DMA_API = /^dma_alloc_(?:attrs|wc|coherent|noncoherent|pages)$/;

/**
 * What the struct drm_driver in reach of a probe says; several are taken together. Null where there is none.
 *
 * @param nodes - definitions in reach of the probe
 */
export function gemOf(source: KernelSource, nodes: readonly Definition[]): Gem | null {
  const drivers = nodes.filter(isDrmDriver);
  if (drivers.length === 0) return null;
  const has = (name: string): boolean => drivers.some(({ names }) => names.has(name));
  const fills = (field: string): boolean => drivers.some(({ fieldValues }) => fieldValues.has(field));
  const helpers = drivers.some(({ names }) => [...names].some((name) => /^DRM_GEM_\w*DRIVER_(?:OPS|PRIME)/.test(name)));
  const gem = has("DRIVER_GEM");
  const seen = new Set<string>();
  const buffers = drivers
    .flatMap((driver) => queuesOf(source, driver))
    .filter((queue) => {
      const key = `${queue.kind} ${queue.when ?? ""}`;
      return !seen.has(key) && seen.add(key);
    });
  return {
    buffers: gem ? buffers : [],
    importsPrime: gem && (helpers || fills("gem_prime_import") || fills("gem_prime_import_sg_table")),
    dumb: helpers || fills("dumb_create"),
    gem,
    modeset: has("DRIVER_MODESET"),
    render: has("DRIVER_RENDER"),
  };
}

function isDrmDriver(node: Definition): node is CVariable {
  return node.kind === "variable" && node.type === "drm_driver";
}

/** The buffers of one struct drm_driver: by the helpers it names, else by those its functions come to. */
function queuesOf(source: KernelSource, driver: CVariable): readonly QueueFact[] {
  const line: SourceLine = { file: driver.file, line: driver.line };
  const code = reached(source, driver, MAKERS);
  const families = [driver, ...code].map(({ names }) => familyOf(names));
  const kind = FAMILIES.map(([, family]) => family).find((family) => families.includes(family));
  if (kind === undefined) return [];
  const dma32 = code.some(
    ({ names }) => names.has("mapping_set_gfp_mask") && (names.has("__GFP_DMA32") || names.has("GFP_DMA32")),
  );
  const gfp = dma32 ? { gfp: "dma32" as const } : {};
  if (kind !== "own") return [{ queue: "gem", kind, ...gfp, sources: [line] }];
  return ownQueues(source, driver, code, line).map((queue) => ({ ...queue, ...gfp }));
}

function familyOf(names: ReadonlySet<string>): BufferKind | null {
  for (const [pattern, kind] of FAMILIES) for (const name of names) if (pattern.test(name)) return kind;
  return null;
}

/** Code of the driver itself that fields of a variable lead to. */
function reached(source: KernelSource, driver: CVariable, fields: readonly string[]): Definition[] {
  const found = new Set<Definition>();
  const add = (name: string, file: string): void => {
    const definition = source.define(name, file);
    if (definition !== null && definition !== driver && !isCore(definition.file)) found.add(definition);
  };
  for (const field of fields) for (const name of driver.fieldValues.get(field) ?? []) add(name, driver.file);
  // A function that a macro is handed stands under no field.
  for (const name of driver.names) if (source.define(name, driver.file)?.kind === "function") add(name, driver.file);
  for (const node of found) for (const name of node.names) add(name, node.file);
  return [...found];
}

/** Buffers of the driver's own making; none where it cannot be told what they are. */
function ownQueues(
  source: KernelSource,
  driver: CVariable,
  code: readonly Definition[],
  line: SourceLine,
): readonly QueueFact[] {
  const importers = reached(source, { ...driver, names: new Set() }, ["gem_prime_import_sg_table", "gem_prime_import"]);
  // Memory that is no buffer, for commands and tables, is allocated elsewhere.
  const files = new Set(code.filter(({ names }) => familyOf(names) === "own").map(({ file }) => file));
  const makers = code.filter(({ kind, file }) => kind === "function" && files.has(file));
  const lineOf = (names: RegExp): SourceLine[] => {
    const holder = makers.find((node) => [...node.names].some((name) => names.test(name)));
    return holder === undefined ? [] : [{ file: holder.file, line: holder.line }];
  };
  const pages = lineOf(PAGES);
  const whole = lineOf(DMA_API);
  if (importers.length === 0 || pages.length + whole.length === 0) return [];
  const insists = importers.some((node) =>
    /\bdrm_prime_get_contiguous_size\b|\bnents\s*(?:[!=]=|>)\s*1\b/.test(textOf(source, node)),
  );
  const queue = { queue: "gem", kind: "own", sources: [line, ...pages, ...whole] } as const;
  if (whole.length === 0) {
    // Pages of its own that it would not take from others: something is not understood.
    return insists ? [] : [{ ...queue, allocates: "scattered", accepts: "scattered" }];
  }
  const attrs = makers.some(({ names }) => names.has("DMA_ATTR_NO_KERNEL_MAPPING"))
    ? { attrs: ["no-kernel-mapping" as const] }
    : {};
  if (pages.length === 0) {
    // What the DMA API allocates is one piece, of whatever pages where an IOMMU serves the device.
    const accepts = insists ? "contiguous" : "scattered";
    return [
      { ...queue, when: "iommu", ...attrs, allocates: "scattered", accepts },
      { ...queue, when: "no-iommu", ...attrs, allocates: "contiguous", accepts },
    ];
  }
  if (!makers.some((node) => /iommu|->domain\b/.test(textOf(source, node)))) return [];
  return [
    { ...queue, when: "iommu", allocates: "scattered", accepts: "scattered" },
    { ...queue, when: "no-iommu", ...attrs, allocates: "contiguous", accepts: "contiguous" },
  ];
}

function textOf(source: KernelSource, node: Definition): string {
  return source.outline(node.file)?.code.slice(node.start, node.end) ?? "";
}
