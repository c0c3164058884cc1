/** The picture whose buffer a device has to have room for: what the driver or the panel in the tree states, else a stated guess. */
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { u32Property } from "../devicetree/values.js";
import { largestPictureOf } from "../facts/largest-pictures.js";
import type { Device } from "../machine/machine.js";
import { type Bytes, formatSize } from "../units/quantity.js";
import { enabledNodes } from "./enabled.js";

/** A picture, and how it is known. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Bytes of one buffer. */
  readonly size: Bytes;
  /** Buffers without which the device does nothing. */
  readonly count: number;
  /** `driver`: the largest that it allows. `panel`: what the tree says of the only screens. `socket`: 1920x1080, for a screen that is plugged in. `guess`: 1920x1080. */
  readonly basis: "driver" | "panel" | "socket" | "guess";
  /** Line of the driver, `FILE:LINE`, where it states the picture. */
  readonly source: string | null;
}

const WIDTH = 1920;
const HEIGHT = 1080;
const SOCKETS: ReadonlySet<string> = new Set(["hdmi-connector", "dvi-connector", "dp-connector", "vga-connector"]);

/** The largest picture a display, camera or codec has to have room for; null for other devices. A display's has 4 bytes a pixel, a decoded one is NV12. */
export function pictureOf(tree: DeviceTree, { role, driver }: Device): Picture | null {
  if (role !== "display" && role !== "camera" && role !== "codec") return null;
  const allowed = driver === null ? null : allowedBy(driver.module);
  if (role !== "display") {
    if (allowed !== null) return allowed;
    return { width: WIDTH, height: HEIGHT, size: (WIDTH * HEIGHT * 3) / 2, count: 1, basis: "guess", source: null };
  }
  const screen = screenOf(tree);
  return allowed !== null && allowed.size < screen.size ? allowed : screen;
}

/** True when a screen can be plugged in: the tree has a socket for one, or an HDMI encoder. */
export function hasSocket(tree: DeviceTree): boolean {
  return enabledNodes(tree).some((node) =>
    compatiblesOf(node).some((each) => SOCKETS.has(each) || /[,-]hdmi\d?(-|$)/.test(each)),
  );
}

function allowedBy(module: string): Picture | null {
  const largest = largestPictureOf(module);
  if (largest === null) return null;
  const { file, line } = largest.source;
  return { ...largest, basis: "driver", source: `${file}:${line}` };
}

function screenOf(tree: DeviceTree): Picture {
  const screen = (width: number, height: number, basis: Picture["basis"]): Picture => ({
    width,
    height,
    size: width * height * 4,
    count: 1,
    basis,
    source: null,
  });
  if (hasSocket(tree)) return screen(WIDTH, HEIGHT, "socket");
  const panels = enabledNodes(tree).flatMap((node) => {
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
