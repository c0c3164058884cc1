import type { Arch } from "../../machine/profile.js";
import type { NodeAccess } from "../live/access.js";
import type { DoctorDocument, DoctorNode } from "./doctor-document.js";

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
    | "broker-socket";
  /** `needed`: without it nothing can be allocated. `useful`: some buffers, or some users, need it. */
  readonly weight: "needed" | "useful";
  readonly text: string;
  /** Commands, options of the kernel, or lines of a file; may be empty. */
  readonly fix: readonly string[];
}

/** What is known when things are looked for. */
export interface Known
  extends Pick<DoctorDocument, "native" | "nodes" | "heaps" | "udmabuf" | "routes" | "iommu" | "options"> {
  readonly broker: { readonly path: string; readonly access: NodeAccess } | null;
  readonly arch: Arch;
  /** The machine has firmware tables as PCs have them. */
  readonly isDmar: boolean;
}

/** Rules that open the nodes to a group; the group must exist. */
export const UDEV_RULES: readonly string[] = [
  'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"',
  'KERNEL=="udmabuf", GROUP="video", MODE="0660"',
  'SUBSYSTEM=="vfio", KERNEL!="vfio", GROUP="video", MODE="0660"',
];

const RULES_FILE = "/etc/udev/rules.d/70-coalloc.rules";

/** Everything that is missing, what is needed first. */
export function findMissing(known: Known): readonly Missing[] {
  const found: Missing[] = [];
  const add = (code: Missing["code"], weight: Missing["weight"], text: string, fix: readonly string[]): void => {
    found.push({ code, weight, text, fix });
  };
  if (known.native?.loaded === false) {
    add("native", "needed", known.native.text ?? "system calls cannot be made", ["npm install koffi"]);
  }
  const isOpen = known.routes.length > 0;
  if (!isOpen) add("route", "needed", "no way to memory is open: no heap, no udmabuf, no device that exports", []);
  const weight = isOpen ? "useful" : "needed";
  addHeaps(known, weight, add);
  if (known.udmabuf === null) addUdmabuf(known, weight, add);
  addAccess(known, weight, add);
  addIommu(known, add);
  const { broker } = known;
  if (broker !== null && broker.access !== "read-write") {
    add("broker-socket", "useful", `the broker's socket ${broker.path} is not there, or not for this user`, [
      "systemctl enable --now coalloc-broker.socket",
    ]);
  }
  return found.sort((a, b) => Number(a.weight === "useful") - Number(b.weight === "useful"));
}

type Add = (code: Missing["code"], weight: Missing["weight"], text: string, fix: readonly string[]) => void;

function addHeaps({ heaps, options }: Known, weight: Missing["weight"], add: Add): void {
  if (heaps.length === 0) {
    const text =
      options["CONFIG_DMABUF_HEAPS"] === "n"
        ? "this kernel is built without dma-heaps"
        : "there is no node under /dev/dma_heap";
    add(
      "dma-heaps",
      weight,
      text,
      kernelLines("CONFIG_DMABUF_HEAPS", "CONFIG_DMABUF_HEAPS_SYSTEM", "CONFIG_DMABUF_HEAPS_CMA"),
    );
    return;
  }
  if (!heaps.includes("system")) {
    add("system-heap", "useful", "there is no heap of scattered pages", kernelLines("CONFIG_DMABUF_HEAPS_SYSTEM"));
  }
  if (heaps.every((name) => name === "system")) {
    add("cma-heap", "useful", "there is no heap of contiguous memory", [
      ...kernelLines("CONFIG_DMA_CMA", "CONFIG_DMABUF_HEAPS_CMA"),
      "kernel command line: cma=64M",
    ]);
  }
}

function addUdmabuf({ options }: Known, weight: Missing["weight"], add: Add): void {
  const isBuilt = options["CONFIG_UDMABUF"] !== "n";
  add(
    "udmabuf",
    weight,
    isBuilt ? "there is no /dev/udmabuf" : "this kernel is built without udmabuf",
    isBuilt ? ["modprobe udmabuf", "echo udmabuf > /etc/modules-load.d/udmabuf.conf"] : kernelLines("CONFIG_UDMABUF"),
  );
}

function addAccess({ nodes }: Known, weight: Missing["weight"], add: Add): void {
  const shut = nodes.filter(({ access }) => access === "none" || access === "read-only");
  const heaps = shut.filter(
    ({ kind, path }) => kind === "dma-heap" || kind === "udmabuf" || (kind === "vfio" && path !== "/dev/vfio/vfio"),
  );
  if (heaps.length > 0) {
    add("access", weight, `this user may not use ${pathsOf(heaps)}`, [
      `in ${RULES_FILE}:`,
      ...UDEV_RULES,
      "udevadm control --reload && udevadm trigger",
      "usermod -aG video $USER",
    ]);
  }
  const byGroup = new Map<number | null, DoctorNode[]>();
  for (const node of shut.filter(({ kind }) => kind === "drm" || kind === "v4l2")) {
    byGroup.set(node.group, [...(byGroup.get(node.group) ?? []), node]);
  }
  for (const [group, list] of byGroup) {
    const join =
      group === null ? "usermod -aG video $USER" : `usermod -aG "$(getent group ${group} | cut -d: -f1)" $USER`;
    add("access", weight, `this user may not use ${pathsOf(list)}`, [join]);
  }
}

function addIommu({ iommu, nodes, options, arch, isDmar }: Known, add: Add): void {
  if (iommu.groups === 0 && arch === "x86" && isDmar) {
    add("iommu", "useful", "no IOMMU serves a device: what user space drives directly cannot be contained", [
      "kernel command line: intel_iommu=on, on AMD nothing; switch VT-d or AMD-Vi on in the firmware",
    ]);
  }
  if (iommu.groups > 0 && !nodes.some(({ path }) => path === "/dev/vfio/vfio")) {
    const fix = options["CONFIG_VFIO_PCI"] === "n" ? kernelLines("CONFIG_VFIO_PCI") : ["modprobe vfio-pci"];
    add("vfio", "useful", "there is no /dev/vfio/vfio: no device can be driven from user space", fix);
  }
}

function kernelLines(...options: readonly string[]): readonly string[] {
  return [`kernel configuration: ${options.map((option) => `${option}=y`).join(" ")}`];
}

function pathsOf(nodes: readonly DoctorNode[]): string {
  return nodes.map(({ path }) => path).join(", ");
}
