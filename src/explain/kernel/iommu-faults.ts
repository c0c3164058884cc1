/** Accesses that an IOMMU stopped. */
import type { Device, Machine } from "../../machine/machine.js";
import { hasStream } from "../../machine/stream-match.js";
import { formatHex } from "../../units/quantity.js";
import { boardWord, deviceOfKernelName } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

interface Fault extends Numbers {
  /** Name of the IOMMU in the log; null where the line has none. */
  readonly iommu: string | null;
  /** The device as the line names it: a PCI address, or null. */
  readonly device: string | null;
  readonly streamId: number | null;
  /** Hexadecimal. */
  readonly address: string;
  /** Null where the line does not tell reads from writes. */
  readonly access: "read" | "write" | null;
}

const LINE_START = "(?:(?:^|\\s)(\\S+): )?";

/** Without leading zeros; 64 bits stay exact. */
function plainHex(text: string): string {
  return formatHex(BigInt(`0x${text.replace(/^0x/i, "")}`));
}

function explain(fault: Fault, { machine, count }: ExplainContext): Explanation {
  const { address, access, streamId } = fault;
  const devices = machine === null ? [] : suspects(machine, fault);
  const [device] = devices;
  const named = devices.length === 1 && device !== undefined ? device.path : null;
  const who =
    named ??
    fault.device ??
    (devices.length > 1
      ? `One of ${devices.map(({ path }) => path).join(", ")}`
      : streamId === null
        ? `A device behind ${fault.iommu ?? "the IOMMU"}`
        : `The device with stream id ${formatHex(streamId)}`);
  const low = BigInt(address) < 0x1000n;
  const certainty = low ? "likely" : "possible";
  return {
    severity: "error",
    cause: `${who} ${access === "write" ? "wrote to" : access === "read" ? "read from" : "accessed"} address ${address}, which nothing is mapped at, and the IOMMU stopped it.`,
    proof: low
      ? `An address below 4096 is a buffer that was never set: a register of the device still held 0 or a small offset.${count > 1 ? ` It came ${count} times.` : ""}`
      : `The IOMMU has no translation for ${address}: the buffer was unmapped while the device still used it, the device ran past its end, or it was given a physical address.`,
    certainty,
    why:
      named !== null && streamId !== null
        ? `the device is sure: only its iommus entry has stream id ${formatHex(streamId)}; which mistake it was the line does not say`
        : "that the access was stopped is sure; which mistake led to it the line does not say",
    fix: low
      ? "Look at what the driver programs before it starts the device."
      : "Compare the address with the buffers that were mapped: just behind the end of one means its size or stride is too small for the device; inside one that was freed means it was unmapped too early.",
    next:
      machine === null
        ? ["coalloc explain LOG -m BOARD.dtb", "coalloc devices BOARD.dtb"]
        : [
            `coalloc devices ${boardWord(machine)}`,
            `coalloc place ${boardWord(machine)} -d ${named ?? "DEVICE"} --size SIZE`,
          ],
    remedies: [],
    node: named ?? fault.iommu,
    property: streamId === null ? null : "iommus",
    numbers: { devices: devices.map(({ path }) => path).join(" ") || null },
  };
}

/** Devices that may have made the access: those with the stream id, else all behind the IOMMU. */
function suspects(machine: Machine, fault: Fault): readonly Device[] {
  if (fault.device !== null) {
    const device = deviceOfKernelName(machine, fault.device);
    return device === null ? [] : [device];
  }
  const iommu = iommuOfKernelName(machine, fault.iommu);
  const behind = machine.devices.filter(
    (device) => device.iommu !== null && (iommu === null || device.iommu.path === iommu) && device.enabled,
  );
  if (fault.streamId === null) return iommu === null ? [] : behind;
  const { streamId } = fault;
  const known = behind.filter(({ iommu: attachment }) => attachment !== null && hasStream(attachment, streamId));
  // Blocks of an aggregate are behind its IOMMU; the node with the entry is the one that accesses.
  const own = known.filter(({ path, iommu: attachment }) => attachment?.source === `${path}:iommus`);
  return own.length > 0 ? own : known;
}

/** `fdd97e00.iommu` is the node `iommu@fdd97e00`; null for a name the board does not have. */
function iommuOfKernelName(machine: Machine, busId: string | null): string | null {
  const [, address, name] = /^([0-9a-f]+)\.([\w,-]+)$/.exec(busId ?? "") ?? [];
  return machine.iommus.find(({ path }) => path.endsWith(`/${name}@${address}`))?.path ?? null;
}

