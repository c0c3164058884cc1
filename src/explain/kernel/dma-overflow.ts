import { formatHex } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, deviceOfKernelName, deviceWord, ramReached, reachWords } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

interface Overflow extends Numbers {
  readonly device: string | null;
  /** Hexadecimal: what the device would have had to emit. */
  readonly address: string;
  readonly size: number;
  /** Hexadecimal, inclusive. */
  readonly mask: string;
  /** Hexadecimal, inclusive; `0x0` for no limit. */
  readonly busLimit: string;
  /** The bounce buffer itself was out of reach. */
  readonly bounced: boolean;
}

function read([, device, bounced, address, size, mask, busLimit]: RegExpExecArray): Overflow | null {
  const length = numberIn(size);
  if (length === null || address === undefined || mask === undefined) return null;
  return {
    device: device ?? null,
    address: plainHex(address),
    size: length,
    mask: plainHex(mask),
    busLimit: plainHex(busLimit ?? "0"),
    bounced: bounced === "swiotlb",
  };
}

/** Without leading zeros; 64 bits stay exact. */
function plainHex(text: string): string {
  return formatHex(BigInt(`0x${text.replace(/^0x/, "")}`));
}

/** `DMA addr 0x0000000450dc4000+4096 overflow (mask ffffffff, bus limit 4ffffffff).`, and the same with `swiotlb addr`. */
export const dmaOverflow: Recogniser = patternRecogniser<Overflow>({
  id: "dma-overflow",
  topic: "reach of a device",
  hint: "overflow (mask ",
  source: "Linux 6.12 kernel/dma/direct.h dma_direct_map_page(), kernel/dma/swiotlb.c swiotlb_map()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}(?:(DMA|swiotlb) addr )?(?:overflow )?(0x[0-9a-f]{1,16})\\+(\\d+) overflow \\(mask ([0-9a-f]{1,16}), bus limit ([0-9a-f]{1,16})\\)`,
  ),
  read,
  key: ({ device, mask, busLimit, bounced }) => `${device} ${mask} ${busLimit} ${bounced}`,
  explain,
});

/** `overflow 0x0000000040898000+536576 of DMA mask 7ffffffff bus mask 3fffffff`, Linux 4.20 to 5.4. */
export const dmaMaskOverflow: Recogniser = patternRecogniser<Overflow>({
  id: "dma-mask-overflow",
  topic: "reach of a device",
  hint: " of DMA mask ",
  source: "Linux 5.4 kernel/dma/direct.c report_addr()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}()overflow (0x[0-9a-f]{1,16})\\+(\\d+) of DMA mask ([0-9a-f]{1,16})(?: bus (?:mask|limit) ([0-9a-f]{1,16}))?`,
  ),
  read,
  key: ({ device, mask, busLimit }) => `${device} ${mask} ${busLimit}`,
  explain,
});

function explain(overflow: Overflow, { machine }: ExplainContext): Explanation {
  const { device: busId, address, size, mask, busLimit, bounced } = overflow;
  const [wide, bus] = [BigInt(mask), BigInt(busLimit)];
  const byBus = bus !== 0n && bus < wide;
  const limit = byBus ? bus : wide;
  const device = machine === null || busId === null ? null : deviceOfKernelName(machine, busId);
  const who = device?.path ?? busId ?? "a device";
  const what = bounced ? "even its bounce buffer lay" : "the memory it was given lies";
  const shifted = bus !== 0n && bus > wide;
  const window = shifted
    ? ` The bus reaches to ${formatHex(bus)}, further than the device: where RAM appears high on the bus, a bounce buffer does too, and no memory suits the device.`
    : "";
  return {
    severity: "error",
    cause: `${who} can emit addresses up to ${formatHex(limit)}, and ${what} at bus address ${address}.`,
    proof: `${address} + ${size} ends above the smaller of the device's mask ${mask} and the bus limit ${bus === 0n ? "(none)" : busLimit}: the ${byBus ? "bus (dma-ranges)" : "device's own mask"} stands in the way.${window}`,
    certainty: "sure",
    why: "the kernel compares just these numbers before it prints the line",
    fix: fixWords(byBus, shifted, bounced, reachWords(machine, busId)),
    next: [
      `coalloc reach ${boardWord(machine)}`,
      `coalloc place ${boardWord(machine)} -d ${deviceWord(machine, busId)} --size ${size}`,
    ],
    remedies: [],
    node: device?.path ?? null,
    property: byBus ? "dma-ranges" : null,
    numbers: {
      limit: formatHex(limit),
      limitedBy: byBus ? "bus" : "mask",
      ...(machine === null || device === null
        ? {}
        : {
            reachableBytes: ramReached(machine, device).reached,
            ramBytes: ramReached(machine, device).ram,
          }),
    },
  };
}

function fixWords(byBus: boolean, shifted: boolean, bounced: boolean, reachText: string | null): string {
  const reach = reachText === null ? "" : ` As the tree is, ${reachText}.`;
  if (shifted) {
    return `Move the bus's inbound window down so that RAM appears below 4 GiB on it (the board's overlay for 32-bit DMA), or use a device with a wider mask.${reach}`;
  }
  const limit = byBus
    ? "widen the dma-ranges of its bus, if the hardware can"
    : "set a wider mask in its driver, if the hardware can";
  const pool = bounced ? "make sure the bounce pool lies in reach" : "allocate from memory in its reach";
  return `Either ${pool}, or ${limit}.${reach}`;
}

/** `dma_map: !dma_capable: phys 0x50dc4000 dma_addr 0x450dc4000`, a debugging line of vendor kernels. */
export const notDmaCapable: Recogniser = patternRecogniser<Numbers>({
  id: "not-dma-capable",
  topic: "reach of a device",
  hint: "!dma_capable",
  source: "https://github.com/geerlingguy/raspberry-pi-pcie-devices/issues/57",
  pattern: /!dma_capable: phys (0x[0-9a-f]{1,16}) dma_addr (0x[0-9a-f]{1,16})/,
  read: ([, phys = "0", dma = "0"]) => ({ physAddr: plainHex(phys), dmaAddr: plainHex(dma) }),
  key: () => "",
  explain: (numbers, { machine }) => {
    const shift = BigInt(String(numbers["dmaAddr"])) - BigInt(String(numbers["physAddr"]));
    const high = BigInt(String(numbers["dmaAddr"])) > 0xffff_ffffn;
    return {
      severity: "error",
      cause: `Memory at ${numbers["physAddr"]} appears to the device at bus address ${numbers["dmaAddr"]}, which it cannot emit.`,
      proof: `The bus adds ${shift < 0n ? `-${formatHex(-shift)}` : formatHex(shift)} to every address${high ? "; the result needs more than 32 bits" : ""}.`,
      certainty: high ? "likely" : "possible",
      why: high
        ? "a device with a 32-bit mask reaches nothing of such a window; the line does not state the mask"
        : "the line states no mask",
      fix: "Move the inbound window of the bus down (dma-ranges; many boards have an overlay for 32-bit DMA), or use a device with a wider mask.",
      next: [`coalloc reach ${boardWord(machine)}`, `coalloc check ${boardWord(machine)}`],
      remedies: [],
      property: "dma-ranges",
      numbers: { offset: shift < 0n ? `-${formatHex(-shift)}` : formatHex(shift) },
    };
  },
});
