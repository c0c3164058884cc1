/** Places from which a kernel cannot start, or cannot use what was loaded. Nothing is said where no boot file states them. */
import { PIECE_WORDS, type PieceName, pagesOf } from "../../boot/pieces.js";
import type { BootProfile } from "../../boot/profile.js";
import { formatRanges } from "../../placement/explain.js";
import { formatHex, formatSize, KIB, MIB } from "../../units/quantity.js";
import { containsRange, type Range, type RangeSet, subtractRanges, toRangeSet, totalSize } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Severity } from "../finding.js";
import { elsewhere, loadedPieces, statedRam } from "../load-addresses.js";
import type { Flaw, Rule } from "../rule.js";

const KERNEL = '"kernel": {"base": "0x40200000", "size": "32M"}';

const KERNEL_OUTSIDE: Rule = {
  id: "kernel-outside-ram",
  severity: "error",
  title: "the kernel was loaded where there is no RAM",
  help: "The kernel knows memory only from the memory nodes of the tree. Where these leave out what it was loaded into, it finds no page of its own image and dies before it has a console. Either the address is wrong, or the tree states less RAM than the board has: give the real banks with --memory.",
  source: "Linux 6.12 arch/arm64/mm/mmu.c map_mem(), Documentation/arch/arm64/booting.rst (call the kernel image)",
  wrong: { dts: "", boot: '{"kernel": {"base": "0x80200000", "size": "32M"}}' },
  right: { dts: "", boot: `{${KERNEL}}` },
  check: (board) => outside(board, "kernel", () => ["error", "the kernel finds no page of its own image and dies"]),
};

const INITRD_OUTSIDE: Rule = {
  id: "initrd-outside-ram",
  severity: "error",
  title: "the initrd was loaded where there is no RAM",
  help: "On arm64 an initrd below the start of RAM is dropped with a warning ('initrd not fully accessible'), and the root file system is then missing. Above it the kernel adds the memory to what the tree states, and gives it to everybody once the initrd is unpacked, although the tree may have left it out on purpose. On arm and riscv the initrd is dropped either way ('is not a memory region'). Load it into RAM, or state the RAM there is.",
  source: "Linux 6.12 arch/arm64/mm/init.c arm64_memblock_init(), init/initramfs.c reserve_initrd_mem()",
  wrong: { dts: "", boot: `{${KERNEL}, "initrd": {"base": "0x38000000", "size": "16M"}}` },
  right: { dts: "", boot: `{${KERNEL}, "initrd": {"base": "0x48000000", "size": "16M"}}` },
  check: (board) =>
    outside(board, "initrd", (initrd, ram) => {
      const isDropped = board.input.profile.arch !== "arm64" || initrd.base < (ram[0]?.base ?? 0);
      return isDropped
        ? ["error", "the kernel starts without it"]
        : ["warning", "the kernel adds that memory to RAM, and hands it out once the initrd is unpacked"];
    }),
};

const TREE_OUTSIDE: Rule = {
  id: "device-tree-outside-ram",
  severity: "error",
  title: "the device tree was loaded where there is no RAM",
  help: "Kernels for arm64 and arm map the tree by its own address and read it wherever it lies; one for riscv looks for it in RAM and dies. The boot loader could write there, so there is memory that the memory nodes leave out: they are made for another board, or the boot loader was to change them.",
  source: "Linux 6.12 arch/arm64/mm/fixmap.c fixmap_remap_fdt(), arch/riscv/kernel/setup.c setup_arch()",
  wrong: { dts: "", boot: `{${KERNEL}, "fdt": {"base": "0x88000000", "size": "64K"}}` },
  right: { dts: "", boot: `{${KERNEL}, "fdt": {"base": "0x48000000", "size": "64K"}}` },
  check: (board) =>
    outside(board, "fdt", () =>
      board.input.profile.arch === "riscv"
        ? ["error", "the kernel cannot read it"]
        : ["note", "the kernel reads it all the same, but the memory nodes leave out memory that is there"],
    ),
};

const MOST_TREE = 2 * MIB;