/** One finding for each page and device: a device that runs wild faults at thousands of addresses. */
const key = ({ iommu, device, streamId, address, access }: Fault): string =>
  `${iommu} ${device} ${streamId} ${access} ${BigInt(address) < 0x1000n}`;

/** `arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x7fbc0000, fsynr=0x1, cbfrsynra=0x1c01, cb=3`. */
export const smmuContextFault: Recogniser = patternRecogniser<Fault>({
  id: "smmu-context-fault",
  topic: "IOMMU fault",
  hint: "Unhandled context fault",
  source: "Linux 6.12 drivers/iommu/arm/arm-smmu/arm-smmu.c arm_smmu_print_context_fault_info()",
  pattern: new RegExp(
    `${LINE_START}Unhandled context fault: fsr=0x[0-9a-f]+, iova=(0x[0-9a-f]{1,16}), fsynr=(0x[0-9a-f]{1,8})(?:, cbfrsynra=(0x[0-9a-f]{1,8}))?`,
  ),
  read: ([, iommu, iova = "0", fsynr, sid]) => {
    const syndrome = numberIn(fsynr) ?? 0;
    const stream = numberIn(sid);
    return {
      iommu: iommu ?? null,
      device: null,
      // Linux 6.12 arm-smmu.h ARM_SMMU_CBFRSYNRA_SID: the lower 16 bits.
      streamId: stream === null ? null : stream % 0x1_0000,
      address: plainHex(iova),
      // ARM_SMMU_CB_FSYNR0_WNR: bit 4.
      access: Math.floor(syndrome / 16) % 2 === 1 ? "write" : "read",
    };
  },
  key,
  explain,
});

/** `rk_iommu fdd97e00.iommu: Page fault at 0x00000000f0000000 of type read`. */
export const rockchipFault: Recogniser = patternRecogniser<Fault>({
  id: "rockchip-iommu-fault",
  topic: "IOMMU fault",
  hint: "Page fault at 0x",
  source: "Linux 6.12 drivers/iommu/rockchip-iommu.c rk_iommu_irq()",
  pattern: new RegExp(`${LINE_START}Page fault at (0x[0-9a-f]{1,16}) of type (read|write)`),
  read: ([, iommu, iova = "0", access]) => ({
    iommu: iommu ?? null,
    device: null,
    streamId: null,
    address: plainHex(iova),
    access: access === "write" ? "write" : "read",
  }),
  key,
  explain,
});

/** `sun50i-iommu 30f0000.iommu: Page fault for 0x00000000fff00000 (master 2, dir rd)`; the master is the cell of its `iommus` entry. */
export const sun50iFault: Recogniser = patternRecogniser<Fault>({
  id: "sun50i-iommu-fault",
  topic: "IOMMU fault",
  hint: "Page fault for 0x",
  source: "Linux 6.12 drivers/iommu/sun50i-iommu.c sun50i_iommu_report_fault()",
  pattern: new RegExp(`${LINE_START}Page fault for (0x[0-9a-f]{1,16}) \\(master (\\d+), dir (rd|wr)\\)`),
  read: ([, iommu, iova = "0", master, access]) => ({
    iommu: iommu ?? null,
    device: null,
    streamId: numberIn(master),
    address: plainHex(iova),
    access: access === "wr" ? "write" : "read",
  }),
  key,
  explain,
});

/** `exynos-sysmmu 14650000.sysmmu: 14450000.mixer: [READ] PAGE FAULT occurred at 0x20000000`: the line names the device itself. */
export const exynosFault: Recogniser = patternRecogniser<Fault>({
  id: "exynos-iommu-fault",
  topic: "IOMMU fault",
  hint: " FAULT occurred at 0x",
  source: "Linux 6.12 drivers/iommu/exynos-iommu.c show_fault_information()",
  pattern: new RegExp(`${LINE_START}(\\S+): \\[(READ|WRITE)\\] [A-Z -]+ FAULT occurred at (0x[0-9a-f]{1,16})`),
  read: ([, iommu, device, access, iova = "0"]) => ({
    iommu: iommu ?? null,
    device: device ?? null,
    streamId: null,
    address: plainHex(iova),
    access: access === "WRITE" ? "write" : "read",
  }),
  key,
  explain,
});

