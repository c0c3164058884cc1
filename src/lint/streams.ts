/** Devices for which the kernel maps memory that somebody else allocated: pages of files, packets, messages. Their buffers lie anywhere, and bounce. */
import { phandleList } from "../devicetree/meaning/phandles.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { stringOf } from "../devicetree/values.js";
import type { Device, Machine } from "../machine/machine.js";
import { atWork, type Surroundings } from "./at-work.js";
import { enabledNodes, isEnabled } from "./enabled.js";
import { contiguousUsers, isDriven } from "./sharing.js";

/**
 * Of devices those that stream, one of those for which one and the same device maps. What takes one range of memory allocates it in its reach and does not count.
 */
export function streaming(board: Surroundings, devices: readonly Device[]): readonly Device[] {
  const { machine, tree } = board;
  const allocating = new Set(contiguousUsers(machine).map(({ path }) => path));
  const asked = askedControllers(tree);
  return atWork(
    board,
    devices.filter(({ path }) => !allocating.has(path)),
  ).filter((device) => {
    const node = tree.nodeAt(device.path);
    if (onlyAllocates(device) || isIdleEcc(machine, device)) return false;
    return node === undefined || (isAsked(node, asked) && hasTransfers(node, device));
  });
}

/** Drivers that allocate all that they give their devices, or whose devices read for another that allocates. */
const ALLOCATING: ReadonlySet<string> = new Set([
  // zynqmp_aes_aead_cipher() copies into coherent memory.
  "drivers/crypto/xilinx/zynqmp-aes-gcm.c",
  // Reads what vsp1 allocates; the de-interlacer maps for itself.
  "drivers/media/platform/renesas/rcar-fcp.c",
  // Clocks and routes.
  "drivers/soc/mediatek/mtk-mmsys.c",
]);

/**
 * True for storage, network and USB that work by DMA on any board: what they are handed has to pass their bus, whatever their mask. The window above the card of a Raspberry
 * Pi 4 does not count: its firmware widens it on later revisions of the chip.
 */
export function isHanded({ driver, assumptions, compatible }: Device): boolean {
  const hangsOnMore = assumptions.some(({ field, code }) => field === "dmaMask" && code === "conditional-mask");
  if (driver === null || hangsOnMore || compatible.includes("brcm,bcm2711-emmc2")) return false;
  return /^drivers\/(mmc|net|usb)\//.test(driver.file);
}

/**
 * True for a processor that is only started, for the channel to one, for the one that runs a GPU, and for sound: what their drivers allocate lies in reach, and they map no
 * other memory.
 *
 * @see Linux 6.12 `drivers/remoteproc/remoteproc_core.c` `rproc_alloc_carveout()`, `drivers/misc/fastrpc.c` `fastrpc_remote_heap_alloc()`,
 *   `drivers/gpu/drm/msm/adreno/a6xx_gmu.c` `a6xx_gmu_wrapper_init()`, `sound/core/memalloc.c` `snd_dma_alloc_dir_pages()`
 */
function onlyAllocates({ driver, compatible }: Device): boolean {
  if (compatible.some((name) => name === "qcom,fastrpc" || name.startsWith("qcom,adreno-gmu"))) return true;
  if (driver === null) return false;
  return ALLOCATING.has(driver.file) || /^(drivers\/remoteproc|sound)\//.test(driver.file);
}

/**
 * True for MediaTek's ECC engine where no controller for raw NAND is enabled: it maps pages for that driver alone, and works inside the controller for SPI NAND.
 *
 * @see Linux 6.12 `drivers/mtd/nand/ecc-mtk.c` `mtk_ecc_encode()`, `drivers/mtd/nand/raw/mtk_nand.c` `mtk_nfc_sector_encode()`
 */
function isIdleEcc(machine: Machine, { driver }: Device): boolean {
  if (driver?.file !== "drivers/mtd/nand/ecc-mtk.c") return false;
  const isNand = (one: Device): boolean => one.driver?.file === "drivers/mtd/nand/raw/mtk_nand.c";
  return !machine.devices.some((one) => one.enabled && isNand(one) && isDriven(machine, one));
}

