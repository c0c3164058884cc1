import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reachOf } from "../../src/addressing/reach.js";
import { writeDts } from "../../src/devicetree/dts.js";
import { applyOverlay } from "../../src/devicetree/overlay.js";
import type { Machine } from "../../src/machine/machine.js";
import { placeBuffer } from "../../src/placement/place.js";
import { type Remedy, remediesFor } from "../../src/placement/remedy.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu, region } from "../machine-builder.js";
import { questions } from "../random-board.js";
import { compileSource, hasCompiler } from "../remedies/compiler.js";
import { type Asked, ask, REMEDY_CASES, readCase } from "./remedy-cases.js";

const MIB = 2 ** 20;
const RAM = "0x40000000+2G";

/** Remedies for all devices of a board. */
function remedies(about: BoardSpec, asked: Asked = {}): readonly Remedy[] {
  const machine = board(about);
  const refusal = ask(
    machine,
    machine.devices.map((d) => d.name),
    asked,
  );
  expect(refusal.chosen).toBeNull();
  return remediesFor(machine, refusal);
}

const of = (list: readonly Remedy[], kind: Remedy["kind"]): Remedy | undefined => list.find((r) => r.kind === kind);

describe("a smaller request", () => {
  it("is offered where some of the buffers fit", () => {
    const about = {
      ram: RAM,
      regions: [region("pool", "coherent-pool", "0x60000000+8M")],
      devices: [device("vpu", { regions: ["pool"], imports: false })],
      profile: { cma: false },
    };
    expect(remedies(about, { size: 3 * MIB, count: 3 })[0]).toEqual({
      kind: "smaller-request",
      text: "ask for 2 buffers instead of 3",
      cost: { memory: 0, change: "request" },
      dts: null,
      overlay: null,
      commandLine: null,
      config: null,
      heap: "coherent-pool:pool",
    });
  });
});

