/** What hangs on the ports of a display or a camera interface. */
import { phandleList } from "../devicetree/meaning/phandles.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import type { Device } from "../machine/machine.js";
import { enabledNodes, isEnabled } from "./enabled.js";

/**
 * Drivers that give up where their node has no port at all; the others in this place find their screens without ports.
 *
 * @see Linux 6.12 `drivers/gpu/drm/arm/hdlcd_drv.c` `hdlcd_probe()`, `drivers/gpu/drm/arm/malidp_drv.c` `malidp_platform_probe()`,
 *   `drivers/gpu/drm/mxsfb/mxsfb_drv.c` `mxsfb_attach_bridge()`, `drivers/gpu/drm/pl111/pl111_drv.c` `pl111_modeset_init()`,
 *   `drivers/gpu/drm/stm/ltdc.c` `ltdc_load()`, `drivers/staging/media/tegra-video/vi.c` `tegra_vi_channels_alloc()`
 */
const NEED_PORTS: ReadonlySet<string> = new Set([
  "drivers/gpu/drm/arm/hdlcd_drv.c",
  "drivers/gpu/drm/arm/malidp_drv.c",
  "drivers/gpu/drm/mxsfb/mxsfb_drv.c",
  "drivers/gpu/drm/pl111/pl111_drv.c",
  "drivers/gpu/drm/stm/drv.c",
  "drivers/gpu/drm/tilcdc/tilcdc_drv.c",
  "drivers/staging/media/tegra-video/vi.c",
]);

/**
 * A socket of its own, whether or not the tree names it.
 *
 * @see Linux 6.12 `drivers/gpu/drm/xlnx/zynqmp_dp.c` `zynqmp_dp_probe()`
 */
const DISPLAY_PORT = "drivers/gpu/drm/xlnx/zynqmp_dpsub.c";

/**
 * A panel that names no display, and serves the only one.
 *
 * @see Linux 6.12 `drivers/gpu/drm/tilcdc/tilcdc_panel.c` `panel_probe()`
 */
const LONE_PANEL = { driver: "drivers/gpu/drm/tilcdc/tilcdc_drv.c", panel: "ti,tilcdc,panel" } as const;

/**
 * False for a display without a screen and for a camera interface without a camera: nothing that is enabled stands at the end of its ports. True for all other devices.
 */
export function isConnected(tree: DeviceTree, { path, role, driver }: Device): boolean {
  const node = tree.nodeAt(path);
  if (node === undefined || driver === null || (role !== "display" && role !== "camera")) return true;
  if (driver.file === DISPLAY_PORT) return true;
  if (driver.file === LONE_PANEL.driver && enabledNodes(tree).some((each) => isKind(each, LONE_PANEL.panel)))
    return true;
  const open = startsOf(tree, node);
  if (open === null) return !NEED_PORTS.has(driver.file);
  return leadsOut(tree, node, open, role);
}

/** Endpoints from which a device's connections are followed; null for a device that has no ports. */
function startsOf(tree: DeviceTree, node: TreeNode): TreeNode[] | null {
  for (const property of ["ports", "allwinner,pipelines"]) {
    if (!node.has(property)) continue;
    const named = phandleList(tree, node, property, null);
    return named.flatMap((entry) => (entry.node === null ? [] : endpoints(entry.node)));
  }
  const hasPorts = (at: TreeNode): boolean =>
    at.children.some((child) => isEnabled(child) && (isPort(child) || hasPorts(child)));
  return hasPorts(node) ? endpoints(node) : null;
}

/** True when a connection ends at something enabled that is not only a stage on the way. */
function leadsOut(tree: DeviceTree, start: TreeNode, open: TreeNode[], role: "display" | "camera"): boolean {
  // What the named ports belong to is no far end, though a stage may lead back to it.
  const owners = open.flatMap((endpoint) => deviceOf(endpoint) ?? []);
  const seen = new Set<TreeNode>([start, ...owners.filter(({ path }) => !path.startsWith(`${start.path}/`))]);
  for (let endpoint = open.pop(); endpoint !== undefined; endpoint = open.pop()) {
    const entry = farEnd(tree, endpoint);
    const device = entry === null ? null : deviceOf(entry);
    if (device === null || seen.has(device) || !isPassable(device)) continue;
    if (!isStage(device, role)) return true;
    seen.add(device);
    open.push(...endpoints(device).filter((each) => each !== entry));
  }
  return false;
}

/**
 * What a device's pictures go to, or come from: every enabled device that its graph leads to, bridge after bridge. Null for a device without a graph of its own,
 * which stands for the stages of a display.
 */
export function attachedTo(tree: DeviceTree, path: string): readonly TreeNode[] | null {
  const start = tree.nodeAt(path);
  const open = start === undefined ? [] : (startsOf(tree, start) ?? []);
  if (start === undefined || open.length === 0) return null;
  const found: TreeNode[] = [];
  for (let endpoint = open.pop(); endpoint !== undefined; endpoint = open.pop()) {
    const entry = farEnd(tree, endpoint);
    const device = entry === null ? null : deviceOf(entry);
    if (device === null || device === start || found.includes(device) || !isPassable(device)) continue;
    found.push(device);
    open.push(...endpoints(device));
  }
  return found;
}

/** The endpoint that one is connected to. */
function farEnd(tree: DeviceTree, endpoint: TreeNode): TreeNode | null {
  return phandleList(tree, endpoint, "remote-endpoint", null)[0]?.node ?? null;
}

/**
 * True for what is enabled, and for the first stage of Allwinner's displays, of which the driver makes no condition.
 *
 * @see Linux 6.12 `drivers/gpu/drm/sun4i/sun4i_drv.c` `sun4i_drv_add_endpoints()`
 */
function isPassable(device: TreeNode): boolean {
  return isEnabled(device) || compatiblesOf(device).some((name) => /^allwinner,.*-display-frontend$/.test(name));
}

/** True for a switch, for what mixes and times the pictures of Allwinner's displays, and for a receiver on the way from a camera. */
function isStage(device: TreeNode, role: "display" | "camera"): boolean {
  const names = compatiblesOf(device);
  const stage =
    role === "camera"
      ? /^video-mux$|[-,](mipi-)?csi|csiphy|-isp$/
      : /^video-mux$|^allwinner,.*-(mixer-\d|display-(frontend|backend)|drc|deu|tcon(-.*)?)$/;
  if (names.length > 0) return names.some((name) => stage.test(name));
  return device.parent !== null && compatiblesOf(device.parent).some((name) => stage.test(name));
}

function isKind(node: TreeNode, compatible: string): boolean {
  return compatiblesOf(node).includes(compatible);
}

function isPort({ name }: TreeNode): boolean {
  return /^ports?(@|$)/.test(name);
}

/** Every node below that names a far end, in what is enabled. */
function endpoints(node: TreeNode): TreeNode[] {
  return node.children.flatMap((child) => {
    if (child.has("remote-endpoint")) return [child];
    return isPort(child) || isEnabled(child) ? endpoints(child) : [];
  });
}

/** What an endpoint belongs to: the first node above that is no part of the graph itself. */
function deviceOf(endpoint: TreeNode): TreeNode | null {
  for (let node = endpoint.parent; node !== null; node = node.parent) if (!isPort(node)) return node;
  return null;
}
