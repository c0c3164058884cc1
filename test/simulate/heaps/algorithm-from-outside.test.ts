import { describe, expect, it } from "vitest";
import { sortedList } from "../../algorithms/fixture/sorted-list.js";
import { areaOf, pfnOf, stand, take, withRegion } from "./stand.js";

describe("an algorithm written outside of src/", () => {
  it("serves the default area, named by the heap's id, at the places the kernel's search gives", () => {
    const spec = { ...withRegion("cma", "0x50000000+16M", "0x0+2G"), cma: "0x3c200000+64M" };
    const kernel = areaOf(stand(spec), "cma:default");
    const other = stand(spec, { "cma:default": sortedList });
    const area = areaOf(other, "cma:default");
    expect([area.algorithm, areaOf(other, "cma:vpu").algorithm]).toEqual(["sorted-list", "cma-first-fit"]);
    const atBoot = area.stats();
    const requests = [300, 300, 1, 8, 1024];
    const held = requests.map((pages) => take(area, pages));
    expect(held.map(pfnOf)).toEqual(requests.map((pages) => pfnOf(take(kernel, pages))));
    other.heaps.audit();
    for (const backing of held) area.release(backing);
    expect(area.stats()).toMatchObject({
      live: atBoot.live,
      used: atBoot.used,
      largestHole: atBoot.largestHole,
      failures: 0,
    });
    other.heaps.audit();
  });
});