const TREE_UNREADABLE: Rule = {
  id: "device-tree-not-mappable",
  severity: "error",
  title: "the device tree is misaligned, or larger than 2 MiB",
  help: "An arm64 kernel maps the tree before it knows anything else. One that is not at a multiple of 8 bytes, or larger than 2 MiB, it does not take: it stops without a word on most consoles ('Error: invalid device tree blob'). Load it at a multiple of 8; a tree that large has grown by overlays or by symbols nobody needs.",
  source: "Linux 6.12 arch/arm64/mm/fixmap.c fixmap_remap_fdt(), arch/arm64/kernel/setup.c setup_machine_fdt()",
  wrong: { dts: "", boot: `{${KERNEL}, "fdt": {"base": "0x48000004", "size": "64K"}}` },
  right: { dts: "", boot: `{${KERNEL}, "fdt": {"base": "0x48000008", "size": "64K"}}` },
  check: (board) => {
    const fdt = loadedPieces(board).find(({ name }) => name === "fdt");
    if (fdt === undefined || board.input.profile.arch !== "arm64") return [];
    const { base, size } = fdt;
    const isTooLarge = size > MOST_TREE;
    if (base % 8 === 0 && !isTooLarge) return [];
    const what = isTooLarge ? `has ${formatSize(size)}, of 2 MiB at most` : "is at no multiple of 8 bytes";
    return [
      {
        severity: "error",
        text: `The device tree at ${formatHex(base)} ${what}: the kernel does not take it, and stops.`,
        where: { node: null, property: "fdt" },
        numbers: { base, size },
        proposals: isTooLarge ? [] : elsewhere(board, ["fdt"]),
      },
    ];
  },
};

const IMAGE_STEP = 2 * MIB;

const KERNEL_MISALIGNED: Rule = {
  id: "kernel-misaligned",
  severity: "error",
  title: "the kernel image is at no multiple of 2 MiB",
  help: "An arm64 image belongs at a multiple of 2 MiB. Where it lies is copied into its virtual addresses, so that its first stack loses its alignment when the image is at no multiple of twice the stack: the kernel takes that for an overflow and dies ('kernel stack overflow'). Multiples in between work, with a complaint ('Kernel image misaligned at boot') unless EFI firmware has put it there.",
  source:
    "Linux 6.12 arch/arm64/kernel/pi/map_kernel.c early_map_kernel(), arch/arm64/kernel/setup.c setup_arch(), arch/arm64/include/asm/memory.h THREAD_ALIGN",
  wrong: { dts: "", boot: '{"kernel": {"base": "0x40204000", "size": "32M"}}' },
  right: { dts: "", boot: `{${KERNEL}}` },
  check: (board) => {
    const kernel = loadedPieces(board).find(({ name }) => name === "kernel");
    const { profile } = board.input;
    if (kernel === undefined || profile.arch !== "arm64" || kernel.base % IMAGE_STEP === 0) return [];
    const step = stackAlignment(profile);
    const dies = kernel.base % step !== 0;
    const outcome = dies
      ? `nor of ${formatSize(step)}, and the kernel dies of a misaligned stack`
      : "which only EFI firmware should do: from other boot loaders the kernel complains";
    return [
      {
        severity: dies ? "error" : "note",
        text: `The kernel image at ${formatHex(kernel.base)} is at no multiple of 2 MiB, ${outcome}.`,
        where: { node: null, property: "kernel" },
        numbers: { base: kernel.base, alignment: dies ? step : IMAGE_STEP },
        proposals: elsewhere(board, ["kernel"]),
      },
    ];
  },
};

/** `THREAD_ALIGN` with stacks in vmalloc memory: twice a stack, which has 16 KiB or a page. */
function stackAlignment({ pageSize }: BootProfile): number {
  return 2 * Math.max(16 * KIB, pageSize);
}

/** RAM as the kernel knows it when it looks at the pieces: on arm64 `mem=` does not count, since they are added again. */
function knownRam(board: Board): RangeSet {
  return board.input.profile.arch === "arm64" ? statedRam(board) : toRangeSet(board.machine.banks);
}

/** The flaw of a piece that is not wholly in RAM. */
function outside(
  board: Board,
  name: PieceName,
  judge: (pages: Range, ram: RangeSet) => readonly [severity: Severity, outcome: string],
): readonly Flaw[] {
  const piece = loadedPieces(board).find((each) => each.name === name);
  if (piece === undefined || board.input.profile.arch === "x86") return [];
  const pages = pagesOf(piece, board.input.profile.pageSize);
  const ram = knownRam(board);
  if (containsRange(ram, pages)) return [];
  const missing = totalSize(subtractRanges([pages], ram));
  const part = missing === pages.size ? "" : `${formatSize(missing)} of `;
  const [severity, outcome] = judge(pages, ram);
  return [
    {
      severity,
      text: `${part}${part === "" ? "The" : "the"} ${PIECE_WORDS[name]} (${formatRanges([piece])}) lies outside RAM, which is at ${formatRanges(ram)}: ${outcome}.`,
      where: { node: null, property: name },
      numbers: { base: piece.base, size: piece.size, missing },
      proposals: elsewhere(board, [name]),
    },
  ];
}

/** Rules about addresses at which a boot cannot work. */
export const LOAD_PLACES: readonly Rule[] = [
  KERNEL_OUTSIDE,
  INITRD_OUTSIDE,
  TREE_OUTSIDE,
  TREE_UNREADABLE,
  KERNEL_MISALIGNED,
];
