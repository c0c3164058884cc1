import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDeviceTree, cells, type PropertySpec, type TreeSpec } from "../../src/devicetree/build.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { run, seeds } from "../fuzz/targets/overlay.js";
import { mutated } from "./mutations.js";

/** Names that mean something in an overlay or in the base tree, so that random trees meet each other. */
const name = fc.constantFrom("a", "b@1", "i2c@40", "old@1", "soc", "clk@80", "__overlay__");
const propertyName = fc.constantFrom("status", "reg", "phandle", "linux,phandle", "#address-cells", "x", "name");
const value: fc.Arbitrary<PropertySpec> = fc.oneof(
  fc.constantFrom<PropertySpec>(true, "okay", 0, 1, 3, 7, 0xffffffff, cells(0, 4), cells(0xffffffff, 1)),
  fc.uint8Array({ maxLength: 12 }),
);
const properties = fc.dictionary(propertyName, value, { maxKeys: 3 });
/** A node with up to `levels` levels below it. */
function nodes(levels: number): fc.Arbitrary<TreeSpec> {
  if (levels === 0) return properties;
  return fc
    .tuple(properties, fc.dictionary(name, nodes(levels - 1), { maxKeys: 2 }))
    .map(([own, children]) => ({ ...own, ...children }));
}
const content = nodes(3);

const fragmentName = fc.constantFrom("fragment@0", "fragment@1");
const target: fc.Arbitrary<TreeSpec> = fc.oneof(
  fc.constantFrom("/", "/soc", "/soc/i2c@40", "bus", "bus/old@1", "/none", "").map((path) => ({ "target-path": path })),
  fc.constantFrom(3, 7, 99, 0xffffffff).map((phandle) => ({ target: phandle })),
);
const place = fc
  .tuple(fragmentName, fc.constantFrom("", "/__overlay__", "/__overlay__/a", "/__overlay__/b@1"))
  .map(([fragment, rest]) => `/${fragment}${rest}`);
const fixup = fc
  .tuple(place, fc.constantFrom("target", "reg", "x"), fc.constantFrom("0", "4", "8", "-1", ""))
  .map(([path, property, offset]) => `${path}:${property}:${offset}`);

const overlay: fc.Arbitrary<TreeSpec> = fc
  .tuple(
    fc.dictionary(
      fragmentName,
      fc.tuple(target, content).map(([where, what]) => ({ ...where, __overlay__: what })),
      { maxKeys: 2 },
    ),
    fc.option(fc.dictionary(fc.constantFrom("i2c0", "clk", "none"), fc.array(fixup, { maxLength: 2 }), { maxKeys: 2 })),
    fc.option(fc.dictionary(fc.constantFrom("new", "other", "clk"), place, { maxKeys: 2 })),
    fc.option(fc.dictionary(fragmentName, content, { maxKeys: 2 })),
  )
  .map(([fragments, fixups, symbols, localFixups]) => ({
    ...fragments,
    ...(fixups === null ? {} : { __fixups__: fixups }),
    ...(symbols === null ? {} : { __symbols__: symbols }),
    ...(localFixups === null ? {} : { __local_fixups__: localFixups }),
  }));

describe("applyOverlay", () => {
  it("takes every seed", () => {
    for (const seed of seeds) expect(() => run(seed)).not.toThrow();
  });

  it("answers a changed file with a tree or a DeviceTreeError", () => {
    fc.assert(fc.property(mutated(seeds), run), { numRuns: 10_000 });
  });

  it("answers any overlay with a tree or a DeviceTreeError", () => {
    fc.assert(
      fc.property(overlay, (spec) => run(writeDeviceTree(buildDeviceTree(spec)))),
      { numRuns: 10_000 },
    );
  });
});
