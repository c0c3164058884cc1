/** What a driver shares with others: its buffers, whose device they are for, what translates, what comes in and goes out. */
import type { DeviceFact, FactAppliesTo } from "../../../src/facts/fact.js";
import type { Definition, KernelSource } from "../program/kernel-source.js";
import type { Reach } from "../program/reach.js";
import { type Aggregate, aggregatesOf } from "./aggregate.js";
import { type Gem, gemOf } from "./gem.js";
import { memoryRegionUse } from "./memory-region.js";
import { ownCode } from "./own-code.js";
import { queues } from "./queues.js";
import { codingOf, roleOf } from "./role.js";
import { interestOf, type Question, type Rule } from "./rule.js";
import { joinsDomain, translationOf } from "./translation.js";

/** The parts of a fact that say it. */
export interface Sharing
  extends Pick<DeviceFact, "role" | "buffers" | "pictureQueue" | "import" | "export" | "memoryRegionUse" | "mmu"> {
  /** The device the buffers are for, where it is not the node's own. */
  readonly buffersOf: FactAppliesTo | null;
  /** A block that takes part in an aggregate, whether that is known or not. */
  readonly isBlock: boolean;
}

/** What is the same for all compatibles of a driver. */
interface Common {
  readonly code: readonly Definition[];
  readonly gem: Gem | null;
  readonly mmu: DeviceFact["mmu"];
  readonly memoryRegionUse: DeviceFact["memoryRegionUse"];
  readonly isBlock: boolean;
  /** Where the device is a block: those it may belong to. */
  readonly aggregates: readonly Aggregate[];
}

/** Words of a driver that gives its device addresses of pictures. */
const FETCHES = /dma_addr|(?:->|\.)addr\d?\b/;

const commons = new WeakMap<Reach, Common>();

export const sharing: Rule<Sharing> = {
  interest: interestOf([queues]),
  judge: (question) => {
    const { driver } = question;
    const { code, gem, mmu, memoryRegionUse: region, isBlock, aggregates } = commonOf(question);
    const video = queues.judge(question);
    const names = [...new Set(aggregates.flatMap((one) => one.driver.entries.map(({ compatible }) => compatible)))];
    const buffers = aggregates.length > 0 ? [] : [...video.buffers, ...(gem?.buffers ?? [])];
    const pictures = pictureQueue(buffers, code);
    return {
      role: roleOf(driver.probe.file, code, buffers, gem),
      buffers,
      ...(pictures === null ? {} : { pictureQueue: pictures, ...wayInAndOut(video, buffers, gem) }),
      mmu,
      ...(region === undefined ? {} : { memoryRegionUse: region }),
      buffersOf: names.length === 0 ? null : { aggregate: names.length === 1 ? (names[0] ?? "") : names },
      isBlock,
    };
  },
};

function commonOf(question: Question): Common {
  const { source, driver, trace, reach } = question;
  const known = commons.get(reach);
  if (known !== undefined) return known;
  const { file } = driver.probe;
  const graphics = file.startsWith("drivers/gpu/drm/");
  // An output may add itself when its panel comes, which no run sees.
  const adds = trace.components.includes("component") || (graphics && reach.calls("component_add"));
  const candidates = adds && !trace.components.includes("aggregate") ? aggregatesOf(source, file) : [];
  const isBlock =
    adds && !trace.components.includes("aggregate") && !candidates.some((one) => one.driver.probe === driver.probe);
  const aggregates = isBlock ? candidates : [];
  const inReach = aggregates.length > 0 ? null : gemOf(source, [...reach.nodes]);
  // What the rest of its module registers serves a driver that registers nothing: it is a part of a device that the module makes.
  const rest = inReach === null && graphics && aggregates.length === 0 ? moduleCode(source, file) : [];
  const fetches = !isBlock || FETCHES.test(source.tree.read(file) ?? "");
  const gem = inReach ?? (fetches ? gemOf(source, rest) : null);
  const code = ownCode(question);
  const own = translationOf(source, gem === inReach ? code : rest, file);
  const above = joinsDomain(code)
    ? aggregates.map(({ driver: one, reach: all }) =>
        translationOf(source, ownCode({ source, driver: one, reach: all }), one.probe.file),
      )
    : [];
  const common: Common = {
    code,
    gem,
    mmu: own === "none" ? (above.find((mmu) => mmu === "manages-iommu-domain") ?? "none") : own,
    memoryRegionUse: memoryRegionUse(source, code),
    isBlock,
    aggregates,
  };
  commons.set(reach, common);
  return common;
}

/** Everything in the files that are linked together with one. */
function moduleCode(source: KernelSource, file: string): Definition[] {
  return source.filesWith(file).flatMap((one) => {
    const outline = source.outline(one);
    return [...(outline?.functions.values() ?? []), ...(outline?.variables.values() ?? [])];
  });
}

/** The queue that carries pictures: what an encoder is given, what everything else gives. */
function pictureQueue(buffers: DeviceFact["buffers"], code: readonly Definition[]): string | null {
  const has = (name: string): boolean => buffers.some(({ queue }) => queue === name);
  const { encodes, decodes } = codingOf(code);
  if (has("output") && encodes && !decodes) return "output";
  return ["capture", "output", "gem"].find(has) ?? buffers[0]?.queue ?? null;
}

function wayInAndOut(
  video: ReturnType<typeof queues.judge>,
  buffers: DeviceFact["buffers"],
  gem: Gem | null,
): Pick<DeviceFact, "import" | "export"> {
  const isVideo = video.buffers.length > 0;
  const isGem = gem !== null && buffers.some(({ queue }) => queue === "gem");
  return {
    import: {
      ...(isVideo ? { v4l2Dmabuf: video.takesDmabuf } : {}),
      ...(isGem ? { prime: gem.importsPrime } : {}),
    },
    export: {
      ...(isVideo ? { v4l2Mmap: video.givesDmabuf } : {}),
      ...(isGem ? { dumb: gem.dumb, gem: gem.gem } : {}),
    },
  };
}