/**
 * Paths of DMA controllers that are asked to move memory of others: by a serial port that is no console, by a bus with a device on it, by storage. Sound allocates for
 * itself, and where a client has a router in between, the controllers behind it count.
 *
 * @see Linux 6.12 `drivers/dma/of-dma.c` `of_dma_request_slave_channel()`, `of_dma_router_xlate()`, `drivers/spi/spi.c` `__spi_map_msg()`,
 *   `drivers/tty/serial/8250/8250_port.c` `serial8250_do_startup()`, `drivers/tty/serial/imx.c` `imx_uart_startup()`
 */
function askedControllers(tree: DeviceTree): ReadonlySet<string> {
  const console = consolePath(tree);
  const asked = enabledNodes(tree).flatMap((node) =>
    node.path !== console && isClient(node) && !isWithoutFifoSize(tree, node)
      ? phandleList(tree, node, "dmas", "#dma-cells")
      : [],
  );
  const controllers = asked.flatMap(({ node }) => (node === null ? [] : [node]));
  const behind = controllers.flatMap((router) => phandleList(tree, router, "dma-masters", null));
  return new Set([...controllers, ...behind.flatMap(({ node }) => node ?? [])].map(({ path }) => path));
}

/** True for a kind of client that maps what it is handed. */
function isClient(node: TreeNode): boolean {
  const [kind] = node.name.split("@");
  if (kind === "spi") return hasDevice(node);
  return ["serial", "uart", "mmc", "sdhci", "nand", "nand-controller", "crypto"].includes(kind ?? "");
}

/**
 * True for a serial port of Allwinner's: without the register that tells the size of its FIFO it works without DMA.
 *
 * @see Linux 6.12 `drivers/tty/serial/8250/8250_dwlib.c` `dw8250_setup_port()`, `drivers/tty/serial/8250/8250_dw.c` `dw8250_probe()`
 */
function isWithoutFifoSize(tree: DeviceTree, node: TreeNode): boolean {
  const isAllwinner = compatiblesOf(tree.root).some((name) => name.startsWith("allwinner,"));
  return isAllwinner && compatiblesOf(node).includes("snps,dw-apb-uart") && !node.has("fifo-size");
}

/** The node of `stdout-path`, by path or alias. */
function consolePath(tree: DeviceTree): string | null {
  const value = tree.root.child("chosen")?.get("stdout-path");
  const [name] = value === undefined ? [""] : stringOf(value).split(":");
  if (name === undefined || name === "") return null;
  if (name.startsWith("/")) return name;
  return tree.aliases.get(name) ?? null;
}

/** False for a DMA controller that nobody asks. */
function isAsked(node: TreeNode, asked: ReadonlySet<string>): boolean {
  return !node.has("#dma-cells") || asked.has(node.path);
}

/** Does something hang on it that it transfers for, and does it do so in the mode that has the limit? */
function hasTransfers(node: TreeNode, { driver }: Device): boolean {
  switch (driver?.file) {
    // The host sets the mask anew, to 64 bits: xhci_gen_setup(). Only the gadget has 32: __cdns3_gadget_init().
    case "drivers/usb/cdns3/cdns3-plat.c": {
      const mode = node.get("dr_mode");
      return mode !== undefined && stringOf(mode) === "peripheral";
    }
    // By hand, without a DMA controller: mmci_dmae_setup().
    case "drivers/mmc/host/mmci.c":
      return node.has("dmas") || compatiblesOf(node).some((name) => name.startsWith("st,"));
    // The debug console moves bytes itself: drivers/tty/serial/qcom_geni_serial.c, qcom_geni_console_port.
    case "drivers/soc/qcom/qcom-geni-se.c":
      return node.children.some((child) => isEnabled(child) && !compatiblesOf(child).includes("qcom,geni-debug-uart"));
    default:
      return !/^spi(@|$)/.test(node.name) || hasDevice(node);
  }
}

function hasDevice(bus: TreeNode): boolean {
  return bus.children.some((child) => isEnabled(child) && child.has("compatible"));
}
