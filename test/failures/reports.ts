/**
 * Failures people reported in public, as they saw them: the line of the log, and the tree, command line or configuration that led to it. The trees are
 * made anew from what the thread says, cut down to memory, reserved memory and the devices that are named.
 */

/** One report. */
export interface Report {
  readonly title: string;
  /** Where it was reported. */
  readonly address: string;
  /** The lines a user has, as reported. */
  readonly log: string;
  /** Device tree source of the board. */
  readonly dts: string;
  /** Options of `coalloc check` that state the reporter's situation. */
  readonly options?: readonly string[];
  /** The state of memory when the kernel starts, for `--boot`. */
  readonly boot?: Readonly<Record<string, unknown>>;
  /** A kernel configuration, for `--kernel-config`. */
  readonly config?: string;
  /** Recogniser of `coalloc explain` that knows the line. */
  readonly explained: string;
  /** Rule of `coalloc check` that finds the fault. */
  readonly found: string;
  /** What mended it for those in the thread, in our words. */
  readonly fix: string;
}

interface BoardSource {
  readonly model: string;
  readonly compatible: string;
  readonly cpu?: string;
  readonly cells?: 1 | 2;
  /** Value of `reg`. */
  readonly memory: string;
  readonly rest: string;
}

function board({ model, compatible, cpu, cells, memory, rest }: BoardSource): string {
  const count = cells ?? 2;
  return `/dts-v1/;
/ {
	#address-cells = <${count}>;
	#size-cells = <${count}>;
	model = "${model}";
	compatible = "${compatible}";
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@0 { device_type = "cpu"; compatible = "${cpu ?? "arm,cortex-a53"}"; reg = <0>; };
	};
	memory@0 { device_type = "memory"; reg = ${memory}; };
	${rest}
};
`;
}

/** The display and the bus of a Raspberry Pi 4, whose reach is the first GiB. */
const PI4_BUS = `soc {
		compatible = "simple-bus";
		#address-cells = <1>;
		#size-cells = <1>;
		ranges = <0x7e000000 0 0xfe000000 0x01800000>;
		dma-ranges = <0xc0000000 0 0x00000000 0x40000000>;
	};`;

const RESERVED = "#address-cells = <2>; #size-cells = <2>; ranges;";