describe("a larger default area", () => {
  it("is an option for the command line", () => {
    const list = remedies(
      { ram: RAM, cma: "0xb0000000+64M", devices: [device("vpu", { exports: "none" })] },
      { size: 100 * MIB },
    );
    expect(of(list, "command-line")).toEqual({
      kind: "command-line",
      text: "make the default CMA area 102 MiB: cma=102M",
      cost: { memory: 38 * MIB, change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: "cma=102M",
      config: null,
      heap: "cma:default",
    });
  });
  it("names a window where a device reaches only a part of the first zone", () => {
    const list = remedies(
      { ram: RAM, cma: "0xb0000000+64M", devices: [device("vpu", { exports: "none", mask: "0x7fffffff" })] },
      { size: 16 * MIB },
    );
    expect(of(list, "command-line")?.commandLine).toBe("cma=64M@0x40000000-0x80000000");
  });
  it("is no smaller than today's where that has room, so that nobody loses; else what the request needs", () => {
    const about = (ram: string): BoardSpec => ({
      ram,
      cma: "0xb0000000+64M",
      devices: [device("vpu", { exports: "none", mask: "0x41ffffff" })],
    });
    const cheapest = (ram: string) => of(remedies(about(ram), { size: 8 * MIB }), "command-line");
    expect(cheapest("0x3c000000+1904M")).toMatchObject({ commandLine: "cma=64M@0x3c000000-0x42000000" });
    expect(cheapest("0x40000000+1800M")).toMatchObject({
      commandLine: "cma=10M@0x40000000-0x42000000",
      cost: { memory: 0 },
    });
  });
  it("is looked for in high memory first on arm, so that a device that does not reach it needs a window", () => {
    const about = (mask: string): BoardSpec => ({
      ram: "0x40000000+1G",
      arch: "arm",
      zoneDmaEnd: 0x7000_0000,
      cma: "0x6c000000+64M",
      devices: [device("vpu", { exports: "none", mask })],
    });
    const option = (mask: string) => of(remedies(about(mask), { size: 100 * MIB }), "command-line")?.commandLine;
    expect(option("0xffffffff")).toBe("cma=102M");
    expect(option("0x6fffffff")).toBe("cma=102M@0x40000000-0x70000000");
  });
  it("holds every buffer with its alignment", () => {
    const list = remedies(
      { ram: RAM, cma: "0xb0000000+16M", devices: [device("vpu", { exports: "none" })] },
      { size: 151 * 4096, count: 100 },
    );
    expect(of(list, "command-line")?.commandLine).toBe("cma=102M");
  });
  it("is in the tree too, where no command line states one", () => {
    const about: BoardSpec = { ram: RAM, cma: "0xb0000000+64M", devices: [device("vpu", { exports: "none" })] };
    const pool = of(remedies(about, { size: 100 * MIB }), "reserved-memory");
    expect(pool).toMatchObject({
      text: "add a CMA area of 102 MiB that every device reaches as the default area, in place of the kernel's own of 64 MiB",
      cost: { memory: 38 * MIB, change: "device-tree" },
      heap: "cma:default",
    });
    expect(pool?.dts).toBe(
      [
        "/ {",
        "\treserved-memory {",
        "\t\t#address-cells = <2>;",
        "\t\t#size-cells = <2>;",
        "\t\tranges;",
        "",
        "\t\tshared_pool: shared-pool {",
        '\t\t\tcompatible = "shared-dma-pool";',
        "\t\t\treusable;",
        "\t\t\tsize = <0x0 0x6600000>;",
        "\t\t\talignment = <0x0 0x200000>;",
        "\t\t\tlinux,cma-default;",
        "\t\t};",
        "\t};",
        "};",
        "",
      ].join("\n"),
    );
    expect(of(remedies({ ...about, commandLine: "cma=64M" }, { size: 100 * MIB }), "reserved-memory")).toBeUndefined();
  });
  it("is not offered on a kernel without CMA", () => {
    const list = remedies(
      { ram: RAM, profile: { cma: false }, devices: [device("vpu", { exports: "none" })] },
      { size: 100 * MIB },
    );
    expect(list.map((r) => r.kind)).toEqual([]);
  });
  it("gets a name that is free", () => {
    const about: BoardSpec = {
      ram: RAM,
      regions: [region("shared-pool", "reserved", "0x60000000+1M")],
      devices: [device("vpu", { exports: "none" })],
    };
    const pool = of(remedies(about, { size: 100 * MIB }), "reserved-memory");
    expect(pool?.overlay?.split("\n").slice(0, 6)).toEqual([
      "/dts-v1/;",
      "/plugin/;",
      "",
      "&{/reserved-memory} {",
      "\tshared_pool_2: shared-pool-2 {",
      '\t\tcompatible = "shared-dma-pool";',
    ]);
  });

  // Found by `npm run fuzz -- machine-json`: on arm such a pool is not cut to a block.
  it("leaves no room for pools of atomic allocations that are larger than RAM", () => {
    const about = { ram: RAM, arch: "arm", commandLine: "coherent_pool=8P", devices: [device("isp")] } as const;
    expect(of(remedies(about, { size: 8 * MIB }), "command-line")?.commandLine).toBe("cma=8M");
  });
});

describe("a pool of the devices' own", () => {
  const spec: DeviceSpec = { regionUse: "buffers" };
  it("says where dt-schema does not know the property that binds it", () => {
    const textFor = (compatible: string): string | undefined => {
      const vpu = { ...device("vpu", spec), compatible: [compatible] };
      return of(
        remedies({ ram: RAM, profile: { cmaHeap: false }, devices: [vpu] }, { size: 16 * MIB }),
        "reserved-memory",
      )?.text;
    };
    const complaint =
      "; the binding of /soc/vpu does not list that property, so dt-schema complains, but the driver takes it";
    expect(textFor("allwinner,sun50i-a64-display-engine")).toContain(complaint);
    expect(textFor("xlnx,zynqmp-dpsub-1.7")).toContain(complaint);
    expect(textFor("allwinner,sun50i-h6-vpu-g2")).not.toContain("dt-schema");
  });
  it("is bound to those that would allocate from it, within what all reach", () => {
    const about: BoardSpec = {
      ram: "0x40000000+3G,0x100000000+1G",
      profile: { cmaHeap: false },
      devices: [device("vpu", spec), device("cam", { mask: "0x7fffffff", imports: true })],
    };
    const pool = of(remedies(about, { size: 16 * MIB }), "reserved-memory");
    expect(pool).toMatchObject({
      text: "add a CMA area of 16 MiB that every device reaches and point the memory-region of /soc/vpu at it",
      heap: "cma:shared-pool",
    });
    expect(pool?.overlay).toBe(
      [
        "/dts-v1/;",
        "/plugin/;",
        "",
        "&{/} {",
        "\t#address-cells = <2>;",
        "\t#size-cells = <2>;",
        "",
        "\treserved-memory {",
        "\t\t#address-cells = <2>;",
        "\t\t#size-cells = <2>;",
        "\t\tranges;",
        "",
        "\t\tshared_pool: shared-pool {",
        '\t\t\tcompatible = "shared-dma-pool";',
        "\t\t\treusable;",
        "\t\t\tsize = <0x0 0x1000000>;",
        "\t\t\talignment = <0x0 0x200000>;",
        "\t\t\talloc-ranges = <0x0 0x40000000 0x0 0x40000000>;",
        "\t\t};",
        "\t};",
        "};",
        "",
        "&{/soc/vpu} {",
        "\tmemory-region = <&shared_pool>;",
        "};",
        "",
      ].join("\n"),
    );
  });
  it("names every device that has to be pointed at it", () => {
    const about: BoardSpec = { ram: RAM, devices: [device("a", spec), device("b", spec)] };
    expect(of(remedies(about, { size: 16 * MIB }), "reserved-memory")?.text).toBe(
      "add a CMA area of 16 MiB that every device reaches and point the memory-regions of /soc/a and /soc/b at it",
    );
  });
  it("stays on one side of a zone's border, across which no CMA area can lie", () => {
    const about: BoardSpec = {
      ram: "0x40000000+1G",
      arch: "arm",
      zoneDmaEnd: 0x7000_0000,
      devices: [device("vpu", { regionUse: "buffers" })],
    };
    const ranges = (size: number) =>
      remedies(about, { size }).flatMap((r) => /alloc-ranges = .*;/.exec(r.dts ?? "")?.[0] ?? []);
    expect(ranges(200 * MIB)).toEqual([]);
    const low = "alloc-ranges = <0x0 0x40000000 0x0 0x30000000>;";
    expect(ranges(300 * MIB)).toEqual([low, low]);
  });
  it("is a coherent pool in powers of two on a kernel without CMA", () => {
    const pool = of(
      remedies({ ram: RAM, profile: { cma: false }, devices: [device("vpu", spec)] }, { size: 9 * MIB, count: 2 }),
      "reserved-memory",
    );
    expect(pool).toMatchObject({
      text: "add a coherent pool of 32 MiB that every device reaches and point the memory-region of /soc/vpu at it",
      heap: "coherent-pool:shared-pool",
    });
    expect(pool?.dts).toContain("\t\t\tno-map;\n\t\t\tsize = <0x0 0x2000000>;\n\t\t\talignment = <0x0 0x100000>;\n");
  });
  it("follows the cells of the root", () => {
    const machine = {
      ...board({ ram: "0x40000000+1G", devices: [device("vpu", spec)] }),
      tree: { addressCells: 1, sizeCells: 1, hasReservedMemory: false },
    };
    const pool = of(remediesFor(machine, ask(machine, ["vpu"], { size: 16 * MIB })), "reserved-memory");
    expect(pool?.dts).toContain("\t\t\tsize = <0x1000000>;\n\t\t\talignment = <0x200000>;\n");
  });
  it("is not offered where the devices reach no common RAM", () => {
    const about: BoardSpec = {
      ram: RAM,
      devices: [device("low", { mask: "0x7fffffff" }), device("high", { windows: ["0x80000000@0x0+1G"] })],
    };
    expect(remedies(about)).toEqual([]);
  });
});

describe("an IOMMU that is disabled", () => {
  it("is offered to be enabled", () => {
    const about: BoardSpec = {
      ram: RAM,
      iommus: [iommu("/soc/iommu@0", { enabled: false })],
      devices: [device("vpu", { iommu: "/soc/iommu@0", iommuState: "disabled" })],
    };
    expect(of(remedies(about, { size: 100 * MIB }), "enable-iommu")).toEqual({
      kind: "enable-iommu",
      text: "enable /soc/iommu@0, so that scattered pages become one range",
      cost: { memory: 0, change: "device-tree" },
      dts: '&{/soc/iommu@0} {\n\tstatus = "okay";\n};\n',
      overlay: '/dts-v1/;\n/plugin/;\n\n&{/soc/iommu@0} {\n\tstatus = "okay";\n};\n',
      commandLine: null,
      config: null,
      heap: "system",
    });
  });
  /** Two blocks of a display whose driver takes a domain of its own, from the IOMMU that the first of them hangs on. */
  const display = ({ crtcEnabled }: { readonly crtcEnabled: boolean }): Machine => {
    const aggregate = { virtual: "display", configuredFrom: "/soc/crtc" };
    const crtc = device("crtc", { queue: "gem-dma", iommu: "/soc/iommu@0", iommuState: "disabled" });
    const blocks = [{ ...crtc, enabled: crtcEnabled }, device("mixer", { queue: "gem-dma" })].map((block) => ({
      ...block,
      appliesTo: aggregate,
      dmaDevice: aggregate,
      iommu: crtc.iommu,
      translationIfEnabled: "driver-domain" as const,
    }));
    return board({ ram: RAM, iommus: [iommu("/soc/iommu@0", { enabled: false })], devices: blocks });
  };
  it("is offered to every block of a display whose driver maps for itself", () => {
    const machine = display({ crtcEnabled: true });
    const list = remediesFor(machine, ask(machine, ["mixer"], { size: 100 * MIB }));
    expect(of(list, "enable-iommu")).toMatchObject({
      text: "enable /soc/iommu@0, so that scattered pages become one range",
      heap: "system",
    });
  });
  it("is offered with the disabled block that hangs on it", () => {
    const machine = display({ crtcEnabled: false });
    const list = remediesFor(machine, ask(machine, ["mixer"], { size: 100 * MIB }));
    expect(of(list, "enable-iommu")).toMatchObject({
      text: "enable /soc/crtc and its IOMMU /soc/iommu@0, so that scattered pages become one range",
      dts: '&{/soc/crtc} {\n\tstatus = "okay";\n};\n\n&{/soc/iommu@0} {\n\tstatus = "okay";\n};\n',
      heap: "system",
    });
  });
  it("is not offered to a device that would go direct even so", () => {
    const vpu = device("vpu", { iommu: "/soc/iommu@0", iommuState: "disabled" });
    const about: BoardSpec = {
      ram: RAM,
      iommus: [iommu("/soc/iommu@0", { enabled: false })],
      devices: [{ ...vpu, translationIfEnabled: "none" }],
    };
    expect(of(remedies(about, { size: 100 * MIB }), "enable-iommu")).toBeUndefined();
  });
});

describe("an IOMMU that passes through", () => {
  const passes = (kind: "cmdline" | "config", source: string): Machine => {
    const vpu = device("vpu", { iommu: "/soc/iommu@0", iommuState: "identity" });
    const translation = { kind, source };
    const devices = [{ ...vpu, provenance: { ...vpu.provenance, translation } }];
    return board({ ram: RAM, iommus: [iommu("/soc/iommu@0")], devices });
  };
  const remedy = (machine: Machine) => remediesFor(machine, ask(machine, ["vpu"], { size: 100 * MIB }))[0];
  it("translates again without the option that says so", () => {
    expect(remedy(passes("cmdline", "iommu.passthrough=1"))).toEqual({
      kind: "command-line",
      text: "drop iommu.passthrough=1 from the kernel command line, or say iommu.passthrough=0 behind it, so that scattered pages become one range",
      cost: { memory: 0, change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: "iommu.passthrough=0",
      config: null,
      heap: "system",
    });
  });
  it("translates by an option where the configuration says so", () => {
    expect(remedy(passes("config", "CONFIG_IOMMU_DEFAULT_PASSTHROUGH"))).toMatchObject({
      text: "have IOMMUs translate, which this kernel lets pass through by default: iommu.passthrough=0, so that scattered pages become one range",
      commandLine: "iommu.passthrough=0",
      config: null,
    });
  });
  it("is left alone where the driver asked for it", () => {
    const vpu = device("vpu", { iommu: "/soc/iommu@0", iommuState: "identity" });
    const list = remedies({ ram: RAM, iommus: [iommu("/soc/iommu@0")], devices: [vpu] }, { size: 100 * MIB });
    expect(list.map((r) => r.commandLine)).toEqual(["cma=102M", null]);
  });
});

describe("a kernel option", () => {
  it("is offered where only that stands in the way", () => {
    const about: BoardSpec = {
      ram: RAM,
      cma: "0xb0000000+64M",
      profile: { systemHeap: false, cmaHeap: false, udmabuf: null },
      devices: [device("isp", { queue: "sg", exports: "none" })],
    };
    expect(remedies(about).map((r) => [r.kind, r.text, r.heap, r.cost.change])).toEqual([
      [
        "kernel-option",
        "build the kernel with CONFIG_DMABUF_HEAPS=y and CONFIG_DMABUF_HEAPS_CMA=y",
        "cma:default",
        "kernel",
      ],
      [
        "kernel-option",
        "build the kernel with CONFIG_DMABUF_HEAPS=y and CONFIG_DMABUF_HEAPS_SYSTEM=y",
        "system",
        "kernel",
      ],
    ]);
  });
});

describe("less RAM", () => {
  const devices = [device("isp", { queue: "sg", exports: "none" })];
  it("is offered where devices reach what is left", () => {
    const list = remedies({ ram: "0x40000000+3G,0x100000000+1G", devices });
    expect(of(list, "limit-memory")).toMatchObject({
      text: "use only the RAM every device reaches: mem=3072M gives up 1 GiB",
      cost: { memory: 2 ** 30, change: "command-line" },
      commandLine: "mem=3072M",
    });
  });
  it("is counted from where RAM starts on arm, from 0 on x86, holes included", () => {
    const ram = "0x40000000+1G,0xc0000000+512M,0x100000000+1G";
    const option = (arch: Machine["arch"]) => of(remedies({ ram, devices, arch }), "limit-memory")?.commandLine;
    expect([option("arm64"), option("arm"), option("x86")]).toEqual(["mem=1536M", "mem=2560M", "mem=3584M"]);
  });
  it("is not offered where what is out of reach lies lowest", () => {
    const about: BoardSpec = {
      ram: RAM,
      devices: [device("high", { queue: "sg", exports: "none", windows: ["0x80000000@0x0+1G"] })],
    };
    expect(of(remedies(about), "limit-memory")).toBeUndefined();
  });
});

describe("remedies", () => {
  it("come cheapest first: what is rebuilt, then memory", () => {
    const about: BoardSpec = {
      ram: "0x40000000+3G,0x100000000+1G",
      cma: "0x40000000+16M",
      profile: { systemHeap: false },
      devices: [device("vpu", { regionUse: "buffers" })],
    };
    const list = remedies(about, { size: 6 * MIB, count: 3 });
    const changes = { request: 0, "command-line": 1, "device-tree": 2, kernel: 3 };
    expect(list.map((r) => r.kind)).toEqual(["smaller-request", "command-line", "reserved-memory", "reserved-memory"]);
    const costs = list.map((r) => changes[r.cost.change] * 2 ** 50 + r.cost.memory);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
  });

  it("are none for a request that is placed", () => {
    const machine = board({ ram: RAM, devices: [device("isp", { queue: "sg" })] });
    expect(ask(machine, ["isp"], {}).chosen).not.toBeNull();
  });

  it("put a pool where every participant reaches it, on any board", () => {
    fc.assert(
      fc.property(questions, ({ machine, request }) => {
        const refusal = placeBuffer(machine, request);
        fc.pre(refusal.chosen === null);
        for (const { dts } of remediesFor(machine, refusal)) {
          for (const [, list] of dts?.matchAll(/alloc-ranges = ([^;]+);/g) ?? []) {
            for (const entry of list!.matchAll(/<(\S+) (\S+) (\S+) (\S+)>/g)) {
              const [high, low, more, size] = entry.slice(1).map(Number) as [number, number, number, number];
              const base = high * 2 ** 32 + low;
              const end = base + more * 2 ** 32 + size;
              for (const { device: d } of request.participants) {
                if ((d.enabled ? d.translation : d.translationIfEnabled) === "cpu") continue;
                if (refusal.participants.some((p) => p.device === d && p.translation === "cpu")) continue;
                const reach = reachOf(machine, d, "streaming", { asIfEnabled: true });
                expect(reach.some((r) => r.base <= base && end <= r.base + r.size)).toBe(true);
              }
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a remedy applied to the tree", () => {
  for (const { name, tree: before, devices, size, count = 1, kinds } of REMEDY_CASES) {
    const machine = readCase(before);
    const refusal = ask(machine, devices, { size, count });
    const list = refusal.chosen === null ? remediesFor(machine, refusal) : [];
    it(`${name}: is one of ${[...new Set(kinds)].join(", ")}`, () => expect(list.map((r) => r.kind)).toEqual(kinds));
    for (const remedy of list) {
      if (remedy.commandLine !== null) {
        it(`${name}: ${remedy.text}`, () => {
          expect(ask(readCase(before, remedy.commandLine!), devices, { size, count }).chosen?.source.id).toBe(
            remedy.heap,
          );
        });
      }
      if (remedy.overlay !== null) {
        // Needs the device tree compiler of the machine the tests run on.
        it.skipIf(!hasCompiler)(`${name}: ${remedy.text}`, () => {
          const overlay = compileSource(remedy.overlay!);
          const board = compileSource(writeDts(before));
          const merged = compileSource(`${writeDts(before)}\n${remedy.dts}`);
          expect(merged.warnings.filter((line) => !board.warnings.includes(line))).toEqual([]);
          for (const after of [applyOverlay(before, overlay.tree), merged.tree]) {
            expect(ask(readCase(after), devices, { size, count }).chosen?.source.id).toBe(remedy.heap);
          }
        });
      }
    }
  }
});