/** `ipmmu-vmsa febd0000.iommu: Unhandled fault: status 0x00002101 iova 0x4e000000`. */
export const ipmmuFault: Recogniser = patternRecogniser<Fault>({
  id: "renesas-iommu-fault",
  topic: "IOMMU fault",
  hint: "Unhandled fault: status 0x",
  source: "Linux 6.12 drivers/iommu/ipmmu-vmsa.c ipmmu_domain_irq()",
  pattern: new RegExp(`${LINE_START}Unhandled fault: status 0x[0-9a-f]+ iova (0x[0-9a-f]{1,16})`),
  read: ([, iommu, iova = "0"]) => ({
    iommu: iommu ?? null,
    device: null,
    streamId: null,
    address: plainHex(iova),
    access: null,
  }),
  key,
  explain,
});

/** `mtk-iommu 1401d000.iommu: fault type=0x5 iova=0x0 pa=0x0 master=0x0(larb=0 port=0) layer=0 read`. */
export const mediatekFault: Recogniser = patternRecogniser<Fault & { readonly larb: number | null }>({
  id: "mediatek-iommu-fault",
  topic: "IOMMU fault",
  hint: "fault type=0x",
  source: "Linux 6.12 drivers/iommu/mtk_iommu.c mtk_iommu_isr()",
  pattern: new RegExp(
    `${LINE_START}fault type=0x[0-9a-f]+ iova=(0x[0-9a-f]{1,16}) pa=0x[0-9a-f]+ .*?larb=(\\d+) port=(\\d+)\\)?(?: layer=\\d+ (read|write))?`,
  ),
  read: ([, iommu, iova = "0", larb, port, access]) => ({
    iommu: iommu ?? null,
    device: null,
    streamId: null,
    address: plainHex(iova),
    access: access === "write" ? "write" : access === "read" ? "read" : null,
    larb: numberIn(larb),
    port: numberIn(port),
  }),
  key: (fault) => `${key(fault)} ${fault.larb} ${fault["port"]}`,
  explain,
});

/** `DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7b5fc000 [fault reason 0x06] PTE Read access is not set`. */
export const dmarFault: Recogniser = patternRecogniser<Fault>({
  id: "intel-iommu-fault",
  topic: "IOMMU fault",
  hint: "Request device [",
  source: "Linux 6.12 drivers/iommu/intel/dmar.c dmar_fault_do_one()",
  pattern:
    /\[DMA (Read|Write)[^\]]*\] Request device \[([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\](?: PASID [0-9a-f]+)? fault addr (?:0x)?([0-9a-f]{1,16})/,
  read: ([, access, device = "", address = "0"]) => ({
    iommu: null,
    device: `0000:${device}`,
    streamId: null,
    address: plainHex(address),
    access: access === "Write" ? "write" : "read",
  }),
  key,
  explain,
});

/** `AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:01:00.0 domain=0x000e address=0xdf3f8000 flags=0x0000]`. */
export const amdFault: Recogniser = patternRecogniser<Fault>({
  id: "amd-iommu-fault",
  topic: "IOMMU fault",
  hint: "IO_PAGE_FAULT",
  source: "Linux 6.12 drivers/iommu/amd/iommu.c amd_iommu_report_page_fault()",
  pattern:
    /(?:([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]): .*)?\[IO_PAGE_FAULT (?:device=([0-9a-f:.]+) )?domain=0x[0-9a-f]+ address=(?:0x)?([0-9a-f]{1,16}) flags=(0x[0-9a-f]+)/,
  read: ([, before, inside, address = "0", flags]) => {
    const device = inside ?? before ?? null;
    return {
      iommu: null,
      device: device !== null && /^[0-9a-f]{2}:/.test(device) && device.length < 8 ? `0000:${device}` : device,
      streamId: null,
      address: plainHex(address),
      // EVENT_FLAG_RW: bit 5.
      access: Math.floor((numberIn(flags) ?? 0) / 32) % 2 === 1 ? "write" : "read",
    };
  },
  key,
  explain,
});

/** `Unexpected IOMMU page fault!`, of old Qualcomm chips; the lines behind it have the registers. */
export const msmFault: Recogniser = patternRecogniser<Numbers>({
  id: "msm-iommu-fault",
  topic: "IOMMU fault",
  hint: "Unexpected IOMMU page fault!",
  source: "Linux 6.12 drivers/iommu/msm_iommu.c msm_iommu_fault_handler()",
  pattern: /Unexpected IOMMU page fault!/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "error",
    cause: "A device behind a Qualcomm IOMMU accessed an address nothing is mapped at.",
    proof: "The kernel prints the IOMMU's registers behind this line; FAR is the address.",
    certainty: "possible",
    why: "that the access was stopped is sure; the line names neither device nor address",
    fix: "Compare FAR with the buffers that were mapped: just behind the end of one means its size is too small for the device.",
    next: [`coalloc devices ${boardWord(machine)}`],
    remedies: [],
  }),
});

