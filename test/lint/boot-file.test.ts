import { describe, expect, it } from "vitest";
import { bootFileText, readBootFile } from "../../src/lint/boot-file.js";
import { describeFieldRefusal } from "../../src/units/yaml-fields.js";

function refusalOf(text: string): string {
  const read = readBootFile(text);
  if (read.ok) throw new Error("it is accepted");
  return describeFieldRefusal(read.refusal);
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
    [
      '{"reserved": [[4096, "0x20000000000000"]]}',
      "line 1, column 15: reserved[0]: ends above 2^52, where no board has memory",
    ],
    [
      '{"initrd": {"base": 9007199254740000, "size": 991}}',
      "line 1, column 12: initrd: ends above 2^52, where no board has memory",
    ],
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

describe("bootFileText", () => {
  it("writes what is read again", () => {
    const pieces = {
      kernel: { base: 0x40200000, size: 0x2b30000 },
      initrd: null,
      fdt: { base: 0x48800000, size: 1918 },
    };
    const text = bootFileText(pieces);
    expect(text).toBe(
      '{"kernel": {"base": "0x40200000", "size": "0x2b30000"}, "fdt": {"base": "0x48800000", "size": "0x77e"}}',
    );
    expect(readBootFile(text)).toEqual({ ok: true, value: { ...pieces, reserved: null, beforeDefaultCma: null } });
  });
});
