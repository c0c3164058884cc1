import { describe, expect, it } from "vitest";
import { readDriverOptions } from "../../src/facts/driver-options.js";
import { driverOptions, optionsOfFile } from "../../tools/facts/kbuild/driver-options.js";
import { missingModule, optionsModule } from "../../tools/facts/options-modules.js";
import { sourceTreeOf } from "../../tools/facts/source/source-tree.js";

/** Options of `drivers/x/a.c`, choices apart by `|`, with these Makefiles by folder and other C files; null where no Makefile names the file. */
function optionsOf(
  makefiles: Readonly<Record<string, string>>,
  { file = "drivers/x/a.c", modules = [] as readonly string[], files = [] as readonly string[] } = {},
): string | null {
  const texts = Object.entries(makefiles).map(([folder, text]) => [`${folder}/Makefile`, text]);
  const sources = [file, ...files].map((one) => [one, ""]);
  const found = optionsOfFile(file, modules, sourceTreeOf(Object.fromEntries([...texts, ...sources])));
  return found?.map((choice) => choice.join(" ").replaceAll("CONFIG_", "")).join(" | ") ?? null;
}

describe("optionsOfFile", () => {
  const one = [
    { name: "takes that of a module of one file", makefile: "obj-$(CONFIG_A) += a.o", options: "A" },
    {
      name: "takes that of a module of several files for each of them",
      makefile: "obj-$(CONFIG_M) += m.o\nm-y := a.o b.o",
      options: "M",
    },
    {
      name: "takes that of the module and that of the file's part in it",
      makefile: "exynosdrm-y := b.o\nexynosdrm-$(CONFIG_SCALER) += a.o\nobj-$(CONFIG_DRM_EXYNOS)\t+= exynosdrm.o",
      options: "DRM_EXYNOS SCALER",
    },
    {
      name: "takes those of parts of parts",
      makefile: "obj-$(CONFIG_M) += m.o\nm-$(CONFIG_P) += p.o\np-objs-$(CONFIG_A) := a.o",
      options: "A M P",
    },
    {
      name: "takes that of a branch",
      makefile: "obj-m += m.o\nifdef CONFIG_A\nm-y += a.o\nendif\nm-y += b.o",
      options: "A",
    },
    {
      name: "takes that of a branch that compares",
      makefile:
        "obj-$(CONFIG_M) += m.o\nifeq ($(CONFIG_A),y)\nifneq ($(CONFIG_B),)\nm-y += a.o\nendif\nendif\nm-y += b.o",
      options: "A B M",
    },
    {
      name: "takes nothing of the other branch, nor of a test it does not know",
      makefile:
        "obj-$(CONFIG_M) += m.o\nifdef CONFIG_A\nm-y += b.o\nelse\nifeq ($(CONFIG_B)$(CONFIG_C),yy)\nm-y += a.o\nendif\nendif",
      options: "M",
    },
    {
      name: "takes nothing of a list whose name it does not know",
      makefile: "obj-$(CONFIG_M) += m.o\nm-$(CONFIG_A)$(CONFIG_B) += a.o",
      options: "M",
    },
    {
      name: "carries those of lists of lists",
      makefile: "l-$(CONFIG_A) += a.o\nobj-$(CONFIG_M) += m.o\nm-y := $(l-y)",
      options: "A M",
    },
    {
      name: "gives a choice where several lists name the file",
      makefile: "obj-$(CONFIG_B) += a.o\nobj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += a.o",
      options: "A | B",
    },
    {
      name: "leaves out a choice that holds another one",
      makefile: "obj-$(CONFIG_M) += m.o\nm-$(CONFIG_A) += a.o\nm-y += a.o",
      options: "M",
    },
  ];
  for (const { name, makefile, options } of one) {
    it(name, () => expect(optionsOf({ "drivers/x": makefile }, { files: ["drivers/x/b.c"] })).toBe(options));
  }

  it("takes that of the nearest folder that asks for one, where the module asks for none", () => {
    const below = { "drivers/x/y": "obj-y += z/", "drivers/x/y/z": "obj-y += a.o" };
    const file = "drivers/x/y/z/a.c";
    expect(
      optionsOf({ drivers: "obj-$(CONFIG_X) += x/", "drivers/x": "obj-$(CONFIG_Y) += y/", ...below }, { file }),
    ).toBe("Y");
    expect(optionsOf({ drivers: "obj-$(CONFIG_X) += x/", "drivers/x": "obj-y += y/", ...below }, { file })).toBe("X");
    expect(optionsOf({ drivers: "obj-y += x/", "drivers/x": "obj-y += y/", ...below }, { file })).toBe("");
    const twice = { drivers: "obj-$(CONFIG_X) += x/", "drivers/x": "obj-$(CONFIG_Y) += y/\nobj-y += y/", ...below };
    expect(optionsOf(twice, { file })).toBe("X");
  });

  it("reads the Makefile further up that takes files of a subfolder", () => {
    const makefiles = { "drivers/x": "obj-$(CONFIG_M) += m.o\nm-$(CONFIG_A) += sub/a.o\nm-y += b.o" };
    expect(optionsOf(makefiles, { file: "drivers/x/sub/a.c", files: ["drivers/x/b.c"] })).toBe("A M");
  });

  it("prefers the module that is named, and takes any other one else", () => {
    const makefile = "obj-$(CONFIG_M) += m-1.o\nm-1-y := a.o\nobj-$(CONFIG_N) += n.o\nn-y := a.o";
    expect(optionsOf({ "drivers/x": makefile }, { modules: ["m_1"] })).toBe("M");
    expect(optionsOf({ "drivers/x": makefile }, { modules: ["gone"] })).toBe("M | N");
  });

  it("knows nothing of a file that no Makefile names", () =>
    expect(optionsOf({ "drivers/x": "obj-y += b.o" })).toBeNull());
});

