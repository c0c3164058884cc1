/** The picture whose buffer a device has to have room for: what the driver or the panel in the tree states, else a stated guess. */
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree, TreeNode } from "../devicetree/tree.js";
import { u32Property } from "../devicetree/values.js";
import { largestPictureOf } from "../facts/largest-pictures.js";
import type { Device } from "../machine/machine.js";
import { type Bytes, formatSize } from "../units/quantity.js";
import { attachedTo } from "./attached.js";
import { enabledBelow, enabledNodes } from "./enabled.js";

/** A picture, and how it is known. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Bytes of one buffer. */
  readonly size: Bytes;
  /** Buffers without which the device does nothing. */
  readonly count: number;
  /** `driver`: the largest that it allows. `panel`: what the tree says of its only screens. `socket`: 1920x1080, for a screen that is plugged in. `guess`: 1920x1080. */
  readonly basis: "driver" | "panel" | "socket" | "guess";
  /** Line of the driver, `FILE:LINE`, where it states the picture. */
  readonly source: string | null;
}

const WIDTH = 1920;
const HEIGHT = 1080;
const SOCKETS: ReadonlySet<string> = new Set(["hdmi-connector", "dvi-connector", "dp-connector", "vga-connector"]);

/** `rockchip,rk3399-dw-hdmi`, `brcm,bcm2711-hdmi0`, `fsl,imx8mp-hdmi-tx`; not the `hdmi-phy` that many a chip leaves enabled. */
const ENCODER = /^(?!.*audio).*[,-]hdmi\d?(-tx(-\d+)?)?$/;

/** The largest picture a display, camera or codec has to have room for; null for other devices. A display's has 4 bytes a pixel, a decoded one is NV12. */
export function pictureOf(tree: DeviceTree, { path, role, driver }: Device): Picture | null {
  if (role !== "display" && role !== "camera" && role !== "codec") return null;
  const allowed = driver === null ? null : allowedBy(driver.module);
  if (role !== "display") {
    if (allowed !== null) return allowed;
    return { width: WIDTH, height: HEIGHT, size: (WIDTH * HEIGHT * 3) / 2, count: 1, basis: "guess", source: null };
  }
  const screen = screenOf(tree, path);
  return allowed !== null && allowed.size < screen.size ? allowed : screen;
}

/** True when a screen can be plugged in: what the display drives has a socket for one, or an HDMI encoder. */
export function hasSocket(tree: DeviceTree, display: string): boolean {
  return drivenBy(tree, display).some((node) =>
    compatiblesOf(node).some((each) => SOCKETS.has(each) || ENCODER.test(each)),
  );
}

/** What a display's graph leads to, with the timings below it; all but the root where the display has no graph of its own. */
function drivenBy(tree: DeviceTree, display: string): readonly TreeNode[] {
  return attachedTo(tree, display)?.flatMap(enabledBelow) ?? enabledNodes(tree).slice(1);
}

function allowedBy(module: string): Picture | null {
  const largest = largestPictureOf(module);
  if (largest === null) return null;
  const { file, line } = largest.source;
  return { ...largest, basis: "driver", source: `${file}:${line}` };
}

function screenOf(tree: DeviceTree, display: string): Picture {
  const screen = (width: number, height: number, basis: Picture["basis"]): Picture => ({
    width,
    height,
    size: width * height * 4,
    count: 1,
    basis,
    source: null,
  });
  if (hasSocket(tree, display)) return screen(WIDTH, HEIGHT, "socket");
  const panels = drivenBy(tree, display).flatMap((node) => {
    const width = u32Property(node, "hactive");
    const height = u32Property(node, "vactive");
    return width === undefined || height === undefined ? [] : [screen(width, height, "panel")];
  });
  const [largest] = panels.sort((a, b) => b.size - a.size);
  return largest ?? screen(WIDTH, HEIGHT, "guess");
}

/** `1920x1200 (8.79 MiB, the largest its driver allows)`. */
export function pictureWords({ width, height, size, basis }: Picture): string {
  const said: Record<Picture["basis"], string> = {
    driver: "the largest its driver allows",
    panel: "the screen in the tree",
    socket: "a screen people plug in",
    guess: "a guess at its pictures",
  };
  return `${width}x${height} (${formatSize(size)}, ${said[basis]})`;
}
