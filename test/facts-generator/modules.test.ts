import { describe, expect, it } from "vitest";
import { modulesOfFolder } from "../../tools/facts/kbuild/modules.js";
import { sourceTreeOf } from "../../tools/facts/source/source-tree.js";

/** Modules of `drivers/x`, each as `name: files`, with the Makefile given and C files of these names beside it. */
function modules(makefile: string, files: readonly string[], more: Readonly<Record<string, string>> = {}): string[] {
  const sources = Object.fromEntries(files.map((file) => [`drivers/x/${file}`, ""]));
  const tree = sourceTreeOf({ "drivers/x/Makefile": makefile, ...sources, ...more });
  return modulesOfFolder("drivers/x", tree).map(
    ({ name, files: list }) => `${name}: ${list.map((file) => file.replace("drivers/x/", "")).join(" ")}`,
  );
}

describe("modulesOfFolder", () => {
  const cases = [
    { name: "takes a module of one file", makefile: "obj-$(CONFIG_A) += a.o", modules: ["a: a.c"] },
    {
      name: "takes -y and -objs",
      makefile: "obj-m += m.o n.o\nm-y := a.o b.o\nn-objs = c.o",
      modules: ["m: a.c b.c", "n: c.c"],
    },
    {
      name: "takes parts of a configuration",
      makefile: "obj-m += m.o\nm-y := a.o\nm-$(CONFIG_B) += b.o",
      modules: ["m: a.c b.c"],
    },
    {
      name: "takes lists of lists",
      makefile: "common-y := a.o b.o\nobj-m += m.o\nm-y := $(common-y) c.o",
      modules: ["m: a.c b.c c.c"],
    },
    {
      name: "takes plain variables",
      makefile: "l := a.o\nl += b.o\nobj-m += m.o\nm-objs := $(l)",
      modules: ["m: a.c b.c"],
    },
    {
      name: "takes lists that a configuration filled",
      makefile: "part-$(CONFIG_A) += a.o\npart-$(CONFIG_B) += b.o\nobj-m += m.o\nm-y += $(part-y)",
      modules: ["m: a.c b.c"],
    },
    {
      name: "takes files of subfolders",
      makefile: "obj-m += m.o\nm-y := a.o \\\n\tsub/d.o",
      modules: ["m: a.c sub/d.c"],
    },
    {
      name: "takes every branch of a condition",
      makefile: "obj-m += m.o\nm-y := a.o\nifdef CONFIG_B\nm-y += b.o\nendif",
      modules: ["m: a.c b.c"],
    },
    {
      name: "ignores folders and files that are not there",
      makefile: "obj-y += sub/ gone.o\nobj-y += a.o",
      modules: ["a: a.c"],
    },
    { name: "ends at a list that holds itself", makefile: "obj-m += m.o\nm-y := $(m-y) a.o", modules: ["m: a.c"] },
  ];
  for (const c of cases) {
    it(c.name, () => expect(modules(c.makefile, ["a.c", "b.c", "c.c", "sub/d.c"])).toEqual(c.modules));
  }

  it("reads Kbuild files and what they include", () => {
    const kbuild = {
      "drivers/x/Kbuild": "include $(src)/sub/Kbuild\nobj-m += m.o",
      "drivers/x/sub/Kbuild": "m-y += a.o sub/d.o",
    };
    expect(modules("", ["a.c", "sub/d.c"], kbuild)).toEqual(["m: a.c sub/d.c"]);
  });
});