/** Ten reports, and for each what is to be recognised and found. */
export const REPORTS: readonly Report[] = [
  {
    title: "the pool of a Raspberry Pi 4 does not fit below the device tree",
    address: "https://github.com/home-assistant/operating-system/issues/4924",
    log: "[    0.000000] OF: reserved mem: failed to allocate memory for node 'linux,cma': size 512 MiB",
    dts: board({
      model: "Raspberry Pi 4 Model B",
      compatible: "raspberrypi,4-model-b",
      cpu: "arm,cortex-a72",
      memory: "<0 0 0 0x3b400000>, <0 0x40000000 0 0xbc000000>",
      rest: `reserved-memory { ${RESERVED}
		linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0 0x20000000>; alloc-ranges = <0 0 0 0x30000000>; };
	};
	${PI4_BUS}`,
    }),
    boot: { kernel: { base: 0x20_0000, size: 0x300_0000 }, fdt: { base: 0x1fff_0000, size: 0xf000 } },
    explained: "reserved-no-room",
    found: "region-not-placed",
    fix: "move the device tree out of the range; or a pool that fits the largest hole",
  },
  {
    title: "a pool made for 4 KiB pages on a kernel with 64 KiB pages",
    address: "https://github.com/raspberrypi/linux/issues/6053",
    log: "Reserved memory: incorrect alignment of CMA region",
    dts: board({
      model: "Raspberry Pi 4 Model B",
      compatible: "raspberrypi,4-model-b",
      cpu: "arm,cortex-a72",
      memory: "<0 0 0 0x80000000>",
      rest: `reserved-memory { ${RESERVED}
		linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0 0x4000000>; alloc-ranges = <0 0 0 0x40000000>; };
	};
	${PI4_BUS}`,
    }),
    options: ["--page-size", "64K"],
    explained: "cma-incorrect-alignment",
    found: "cma-region-misaligned",
    fix: "a size and an alignment of whole pageblocks",
  },
  {
    title: "a size of one cell where the root says two",
    address: "https://github.com/raspberrypi/linux/issues/7230",
    log: "[    0.000000] OF: reserved mem: invalid size property in 'linux,cma' node.",
    dts: board({
      model: "Raspberry Pi 4 Model B",
      compatible: "raspberrypi,4-model-b",
      cpu: "arm,cortex-a72",
      memory: "<0 0 0 0x80000000>",
      rest: `reserved-memory { ${RESERVED}
		linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0x10000000>; alloc-ranges = <0 0 0 0x30000000>; };
	};
	${PI4_BUS}`,
    }),
    explained: "reserved-invalid-property",
    found: "region-size-length",
    fix: "write the size with the root's cells",
  },
  {
    title: "cma= on the command line takes the pool's address limit away",
    address: "https://github.com/raspberrypi/linux/issues/3861",
    log: "[    0.000000] Reserved memory: bypass linux,cma node, using cmdline CMA params instead",
    dts: board({
      model: "Raspberry Pi 4 Model B",
      compatible: "raspberrypi,4-model-b",
      cpu: "arm,cortex-a72",
      memory: "<0 0 0 0x3b400000>, <0 0x40000000 0 0xbc000000>",
      rest: `reserved-memory { ${RESERVED}
		linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0 0x10000000>; alloc-ranges = <0 0 0 0x30000000>; };
	};
	${PI4_BUS}`,
    }),
    options: ["--cmdline", "cma=256M", "--fail-on", "warning"],
    explained: "cma-bypassed",
    found: "cma-cmdline-loses-range",
    fix: "state the limit with the size, or the size in the node",
  },
  {
    title: "a fixed area across the border of low memory",
    address: "https://github.com/raspberrypi/linux/issues/1231",
    log: "[    0.000000] cma: Region at 0x10000000 defined on low/high memory boundary (0x1c000000)\n[    0.000000] cma: Failed to reserve 256 MiB",
    dts: board({
      model: "Raspberry Pi Model B",
      compatible: "raspberrypi,model-b",
      cpu: "arm,cortex-a7",
      cells: 1,
      memory: "<0 0x1c000000>",
      rest: "",
    }),
    options: ["--cmdline", "cma=256M@256M"],
    explained: "cma-region-boundary",
    found: "cma-option-crosses-highmem",
    fix: "a smaller area, or one without a fixed address",
  },
  {
    title: "2048 MiB of CMA on a ZCU106",
    address: "https://github.com/bperez77/xilinx_axidma/issues/95",
    log: "[    0.000000] cma: Failed to reserve 2048 MiB",
    dts: board({
      model: "ZynqMP ZCU106 RevA",
      compatible: "xlnx,zynqmp-zcu106",
      memory: "<0 0 0 0x80000000>, <8 0 0 0x80000000>",
      rest: "",
    }),
    options: ["--cmdline", "cma=2048M"],
    explained: "cma-reserve-failed",
    found: "default-cma-no-room",
    fix: "1900 MiB work",
  },
  {
    title: "reserved memory with one size cell below a root with two",
    address: "https://github.com/ikwzm/udmabuf/issues/104",
    log: "[    0.000000] OF: fdt: Reserved memory: unsupported node format, ignoring",
    dts: board({
      model: "ZynqMP",
      compatible: "xlnx,zynqmp",
      memory: "<0 0 0 0x80000000>, <5 0 0 0x80000000>",
      rest: `reserved-memory { #address-cells = <2>; #size-cells = <1>; ranges;
		ddr4_buf@0 { compatible = "shared-dma-pool"; reusable; reg = <5 0 0 0x40000000>; };
	};`,
    }),
    explained: "reserved-unsupported-format",
    found: "reserved-memory-ignored",
    fix: "#size-cells = <2>",
  },
  {
    title: "a reusable region of 1 MiB, and a driver that gets no memory from it",
    address: "https://github.com/ikwzm/udmabuf/issues/47",
    log: "[   16.370110] u-dma-buf udmabuf@0: of_reserved_mem_device_init failed. return=-22",
    dts: board({
      model: "board with a framebuffer in memory",
      compatible: "vendor,board",
      cpu: "arm,cortex-a7",
      cells: 1,
      memory: "<0xc0000000 0x20000000>",
      rest: `reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
		fb: fb@0 { compatible = "shared-dma-pool"; reg = <0xd8000000 0x100000>; label = "fb"; reusable; };
	};
	udmabuf@0 { compatible = "ikwzm,u-dma-buf"; device-name = "fb"; minor-number = <0>; memory-region = <&fb>; size = <0x100000>; };`,
    }),
    explained: "u-dma-buf-region",
    found: "cma-region-misaligned",
    fix: "a region of whole pageblocks, 4 MiB here",
  },
  {
    title: "a pool for a second system splits the range of the default area",
    address: "https://github.com/TImada/raspi4_freertos/issues/9",
    log: "[    0.000000] OF: reserved mem: failed to allocate memory for node 'linux,cma': size 512 MiB",
    dts: board({
      model: "Raspberry Pi 4 Model B",
      compatible: "raspberrypi,4-model-b",
      cpu: "arm,cortex-a72",
      memory: "<0 0 0 0x3b400000>, <0 0x40000000 0 0x40000000>",
      rest: `reserved-memory { ${RESERVED}
		rtos@20000000 { compatible = "shared-dma-pool"; no-map; size = <0 0xa00000>; alloc-ranges = <0 0 0 0x20000000>; };
		linux,cma { compatible = "shared-dma-pool"; reusable; linux,cma-default; size = <0 0x20000000>; alloc-ranges = <0 0 0 0x30000000>; };
	};
	${PI4_BUS}`,
    }),
    explained: "reserved-no-room",
    found: "region-not-placed",
    fix: "a fixed address outside the range for the second system, or a smaller area",
  },
  {
    title: "a CMA pool whose size is no whole pageblock",
    address: "https://github.com/ikwzm/udmabuf/issues/126",
    log: "[    0.000000] Reserved memory: incorrect alignment of CMA region",
    dts: board({
      model: "ZynqMP",
      compatible: "xlnx,zynqmp",
      memory: "<0 0 0 0x80000000>",
      rest: `reserved-memory { ${RESERVED}
		image_buf0: image_buf@40000000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x40000000 0 0x4c0000>; };
		image_buf1: image_buf@41400000 { compatible = "shared-dma-pool"; reusable; reg = <0 0x41400000 0 0x25c00000>; };
	};
	udmabuf@0 { compatible = "ikwzm,u-dma-buf"; memory-region = <&image_buf0>; };
	udmabuf@1 { compatible = "ikwzm,u-dma-buf"; memory-region = <&image_buf1>; };`,
    }),
    explained: "cma-incorrect-alignment",
    found: "cma-region-misaligned",
    fix: "a size of whole pageblocks",
  },
];
