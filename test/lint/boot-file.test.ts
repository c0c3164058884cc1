import { describe, expect, it } from "vitest";
import { bootStateOf, readBootFile } from "../../src/lint/boot-file.js";
import { describeFieldRefusal } from "../../src/units/yaml-fields.js";

function refusalOf(text: string): string {
  const read = readBootFile(text);
  if (read.ok) throw new Error("it is accepted");
  return describeFieldRefusal(read.refusal);
}

function stateOf(text: string, arch: "arm64" | "riscv" = "arm64") {
  const read = readBootFile(text);
  if (!read.ok) throw new Error(describeFieldRefusal(read.refusal));
  return bootStateOf(read.value, arch, 4096);
}

describe("readBootFile", () => {
  it("takes the pieces as numbers or as hexadecimal text", () => {
    const read = readBootFile('{"kernel": {"base": 1075838976, "size": "0x2b30000"}, "beforeDefaultCma": null}');
    expect(read).toEqual({
      ok: true,
      value: {
        kernel: { base: 0x40200000, size: 0x2b30000 },
        initrd: null,
        fdt: null,
        reserved: null,
        beforeDefaultCma: null,
      },
    });
  });

  const refused = [
    ["", "line 1, column 1: a boot file is a map of kernel, initrd, fdt, reserved and beforeDefaultCma"],
    ["[1, 2]", "line 1, column 1: a boot file is a map of kernel, initrd, fdt, reserved and beforeDefaultCma"],
    ['{\n  "kernal": null\n}', "line 2, column 3: kernal: nobody knows this field; did you mean kernel?"],
    [
      '{"kernel": {"base": 4096}}',
      'line 1, column 12: kernel.size: is no number of bytes; write 1075838976, 48M or "0x40200000"',
    ],
    ['{"kernel": 7}', "line 1, column 12: kernel: write {base: ADDRESS, size: BYTES}"],
    [
      '{"fdt": {"base": -1, "size": 1}}',
      'line 1, column 18: fdt.base: is no number of bytes; write 1075838976, 48M or "0x40200000"',
    ],
    ['{"fdt": {"base": 4096, "size": 0}}', "line 1, column 9: fdt: has no size; leave it out"],
    ['{"reserved": [[4096, "0x20000000000000"]]}', "line 1, column 15: reserved[0]: ends above 2^53 - 1"],
    ['{"reserved": [[4096]]}', "line 1, column 15: reserved[0]: write [ADDRESS, BYTES]"],
    ['{"reserved": {}}', "line 1, column 14: reserved: is no list; write [[ADDRESS, BYTES], ...]"],
    [
      '{"kernel": {"base": 4096, "size": 8192},\n "initrd": {"base": 8192, "size": 4096}}',
      "line 2, column 12: initrd: lies over kernel: 0x2000-0x2fff and 0x1000-0x2fff share memory",
    ],
  ] as const;
  for (const [text, sentence] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(refusalOf(text)).toBe(sentence));
  }
});

describe("bootStateOf", () => {
  const PIECES = `{"kernel": {"base": "0x40200000", "size": "0x2b30000"}, "fdt": {"base": "0x48800000", "size": "0x77e"},
    "initrd": {"base": "0x48000010", "size": "0x1000"}}`;

  it("reserves image and device tree byte by byte, the initrd in whole pages", () => {
    expect(stateOf(PIECES)).toEqual({
      reservedBeforeScan: [
        { name: "kernel image", base: 0x40200000, size: 0x2b30000 },
        { name: "device tree", base: 0x48800000, size: 0x77e },
        { name: "initrd", base: 0x48000000, size: 0x2000 },
      ],
      reservedBeforeDefaultCma: null,
      kernelImage: { base: 0x40200000, size: 0x2b30000 },
    });
  });

  it("leaves the device tree free on riscv, which reserves it after the scan", () => {
    expect(stateOf(PIECES, "riscv").reservedBeforeScan?.map(({ base }) => base)).toEqual([0x40200000, 0x48000000]);
  });

  it("takes what is reserved before what the pieces would give", () => {
    const { reservedBeforeScan } = stateOf('{"kernel": {"base": 4096, "size": 4096}, "reserved": [[8192, 100]]}');
    expect(reservedBeforeScan).toEqual([{ base: 8192, size: 100 }]);
  });

  it("leaves the start to the usual load addresses where nothing is stated", () => {
    expect(stateOf("{}").reservedBeforeScan).toBeNull();
    expect(stateOf('{"reserved": []}').reservedBeforeScan).toEqual([]);
  });
});
