import { describe, expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import { FactBase, nameOfMatch } from "../../src/facts/lookup.js";
import { closeNames } from "../../src/units/close-names.js";
import { fact } from "../machine/board.js";

const first = fact("x,isp", { note: "first" });
const rival = fact("x,isp", { note: "rival" });
const vop = fact("x,vop");
const virtual = fact("", { match: { platformDriver: "etnaviv" } });
const wifi = fact("", { match: { pci: [0x14e4, 0xa0] } });
const base = new FactBase([first, rival, vop, virtual, wifi]);

describe("FactBase", () => {
  it("finds the fact of the first compatible, in the node's order, that has one", () => {
    expect(base.byCompatible(["x,unknown", "x,vop", "x,isp"])).toBe(vop);
    expect(base.byCompatible(["x,isp"])).toBe(first);
    expect(base.byCompatible(["x,unknown"])).toBeNull();
    expect(base.byCompatible([])).toBeNull();
  });

  it("takes no platform driver or PCI id for a compatible", () => {
    expect(base.byCompatible(["etnaviv", "14e4:00a0"])).toBeNull();
    expect(base.byPlatformDriver("etnaviv")).toBe(virtual);
    expect(base.byPlatformDriver("x,isp")).toBeNull();
    expect(base.byPci(0x14e4, 0xa0)).toBe(wifi);
    expect(base.byPci(0x14e4, 0xa1)).toBeNull();
  });

  it("lists all rivals by name", () => {
    expect(base.byName("x,isp")).toEqual({ facts: [first, rival], close: [] });
    expect(base.byName("14E4:00A0").facts).toEqual([wifi]);
    expect(base.byName("etnaviv").facts).toEqual([virtual]);
  });

  it("lists close names where none is the one asked for", () => {
    expect(base.byName("x,vpo")).toEqual({ facts: [], close: ["x,vop"] });
    expect(base.byName("zzz")).toEqual({ facts: [], close: [] });
  });

  it("finds the facts whose driver names a video device so, where no match is the name", () => {
    const node = { name: "x,vpu-enc", queues: ["encoder-output"], pictureQueue: "encoder-output", sources: [] };
    const codec = fact("x,vpu", { videoNodes: [node] });
    const taken = fact("x,other", { videoNodes: [{ ...node, name: "x,vpu" }] });
    const codecs = new FactBase([codec, taken]);
    expect(codecs.byName("x,vpu-enc")).toEqual({ facts: [codec], close: [] });
    expect(codecs.byName("x,vpu").facts).toEqual([codec]);
    expect(codecs.byName("x,vpu-ecn").close).toContain("x,vpu-enc");
    expect(codecs.byCompatible(["x,vpu-enc"])).toBeNull();
  });

  it("names each kind of match", () => {
    expect([first, virtual, wifi].map(({ match }) => nameOfMatch(match))).toEqual(["x,isp", "etnaviv", "14e4:00a0"]);
  });

  it("lays statements over each other: node over compatible, specific over general, later over earlier", () => {
    const stated = base
      .withOverrides([
        { match: { compatible: "x,isp" }, fields: { dmaMask: "0x1", note: "specific" } },
        { match: { compatible: "x,any" }, fields: { dmaMask: "0x2", maxSegments: 2, mmuOutputBits: 40 } },
        { match: { node: "/isp@1" }, fields: { dmaMask: "0x3" } },
      ])
      .withOverrides([{ match: { node: "/isp@1" }, fields: { maxSegments: 3 } }]);
    expect(stated.overrideFor("/isp@1", ["x,isp", "x,any"])).toEqual({
      dmaMask: "0x3",
      note: "specific",
      maxSegments: 3,
      mmuOutputBits: 40,
    });
    expect(stated.overrideFor("/isp@2", ["x,isp"])).toEqual({ dmaMask: "0x1", note: "specific" });
    expect(stated.overrideFor("/isp@2", ["x,other"])).toBeNull();
    expect(base.overrideFor("/isp@1", ["x,isp"])).toBeNull();
  });
});

describe("loadFacts", () => {
  it("loads every family, with the evidence of one fact of each", async () => {
    const facts = await loadFacts();
    const files = ["rockchip,rk3399-vop-big", "fsl,imx8mp-lcdif", "qcom,sdm845-venus-v2", "brcm,bcm2711-vc5"].map(
      (name) => facts.byCompatible([name])?.driver.file,
    );
    expect(files).toEqual([
      "drivers/gpu/drm/rockchip/rockchip_vop_reg.c",
      "drivers/gpu/drm/mxsfb/lcdif_drv.c",
      "drivers/media/platform/qcom/venus/core.c",
      "drivers/gpu/drm/vc4/vc4_drv.c",
    ]);
    expect(facts.facts.length).toBeGreaterThan(300);
  });
});

describe("loaded facts by the name of a video device", () => {
  // hantro_drv.c:910 copies the compatible, :911 appends -enc or -dec; rk3568-vepu has no decoder, rk3328-vpu no encoder
  it.each([
    ["rockchip,rk3399-vpu-enc", "rockchip,rk3399-vpu", "encoder-output", ["encoder-output", "encoder-capture"]],
    ["rockchip,rk3399-vpu-dec", "rockchip,rk3399-vpu", "capture", ["output", "capture"]],
    ["rockchip,rk3568-vepu-enc", "rockchip,rk3568-vepu", "output", ["output", "capture"]],
    ["nxp,imx8mq-vpu-g2-dec", "nxp,imx8mq-vpu-g2", "capture", ["output", "capture"]],
    ["rkvdec", "rockchip,rk3399-vdec", "capture", ["output", "capture"]],
    ["wave5-enc", "ti,j721s2-wave521c", "output", ["output", "capture"]],
  ])("%s is a video device of %s, with pictures in %s", async (name, compatible, pictureQueue, queues) => {
    const [found, ...others] = (await loadFacts()).byName(name).facts;
    expect(others).toEqual([]);
    expect(found?.match).toEqual({ compatible });
    expect(found?.videoNodes?.find((node) => node.name === name)).toMatchObject({ pictureQueue, queues });
  });

  it.each(["rockchip,rk3568-vepu-dec", "rockchip,rk3328-vpu-enc"])("has no %s", async (name) => {
    expect((await loadFacts()).byName(name).facts).toEqual([]);
  });
});

describe("closeNames", () => {
  const names = ["vop@fdd90000", "vop", "rga", "hevc", "rockchip,rk3588-vop"];
  const cases: readonly [string, string[]][] = [
    ["vop@fdd9000", ["vop@fdd90000", "vop"]],
    ["rag", ["rga"]],
    ["VOP", ["vop", "vop@fdd90000", "rockchip,rk3588-vop"]],
    ["hevd", ["hevc"]],
    ["gpu", []],
    ["", []],
  ];
  for (const [text, expected] of cases)
    it(`of "${text}" are ${JSON.stringify(expected)}`, () => expect(closeNames(text, names)).toEqual(expected));

  it("are at most as many as asked for", () => expect(closeNames("vop", names, 1)).toEqual(["vop"]));
});