describe("driverOptions", () => {
  const tree = sourceTreeOf({
    "drivers/x/Makefile": "obj-$(CONFIG_A) += a.o\nobj-y += b.o",
    "drivers/x/a.c": "",
    "drivers/x/b.c": "",
    "drivers/y/c.c": "",
  });
  const driver = (file: string, kernel = "6.12") => ({ driver: { file, line: 1, module: "m", kernel } });
  const found = driverOptions(
    [driver("drivers/x/b.c"), driver("drivers/x/a.c"), driver("drivers/y/c.c"), driver("drivers/v/v.c", "galcore 6")],
    tree,
  );

  it("looks up what facts name of the kernel, and counts what it does not find", () => {
    expect(found).toEqual({
      options: new Map([["drivers/x/a.c", [["CONFIG_A"]]]]),
      files: 3,
      unread: ["drivers/y/c.c"],
    });
  });

  it("is written so that it reads the same", () => {
    const options = new Map([
      ["drivers/x/a.c", [["CONFIG_A"], ["CONFIG_B", "CONFIG_C"]]],
      ["drivers/x/sub/a.c", [["CONFIG_A"]]],
      ["drivers/x/z.c", [["CONFIG_Z"]]],
    ]);
    const module = optionsModule(options, "6.12.1");
    expect(module).toContain("of Linux 6.12.1");
    const text = /`(drivers[^`]*)`;\n$/.exec(module)?.[1] ?? "";
    expect(readDriverOptions(text)).toEqual(options);
    expect(text.match(/^drivers\/x\/$/gm)).toHaveLength(1);
  });
});

it("missingModule writes a list for each profile, its options without their prefix", () => {
  const text = missingModule(new Map([["debian-arm64-6.12", ["CONFIG_A", "CONFIG_B"]]]));
  expect(text).toContain(
    "/** Of `debian-arm64-6.12`. */\nexport const DEBIAN_ARM64_WITHOUT: readonly string[] = listed(`\nA B\n`);",
  );
});
