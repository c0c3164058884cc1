/**
 * Queues of videobuf2: how their buffers are made, what they take and give.
 *
 * Linux 6.12: a driver fills in a struct vb2_queue before vb2_queue_init(). `mem_ops` decides what memory it is (videobuf2-dma-contig.c, -dma-sg.c, -vmalloc.c),
 * `io_modes` what REQBUFS takes, `type` the direction; drivers on v4l2-mem2mem do it in a callback with the output queue first.
 */
import type { BufferKind, QueueFact, SourceLine } from "../../../src/facts/fact.js";
import type { StoreEvent } from "../evaluate/trace.js";
import type { Condition, Thing, Value } from "../evaluate/values.js";
import type { Rule } from "./rule.js";

/** The queues of a device, and what the driver says of sharing them. */
export interface Queues {
  readonly buffers: readonly QueueFact[];
  /** Some queue takes a dma-buf. */
  readonly takesDmabuf: boolean;
  /** Some queue gives out what it allocates, by VIDIOC_EXPBUF. */
  readonly givesDmabuf: boolean;
}

/** `enum v4l2_buf_type`, include/uapi/linux/videodev2.h; a queue of metadata by its direction. */
const TYPES: readonly (readonly [number: bigint, name: RegExp, queue: string])[] = [
  [1n, /VIDEO_CAPTURE$/, "capture"],
  [9n, /VIDEO_CAPTURE_MPLANE/, "capture"],
  [2n, /VIDEO_OUTPUT$/, "output"],
  [10n, /VIDEO_OUTPUT_MPLANE/, "output"],
  [4n, /VBI_CAPTURE/, "vbi"],
  [11n, /SDR_CAPTURE/, "sdr"],
  [13n, /META_CAPTURE/, "stats"],
  [14n, /META_OUTPUT/, "params"],
];

const KINDS: Readonly<Record<string, BufferKind>> = {
  vb2_dma_contig_memops: "contig",
  vb2_dma_sg_memops: "sg",
  vb2_vmalloc_memops: "vmalloc",
};

/** Bits of `dma_attrs`, include/linux/dma-mapping.h. */
const ATTRIBUTES: readonly (readonly [bit: bigint, name: string, word: NonNullable<QueueFact["attrs"]>[number]])[] = [
  [7n, "DMA_ATTR_ALLOC_SINGLE_PAGES", "alloc-single-pages"],
  [4n, "DMA_ATTR_NO_KERNEL_MAPPING", "no-kernel-mapping"],
  [6n, "DMA_ATTR_FORCE_CONTIGUOUS", "force-contiguous"],
];

/** Bits of `io_modes`, include/media/videobuf2-core.h `enum vb2_io_modes`. */
const MMAP_BIT = 0n;
const DMABUF_BIT = 4n;

export const queues: Rule<Queues> = {
  interest: { calls: new Set(), stores: new Set(["mem_ops", "io_modes", "dma_attrs", "gfp_flags"]) },
  judge: ({ trace, reach, driver, source }) => {
    const stores = trace.events.filter((event): event is StoreEvent => event.kind === "store" && !isLocal(event));
    const settings = new Map<Thing, StoreEvent[]>();
    for (const event of stores) settings.set(event.target, [...(settings.get(event.target) ?? []), event]);
    const found: (QueueFact & { readonly takes: boolean })[] = [];
    let mapped = false;
    for (const [queue, events] of settings) {
      const memory = events.filter(({ field }) => field === "mem_ops");
      if (memory.length === 0) continue;
      const modes = bits(events, "io_modes");
      mapped ||= modes.has(MMAP_BIT, "VB2_MMAP");
      for (const name of namesOf(queue, events)) {
        for (const { kind, when, source } of memory.flatMap(kindsOf)) {
          const attributes = bits(events, "dma_attrs");
          const attrs = ATTRIBUTES.filter(([bit, word]) => attributes.has(bit, word)).map(([, , word]) => word);
          found.push({
            queue: name,
            kind,
            ...(when === null ? {} : { when }),
            ...(events.some(({ field, text }) => field === "gfp_flags" && text.includes("GFP_DMA32"))
              ? { gfp: "dma32" as const }
              : {}),
            ...(attrs.length === 0 ? {} : { attrs }),
            sources: [source, ...linesOf(events, attrs.length > 0 ? ["dma_attrs", "gfp_flags"] : ["gfp_flags"])],
            takes: modes.has(DMABUF_BIT, "VB2_DMABUF"),
          });
        }
      }
    }
    const takesDmabuf = found.some(({ takes }) => takes);
    const differ = takesDmabuf && found.some(({ takes }) => !takes);
    const buffers = merged(found.map(({ takes, ...queue }) => (differ ? { ...queue, takesDmabuf: takes } : queue)));
    // Operations may hang on match data, which probe does not name.
    const tables = source
      .filesWith(driver.probe.file)
      .flatMap((file) => [...(source.outline(file)?.variables.values() ?? [])]);
    const exports = [...reach.nodes, ...tables].some(({ fieldValues }) => fieldValues.has("vidioc_expbuf"));
    return { buffers, takesDmabuf, givesDmabuf: mapped && exports };
  },
};

