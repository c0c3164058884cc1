import type { Arch } from "../../machine/profile.js";
import type { DoctorDocument, DoctorUser, OpenRoute } from "./doctor-document.js";
import { absentNodeLines, commandLineLine, configurationLines } from "./fix-lines.js";
import { missingRights } from "./missing-rights.js";
import { missingForVfio } from "./missing-vfio.js";

/** Something a machine lacks, and the lines that mend it. Codes are public and never change meaning. */
export interface Missing {
  readonly code:
    | "native"
    | "dma-heaps"
    | "system-heap"
    | "cma-heap"
    | "udmabuf"
    | "access"
    | "route"
    | "iommu"
    | "vfio"
    | "vfio-group"
    | "broker-socket";
  /** `needed`: without it nothing can be allocated. `useful`: some buffers, or some users, need it. */
  readonly weight: "needed" | "useful";
  readonly text: string;
  /** What to do, one step a line: commands for root, options of the kernel, lines of a file. Never empty where something can be done here. */
  readonly fix: readonly string[];
}

/** What is known when things are looked for. */
export interface Known
  extends Pick<DoctorDocument, "native" | "nodes" | "heaps" | "udmabuf" | "routes" | "iommu" | "options" | "broker"> {
  /** Routes that are shut for want of rights. */
  readonly shutRoutes: readonly OpenRoute[];
  /** Null where nobody can say who asks. */
  readonly user: DoctorUser | null;
  readonly arch: Arch;
  readonly commandLine: string;
  /** The machine has firmware tables as PCs have them. */
  readonly isPc: boolean;
  /** There is a default CMA area. */
  readonly hasCma: boolean;
}

/** Everything that is missing, what is needed first. */
export function findMissing(known: Known): readonly Missing[] {
  const isOpen = known.routes.length > 0;
  const isShut = !isOpen && known.shutRoutes.length > 0;
  const found = [
    ...missingNative(known),
    ...(isOpen || isShut ? [] : [noRoute(known)]),
    ...missingHeaps(known),
    ...missingUdmabuf(known),
    ...missingForVfio(known),
    ...(known.user === null ? [] : missingRights(known.nodes, known.user, isShut ? "needed" : "useful")),
    ...missingBroker(known),
  ];
  return found.sort((a, b) => Number(a.weight === "useful") - Number(b.weight === "useful"));
}

function missingNative({ native }: Known): readonly Missing[] {
  if (native === null || native.loaded) return [];
  const fix = { "not-installed": ["npm install koffi"], "not-loadable": ["npm rebuild koffi"] };
  const { why } = native;
  const lines = why === "not-installed" || why === "not-loadable" ? fix[why] : [];
  return [{ code: "native", weight: "needed", text: native.text ?? "system calls cannot be made", fix: lines }];
}

/** Nothing that rights would open either. Any one way will do: what needs no new kernel comes first. */
function noRoute({ options }: Known): Missing {
  const isBuilt = options["CONFIG_UDMABUF"] === "y";
  return {
    code: "route",
    weight: "needed",
    text: "there is no way to memory: no heap, no udmabuf, no device that exports",
    fix: isBuilt ? absentNodeLines("/dev/udmabuf") : configurationLines(options, ...SYSTEM_HEAP, "CONFIG_UDMABUF"),
  };
}

/** Linux 6.12 `drivers/dma-buf/heaps/Kconfig`, `kernel/dma/Kconfig`: what stands before an option is needed by it. */
const SYSTEM_HEAP = ["CONFIG_DMABUF_HEAPS", "CONFIG_DMABUF_HEAPS_SYSTEM"] as const;
const CMA_HEAP = ["CONFIG_CMA", "CONFIG_DMA_CMA", "CONFIG_DMABUF_HEAPS_CMA"] as const;

function missingHeaps(known: Known): readonly Missing[] {
  const { heaps, options, hasCma, isPc } = known;
  const useful = (code: Missing["code"], text: string, fix: readonly string[]): Missing => {
    return { code, weight: "useful", text, fix };
  };
  if (heaps.length === 0) {
    const text =
      options["CONFIG_DMABUF_HEAPS"] === "n"
        ? "this kernel is built without dma-heaps"
        : "there is no node under /dev/dma_heap";
    const heap = options["CONFIG_DMA_CMA"] === "n" ? [] : (["CONFIG_DMABUF_HEAPS_CMA"] as const);
    const fix = orAbsentNode(configurationLines(options, ...SYSTEM_HEAP, ...heap), "/dev/dma_heap");
    return [useful("dma-heaps", text, fix)];
  }
  const found: Missing[] = [];
  if (!heaps.includes("system")) {
    const fix = orAbsentNode(configurationLines(options, "CONFIG_DMABUF_HEAPS_SYSTEM"), "/dev/dma_heap/system");
    found.push(useful("system-heap", "there is no heap of scattered pages", fix));
  }
  if (heaps.every((name) => name === "system")) {
    const area = hasCma ? [] : [commandLineLine("cma=64M", isPc)];
    const fix = orAbsentNode([...configurationLines(options, ...CMA_HEAP), ...area], "/dev/dma_heap");
    found.push(useful("cma-heap", "there is no heap of contiguous memory", fix));
  }
  return found;
}

/** Where the kernel has all it needs, the node alone is missing. */
function orAbsentNode(lines: readonly string[], node: string): readonly string[] {
  return lines.length > 0 ? lines : absentNodeLines(node);
}

/** Linux 6.12 `drivers/dma-buf/Kconfig`: it is part of the kernel or missing, never a module. */
function missingUdmabuf({ udmabuf, options }: Known): readonly Missing[] {
  if (udmabuf !== null) return [];
  const text = options["CONFIG_UDMABUF"] === "n" ? "this kernel is built without udmabuf" : "there is no /dev/udmabuf";
  const fix = orAbsentNode(configurationLines(options, "CONFIG_UDMABUF"), "/dev/udmabuf");
  return [{ code: "udmabuf", weight: "useful", text, fix }];
}

/** Who may connect is said by the broker's policy, and its socket is for everybody. */
function missingBroker({ broker }: Known): readonly Missing[] {
  if (broker === null || broker.state === "open") return [];
  const { path, state } = broker;
  if (state === "absent") {
    const fix =
      path === "/run/coalloc/broker.sock"
        ? "systemctl enable --now coalloc-broker.socket"
        : `coalloc broker --socket ${path}`;
    return [
      {
        code: "broker-socket",
        weight: "useful",
        text: `no broker listens at ${path}: there is no such socket`,
        fix: [fix],
      },
    ];
  }
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  return [
    {
      code: "broker-socket",
      weight: "useful",
      text: `the broker's socket ${path} is there, but not for this user, whatever its policy says`,
      fix: [`chmod a+x ${folder}`, `chmod 666 ${path}`],
    },
  ];
}
