import type { DoctorNode, DoctorUser } from "./doctor-document.js";
import { joinLine, udevLines } from "./fix-lines.js";
import type { Missing } from "./missing.js";

/** How udev finds the nodes of a kind. Linux 6.12 `drivers/dma-buf/dma-heap.c`, `drivers/dma-buf/udmabuf.c` (a misc device), `drivers/vfio/group.c` */
const NODES: Readonly<Record<DoctorNode["kind"], { readonly subsystem: string; readonly match: string }>> = {
  "dma-heap": { subsystem: "dma_heap", match: 'SUBSYSTEM=="dma_heap"' },
  udmabuf: { subsystem: "misc", match: 'SUBSYSTEM=="misc", KERNEL=="udmabuf"' },
  drm: { subsystem: "drm", match: 'SUBSYSTEM=="drm"' },
  v4l2: { subsystem: "video4linux", match: 'SUBSYSTEM=="video4linux"' },
  vfio: { subsystem: "vfio", match: 'SUBSYSTEM=="vfio"' },
};

/** The group that Debian gives cameras and displays to. */
const MEDIA_GROUP = "video";

/** Whoever may open a group of VFIO rules the devices in it: nobody gets that by the way, for a camera's sake. */
const VFIO_GROUP = "vfio";

/**
 * Nodes that a user may not use, with what gives the right: joining the group that has it; where the node has none, a rule that gives it to one.
 *
 * @param weight - of the nodes that memory comes from, or buffers go to
 */
export function missingRights(
  nodes: readonly DoctorNode[],
  user: DoctorUser,
  weight: Missing["weight"],
): readonly Missing[] {
  const shut = nodes.filter(({ access }) => access === "none" || access === "read-only");
  const byGroup = new Map<number | null, DoctorNode[]>();
  for (const node of shut.filter(({ kind }) => kind !== "vfio")) {
    const group = isOpenToGroup(node) ? node.group : null;
    byGroup.set(group, [...(byGroup.get(group) ?? []), node]);
  }
  const found = [...byGroup].map(([group, list]): Missing => {
    const fix =
      group === null
        ? givenTo(MEDIA_GROUP, list, user)
        : [joinLine(user.groupNames.get(group) ?? String(group), user.name)];
    return { code: "access", weight, text: `${user.name} may not use ${pathsOf(list)}`, fix };
  });
  // The container is for everybody; what it can do is ruled by the groups that are put into it.
  const vfio = shut.filter(({ kind, path }) => kind === "vfio" && path !== "/dev/vfio/vfio");
  if (vfio.length > 0) {
    const text = `${user.name} may drive no device of ${pathsOf(vfio)}`;
    const fix = [`groupadd --system --force ${VFIO_GROUP}`, ...givenTo(VFIO_GROUP, vfio, user)];
    found.push({ code: "access", weight: "useful", text, fix });
  }
  return found;
}

/** Members of its group may read and write it, and it is not root's. */
function isOpenToGroup({ mode, group }: DoctorNode): boolean {
  return mode !== null && mode.slice(4, 6) === "rw" && group !== null && group !== 0;
}

function givenTo(group: string, nodes: readonly DoctorNode[], user: DoctorUser): readonly string[] {
  const kinds = [...new Set(nodes.map(({ kind }) => kind))];
  const rules = kinds.map((kind) => `${NODES[kind].match}, GROUP="${group}", MODE="0660"`);
  const subsystems = kinds.map((kind) => NODES[kind].subsystem);
  return [...udevLines(rules, subsystems), joinLine(group, user.name)];
}

function pathsOf(nodes: readonly DoctorNode[]): string {
  return nodes.map(({ path }) => path).join(", ");
}
