/**
 * What commands print that need a kernel or a broker: their documents, made without either, byte for byte at three widths. After a wanted change:
 * `npm run goldens`, then read the difference.
 */
import { describe, expect, it } from "vitest";
import { renderAlloc } from "../../src/cli/render/alloc.js";
import { renderDoctor } from "../../src/cli/render/doctor.js";
import type { Look } from "../../src/cli/render/look.js";
import { paintFor } from "../../src/cli/render/paint.js";
import { renderTop } from "../../src/cli/render/top.js";
import { loadFacts } from "../../src/facts/load.js";
import type { TopDocument } from "../../src/linux/broker/top-document.js";
import { type AllocDocument, allocDocument } from "../../src/linux/buffers/alloc-document.js";
import { type DoctorDocument, doctorDocument } from "../../src/linux/doctor/doctor-document.js";
import { machineFromSource } from "../../src/machine/source.js";
import type { NamedRequest } from "../../src/placement/named-request.js";
import { boardNodes, runningSystem } from "../linux/buffers/board.js";
import type { FakeNode } from "../linux/fake-kernel.js";
import { runningPc } from "../machine/live/running-pc.js";

/** Allocates on the example board, whose nodes may be others, and whose next calls may fail. */
async function alloc(
  request: NamedRequest,
  changes: Record<string, FakeNode> = {},
  failing: Readonly<Record<string, string>> = {},
): Promise<AllocDocument> {
  const { system, kernel } = await runningSystem({ ...boardNodes(), ...changes });
  for (const [call, errno] of Object.entries(failing)) kernel.failing.set(call, errno);
  using _ = system;
  return allocDocument(system, request).document;
}

const SHARED = { devices: ["/dev/video0", "/dev/dri/card0"], size: 8 * 2 ** 20 };
const FULL: FakeNode = { kind: "dma-heap", room: 0 };

/** A user who has no rights yet, and one device of a group that the kernel still drives. */
async function doctorWithoutRights(): Promise<DoctorDocument> {
  const source = runningPc({
    config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\nCONFIG_UDMABUF=y\nCONFIG_VFIO_PCI=m\n",
    "dev/vfio/vfio": "crw-rw-rw- 0 0",
    "dev/vfio/1": "crw------- 0 0",
    "sys/devices/pci0000:00/0000:00:02.0/iommu_group": "/sys/kernel/iommu_groups/1",
  });
  return doctorDocument({
    machine: await machineFromSource(source, { facts: await loadFacts() }),
    source,
    config: new TextDecoder().decode(source.get("config")),
    native: {
      loaded: false,
      why: "not-installed",
      text: "the optional package koffi, which system calls go through, is not installed: npm install koffi",
    },
    accessTo: (path) => (path === "/dev/vfio/vfio" ? "read-write" : "none"),
    user: { name: "alice", groupNames: new Map([[44, "video"]]) },
    broker: { path: "/run/coalloc/broker.sock", state: "shut" },
  });
}

const MIB = 2 ** 20;

const BUSY: TopDocument = {
  schema: "coalloc/top/1",
  broker: {
    version: "0.1.0",
    pid: 812,
    source: "linux",
    uptimeSeconds: 93_784.6,
    clients: 2,
    charged: { buffers: 7, bytes: 54 * MIB },
    quota: { buffers: 4096, bytes: 1024 * MIB },
    lingering: { buffers: 1, bytes: 4 * MIB },
    recycled: { buffers: 2, bytes: 8 * MIB },
    heaps: [
      { heap: "cma:default", charged: { buffers: 4, bytes: 32 * MIB }, quota: { buffers: 64, bytes: 128 * MIB } },
      { heap: "system", charged: { buffers: 3, bytes: 22 * MIB }, quota: null },
    ],
    users: [{ uid: 1000, charged: { buffers: 6, bytes: 44 * MIB }, clients: 1 }],
    totals: { connections: 31, requests: 40_213, refusals: 12, allocated: 20_100, freed: 20_093, disconnected: 1 },
  },
  clients: [
    {
      client: 29,
      name: "camera-pipeline",
      pid: 1201,
      uid: 1000,
      gid: 1000,
      connectedSeconds: 9120,
      rule: "media",
      charged: { buffers: 5, bytes: 40 * MIB },
      quota: { buffers: 256, bytes: 256 * MIB },
      requests: 39_900,
      refusals: 12,
    },
    {
      client: 31,
      name: null,
      pid: 1377,
      uid: 1001,
      gid: 1001,
      connectedSeconds: 190,
      rule: "operators",
      charged: { buffers: 1, bytes: 10 * MIB },
      quota: { buffers: 1024, bytes: 512 * MIB },
      requests: 4,
      refusals: 0,
    },
  ],
  buffers: [
    {
      name: "preview",
      size: 10 * MIB,
      heap: "system",
      client: 31,
      pid: 1377,
      uid: 1001,
      state: "live",
      ageSeconds: 187,
    },
    {
      name: "frame",
      size: 8 * MIB,
      heap: "cma:default",
      client: 29,
      pid: 1201,
      uid: 1000,
      state: "live",
      ageSeconds: 4,
    },
    {
      name: null,
      size: 4 * MIB,
      heap: "system",
      client: null,
      pid: 1150,
      uid: 1000,
      state: "orphaned",
      ageSeconds: 8000,
    },
  ],
};

const SCENES: readonly { readonly name: string; readonly render: (look: Look) => readonly string[] }[] = [
  ...(await Promise.all(
    Object.entries({
      "alloc-first-way": alloc(SHARED),
      "alloc-second-way": alloc(SHARED, { "/dev/dma_heap/reserved": FULL }),
      "alloc-no-way": alloc(
        SHARED,
        {
          "/dev/dma_heap/reserved": FULL,
          "/dev/video0": { kind: "video", sizeImage: 4096, takes: () => true, busy: true },
        },
        { DRM_IOCTL_MODE_CREATE_DUMB: "ENOMEM" },
      ),
      "alloc-not-placeable": alloc({ ...SHARED, size: 2 ** 40 }),
    }).map(async ([name, document]) => {
      const made = await document;
      return { name, render: (look: Look) => renderAlloc(made, look) };
    }),
  )),
  { name: "top", render: (look) => renderTop(BUSY, look) },
];
const withoutRights = await doctorWithoutRights();

describe("what commands print on real Linux", () => {
  const scenes = [...SCENES, { name: "doctor-no-rights", render: (look: Look) => renderDoctor(withoutRights, look) }];
  for (const width of [60, 80, 120]) {
    for (const { name, render } of scenes) {
      it(`${name} at ${width} columns`, async () => {
        const text = render({ width, paint: paintFor(false) })
          .map((line) => `${line}\n`)
          .join("");
        await expect(text).toMatchFileSnapshot(`golden/${name}-${width}.txt`);
      });
    }
  }
});