/** A variable of the function that happens to have a field's name. */
function isLocal({ target, function: name }: StoreEvent): boolean {
  return target.within === null && target.struct === null && target.text === name;
}

/** Whether a field has bits, by the values that may be the last one written; by what was written where those are not known. Of several those that all have. */
function bits(events: readonly StoreEvent[], field: string): { readonly has: (bit: bigint, name: string) => boolean } {
  const writes = events.filter((event) => event.field === field);
  const always = Math.min(...writes.map(({ when }) => when.length));
  const last = writes.findLastIndex(({ when }) => when.length === always);
  const options = writes
    .slice(Math.max(last, 0))
    .flatMap(({ value }) => (value.kind === "choice" ? value.options.map((one) => one.value) : [value]));
  const text = writes.map((event) => event.text).join(" ");
  return {
    has: (bit, name) =>
      options.length > 0 &&
      options.every((one) =>
        one.kind === "integer" ? (one.value / 2n ** bit) % 2n === 1n : new RegExp(`\\b${name}\\b`).test(text),
      ),
  };
}

/** The names of a queue: its type, else its place in the context of a memory-to-memory device. */
function namesOf(queue: Thing, events: readonly StoreEvent[]): readonly string[] {
  const type = queue.fields.get("type");
  const options: readonly Value[] =
    type === undefined ? [] : type.kind === "choice" ? type.options.map(({ value }) => value) : [type];
  const names = options.flatMap((value) => {
    const known = TYPES.find(([number, name]) =>
      value.kind === "integer" ? value.value === number : name.test(valueName(value)),
    );
    return known === undefined ? [] : [known[2]];
  });
  if (names.length > 0) return [...new Set(names)];
  const text = [queue.text, ...events.map(({ target }) => target.text)].join(" ");
  if (/\bout_q_ctx\b|\bsrc_vq\b/.test(text)) return ["output"];
  return ["capture"];
}

/** The name a value was taken from, where it stands for something outside. */
function valueName(value: Value): string {
  switch (value.kind) {
    case "thing":
      return value.thing.text;
    case "place":
      return value.field.split(" ").at(-1) ?? "";
    case "unknown":
    case "text":
      return value.text;
    case "integer":
    case "function":
    case "choice":
      return "";
  }
}

/** Kinds that a store to `mem_ops` can give, each with its condition and line. */
function kindsOf(
  event: StoreEvent,
): { readonly kind: BufferKind; readonly when: "iommu" | "no-iommu" | null; readonly source: SourceLine }[] {
  const options = event.value.kind === "choice" ? event.value.options : [{ value: event.value, when: [] }];
  return options.flatMap(({ value, when }) => {
    const kind = KINDS[valueName(value)];
    if (kind === undefined) return [];
    return [{ kind, when: iommuOf([...event.when, ...when]), source: { file: event.file, line: event.line } }];
  });
}

/** Which of the two cases conditions stand for, where one of them asks for an IOMMU. */
export function iommuOf(when: readonly Condition[]): "iommu" | "no-iommu" | null {
  const test = when.find(({ text }) => /iommu|\bdomain\b/i.test(text));
  if (test === undefined) return null;
  return test.holds === !/^!|== NULL/.test(test.text.trim()) ? "iommu" : "no-iommu";
}

function linesOf(events: readonly StoreEvent[], fields: readonly string[]): SourceLine[] {
  return events.filter(({ field }) => fields.includes(field)).map(({ file, line }) => ({ file, line }));
}

/** Queues that say the same are one; of several entries of one name and kind, only what all say stays. */
function merged(found: readonly QueueFact[]): QueueFact[] {
  const result = new Map<string, QueueFact>();
  for (const queue of found) {
    const key = `${queue.queue} ${queue.kind} ${queue.when ?? ""}`;
    const known = result.get(key);
    if (known === undefined) {
      result.set(key, queue);
      continue;
    }
    const { attrs = [], gfp, ...rest } = known;
    const both = attrs.filter((word) => queue.attrs?.includes(word) === true);
    result.set(key, {
      ...rest,
      ...(gfp === undefined || queue.gfp !== gfp ? {} : { gfp }),
      ...(both.length === 0 ? {} : { attrs: both }),
      ...(known.takesDmabuf === undefined ? {} : { takesDmabuf: known.takesDmabuf || queue.takesDmabuf === true }),
    });
  }
  return [...result.values()];
}