/** `arm-smmu-v3 fc900000.iommu: event 0x10 received:`; the event's four words stand in the lines behind it. */
export const smmuV3Event: Recogniser = patternRecogniser<Numbers>({
  id: "smmu-v3-event",
  topic: "IOMMU fault",
  hint: " received:",
  source: "Linux 6.12 drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c arm_smmu_evtq_thread()",
  pattern: new RegExp(`${LINE_START}event (0x[0-9a-f]{2}) received:`),
  read: ([, iommu, event]) => ({ iommu: iommu ?? null, event: numberIn(event) }),
  explain: ({ iommu, event }, context) => {
    const { lines, line, machine } = context;
    const word = (index: number): bigint | null => {
      const text = lines.following("smmu-v3-event-word", line + index, 1)?.numbers["word"];
      return typeof text === "string" ? BigInt(text) : null;
    };
    const first = word(0);
    const what = EVENTS.get(Number(event)) ?? "an event that is no access to unmapped memory";
    const address = word(2);
    if (!EVENTS.has(Number(event)) || first === null || address === null) {
      return {
        severity: "error",
        cause: `The SMMU reports event ${formatHex(Number(event))}: ${what}.`,
        proof:
          "The number is the event's type in the SMMU architecture; stream id and address stand in the words behind the line.",
        certainty: "sure",
        why: "the hardware states the type",
        fix: "Give the four lines behind this one as well: they tell device and address.",
        next: ["dmesg | grep -A4 'event 0x.* received' | coalloc explain -", `coalloc devices ${boardWord(machine)}`],
        remedies: [],
        node: typeof iommu === "string" ? iommu : null,
      };
    }
    const streamId = Number(first / 0x1_0000_0000n);
    const fault: Fault = {
      iommu: typeof iommu === "string" ? iommu : null,
      device: null,
      streamId,
      address: formatHex(address),
      access: null,
    };
    const explained = explain(fault, context);
    return { ...explained, numbers: { ...explained.numbers, streamId, address: formatHex(address) } };
  },
});

/** Types of SMMUv3 events that are faults of an access. */
const EVENTS: ReadonlyMap<number, string> = new Map([
  [0x10, "there is no translation for an address"],
  [0x11, "an address is larger than the tables can hold"],
  [0x12, "a page table entry has no access flag"],
  [0x13, "the mapping does not allow the access"],
]);

/** One word of an event, which the finding of the event speaks of. */
export const smmuV3EventWord: Recogniser = patternRecogniser<Numbers>({
  id: "smmu-v3-event-word",
  topic: "IOMMU fault",
  hint: "arm-smmu-v3 ",
  source: "Linux 6.12 drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c arm_smmu_evtq_thread()",
  pattern: /arm-smmu-v3 \S+:\s+(0x[0-9a-f]{16})$/,
  read: ([, word = "0x0"]) => ({ word }),
  explain: () => null,
});

/** `arm-smmu-v3 fc900000.iommu: event: F_TRANSLATION client: 0000:01:00.0 sid: 0x100 ssid: 0x0 iova: 0x7f000000 ipa: 0x0`, Linux 6.14 and later. */
export const smmuV3Fault: Recogniser = patternRecogniser<Fault & { readonly client: string }>({
  id: "smmu-v3-fault",
  topic: "IOMMU fault",
  hint: "event: F_",
  source: "Linux 6.14 drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c arm_smmu_dump_event()",
  pattern: new RegExp(
    `${LINE_START}event: (F_[A-Z_]+) client: (.+?) sid: (0x[0-9a-f]{1,8}) .*?iova: (0x[0-9a-f]{1,16})`,
  ),
  read: ([, iommu, event = "", client = "", sid, iova = "0"]) => ({
    iommu: iommu ?? null,
    device: client.startsWith("(") ? null : client,
    client,
    event,
    streamId: numberIn(sid),
    address: plainHex(iova),
    access: null,
  }),
  key,
  explain,
});
