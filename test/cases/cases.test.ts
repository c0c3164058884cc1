import { beforeAll, describe, expect, it } from "vitest";
import { parseImage } from "../../src/constraints/image-layout.js";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import type { Machine } from "../../src/machine/machine.js";
import { parseMemorySpec } from "../../src/machine/memory-spec.js";
import { resolveDevice } from "../../src/machine/names.js";
import type { KernelProfile } from "../../src/machine/profile.js";
import { KERNEL_PROFILES, withPageSize } from "../../src/machine/profiles.js";
import { readMachine } from "../../src/machine/read.js";
import { type PlaceDocument, placeDocument } from "../../src/placement/document.js";
import { placeBuffer } from "../../src/placement/place.js";
import type { PlacementRequest } from "../../src/placement/request.js";
import type { Result } from "../../src/units/result.js";
import { requiredParts } from "../../tools/project.js";
import { ALLWINNER_CASES } from "./allwinner.case.js";
import { AMLOGIC_CASES, TI_CASES } from "./amlogic-ti.case.js";
import { ARM_CASES } from "./armhf.case.js";
import { isBoardThere, treeOfCase } from "./board.js";
import { differences } from "./compare.js";
import { IOMMU_CASES } from "./identity-and-small-iova.case.js";
import { IMX_CASES } from "./imx.case.js";
import { EXYNOS_CASES, MEDIATEK_CASES, QCOM_CASES } from "./mediatek-exynos-qcom.case.js";
import type { PlacementCase } from "./placement-case.js";
import { RASPBERRYPI_CASES } from "./raspberrypi.case.js";
import { ROCKCHIP_CASES } from "./rockchip.case.js";

const CASES: Readonly<Record<string, readonly PlacementCase[]>> = {
  Rockchip: ROCKCHIP_CASES,
  "Raspberry Pi": RASPBERRYPI_CASES,
  "i.MX 8M": IMX_CASES,
  Allwinner: ALLWINNER_CASES,
  Amlogic: AMLOGIC_CASES,
  "Texas Instruments": TI_CASES,
  MediaTek: MEDIATEK_CASES,
  Exynos: EXYNOS_CASES,
  Qualcomm: QCOM_CASES,
  "boards with a 32-bit kernel": ARM_CASES,
  "small and transparent IOMMUs": IOMMU_CASES,
};

function must<T, R>(result: Result<T, R>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}

function profileOf({ profile, pageSize }: PlacementCase): KernelProfile {
  const named = KERNEL_PROFILES.get(profile ?? "embedded-6.12");
  if (named === undefined) throw new Error(`no profile ${profile}`);
  return pageSize === undefined ? named : withPageSize(named, pageSize);
}

function machineOf(asked: PlacementCase, facts: FactBase): Machine {
  return readMachine({
    tree: treeOfCase(asked),
    facts,
    profile: profileOf(asked),
    memory: asked.memory === undefined ? null : must(parseMemorySpec(asked.memory)),
    cmdline: asked.cmdline ?? "",
  });
}

function requestOf(asked: PlacementCase, machine: Machine): PlacementRequest {
  return {
    participants: asked.devices.map((name) => ({ ...must(resolveDevice(machine, name)), access: "read-write" })),
    size: asked.size ?? null,
    image: asked.image === undefined ? null : must(parseImage(asked.image)),
    count: asked.count ?? 1,
    cpu: "rare",
  };
}

let facts: FactBase;
beforeAll(async () => {
  facts = await loadFacts();
});

for (const [family, cases] of Object.entries(CASES)) {
  describe(`placement on ${family}`, () => {
    for (const wanted of cases) {
      const absent = !isBoardThere(wanted) && !requiredParts().has("boards");
      const title = absent ? `${wanted.title} (skipped: npm run boards fetches its tree)` : wanted.title;
      it.skipIf(absent)(title, () => {
        const machine = machineOf(wanted, facts);
        const answer: PlaceDocument = placeDocument(machine, placeBuffer(machine, requestOf(wanted, machine)));
        expect(differences(wanted, machine, answer)).toEqual([]);
      });
    }
  });
}

describe("the table of real placements", () => {
  it("has at least 45 cases, each with its own title and sources", () => {
    const all = Object.values(CASES).flat();
    expect(all.length).toBeGreaterThanOrEqual(45);
    expect(new Set(all.map((c) => c.title)).size).toBe(all.length);
    expect(all.filter((c) => c.from.length === 0 || c.why === "")).toEqual([]);
  });
});
