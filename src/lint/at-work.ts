/** Devices that are enabled and touch no memory all the same: nothing is connected to them, or their drivers leave them alone. */
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { cellsOf } from "../devicetree/values.js";
import type { Device, Machine } from "../machine/machine.js";
import { isConnected } from "./attached.js";
import type { Board } from "./board.js";
import { enabledNodes } from "./enabled.js";
import { memoryUsers } from "./sharing.js";

/** What is looked at. */
export type Surroundings = Pick<Board, "machine" | "tree">;

/** Of devices those that have buffers on this board, one of those for which one and the same device maps. */
export function atWork({ machine, tree }: Surroundings, devices: readonly Device[]): readonly Device[] {
  const users = memoryUsers(devices).filter(
    (device) =>
      isConnected(tree, device) &&
      !isDisplaysOwn(tree, device) &&
      !lacksPool(device) &&
      !lacksProcessor(tree, device) &&
      !isSecondReader(machine, device),
  );
  const overlays = users.filter(isMediatekDisplay);
  const overlay = overlayOf(tree, overlays);
  return users.filter((device) => device === overlay || !overlays.includes(device));
}

/**
 * True for the half of a Renesas display that reads its pictures: the display allocates them, and this half has no video nodes.
 *
 * @see Linux 6.12 `drivers/media/platform/renesas/vsp1/vsp1_drv.c` `vsp1_device_infos`
 */
function isDisplaysOwn(tree: DeviceTree, { path, driver }: Device): boolean {
  if (driver?.file !== "drivers/media/platform/renesas/vsp1/vsp1_drv.c") return false;
  return [...tree.nodes()].some((node) => {
    // Pairs of a reference and the number of a pipe; the node referred to does not say how many cells follow.
    const pairs = cellsOf(node.get("renesas,vsps") ?? new Uint8Array());
    return pairs.some((phandle, at) => at % 2 === 0 && tree.nodeByPhandle(phandle)?.path === path);
  });
}

/**
 * True for a display that starts with a pool of its own or not at all.
 *
 * @see Linux 6.12 `drivers/gpu/drm/aspeed/aspeed_gfx_drv.c` `aspeed_gfx_load()`
 */
function lacksPool({ driver, memoryRegions }: Device): boolean {
  return driver?.file === "drivers/gpu/drm/aspeed/aspeed_gfx_drv.c" && memoryRegions.length === 0;
}

/** Folders of drivers that wait for the processor with their firmware. */
const WITH_PROCESSOR = ["drivers/media/platform/mediatek/mdp3/", "drivers/media/platform/mediatek/vcodec/"] as const;

/**
 * True for a codec or a scaler of MediaTek's whose processor is disabled.
 *
 * @see Linux 6.12 `drivers/media/platform/mediatek/vcodec/common/mtk_vcodec_fw_scp.c` `mtk_vcodec_fw_scp_init()`,
 *   `drivers/media/platform/mediatek/mdp3/mtk-mdp3-core.c` `mdp_probe()`
 */
function lacksProcessor(tree: DeviceTree, { driver }: Device): boolean {
  if (!WITH_PROCESSOR.some((folder) => driver?.file.startsWith(folder) === true)) return false;
  const isProcessor = (name: string): boolean => /^mediatek,mt\d+-(scp|scp-dual|vpu)$/.test(name);
  const has = [...tree.nodes()].some((node) => compatiblesOf(node).some(isProcessor));
  return has && !enabledNodes(tree).some((node) => compatiblesOf(node).some(isProcessor));
}

/**
 * True for a further reader of MediaTek's scaler: the first alone becomes a video device.
 *
 * @see Linux 6.12 `drivers/media/platform/mediatek/mdp3/mtk-mdp3-core.c` `mdp_probe()`, `mdp_con_res`
 */
function isSecondReader({ devices }: Machine, device: Device): boolean {
  const { driver } = device;
  if (driver?.file !== "drivers/media/platform/mediatek/mdp3/mtk-mdp3-core.c") return false;
  return devices.find((one) => one.enabled && one.driver?.file === driver.file) !== device;
}

function isMediatekDisplay({ driver }: Device): boolean {
  return driver?.module === "mediatek-drm";
}

/**
 * The engine for which MediaTek's display allocates, of those that map for themselves: the first one of the first pipe that has an output. The first pipe ends in DSI or
 * DisplayPort and begins with the first engine, the second in DPI and begins with the last. Null where no output is enabled, or there are no engines.
 *
 * @see Linux 6.12 `drivers/gpu/drm/mediatek/mtk_drm_drv.c` `mtk_drm_kms_init()`, `drivers/gpu/drm/mediatek/mtk_crtc.c` `mtk_crtc_create()`
 */
function overlayOf(tree: DeviceTree, displays: readonly Device[]): Device | null {
  const engines = displays.filter(({ driver }) => driver?.file === "drivers/gpu/drm/mediatek/mtk_disp_ovl.c");
  if (engines.length === 0) return null;
  const hasOutput = (kind: RegExp): boolean =>
    enabledNodes(tree).some((node) => compatiblesOf(node).some((name) => kind.test(name)));
  if (hasOutput(/^mediatek,mt\d+-(dsi|dp-intf)$/)) return engines[0] ?? null;
  return hasOutput(/^mediatek,mt\d+-dpi$/) ? (engines.at(-1) ?? null) : null;
}
