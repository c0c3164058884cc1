import { describe, expect, it } from "vitest";
import { DrmClient } from "../../src/clients/drm-client.js";
import { type DrmRefusal, describeDrmRefusal } from "../../src/clients/drm-refusal.js";
import { mebibytes } from "../../src/units/quantity.js";
import { orThrow, type Result } from "../../src/units/result.js";
import { clientSystem, usage } from "./board.js";

const words = (result: Result<unknown, DrmRefusal>): string => (result.ok ? "" : describeDrmRefusal(result.refusal));

describe("a DRM client", () => {
  it("makes dumb buffers with rows of whole bytes", () => {
    const drm = new DrmClient(clientSystem(), "display");
    expect(drm.createDumb(1920, 1080, 32)).toEqual({ ok: true, value: { handle: 1, pitch: 7680, size: 8294400 } });
    expect(drm.createDumb(3, 2, 12)).toEqual({ ok: true, value: { handle: 2, pitch: 5, size: 10 } });
  });

  // Linux 6.12 drivers/gpu/drm/drm_dumb_buffers.c drm_mode_create_dumb().
  it("refuses dumb buffers without pixels, and those of 4 GiB", () => {
    const drm = new DrmClient(clientSystem(), "display");
    expect(words(drm.createDumb(0, 1, 32))).toBe(
      "a dumb buffer with width 0: a whole number from 1 to 2^32 - 1 is possible",
    );
    expect(words(drm.createDumb(1, 1, 0.5))).toBe(
      "a dumb buffer with bpp 0.5: a whole number from 1 to 2^32 - 1 is possible",
    );
    expect(words(drm.createDumb(65536, 65536, 32))).toBe(
      "a dumb buffer of 17179869184 bytes with rows of 262144: both have to be below 4 GiB",
    );
  });

  it("shows a framebuffer at the display's own addresses, plane by plane", () => {
    const system = clientSystem();
    const drm = new DrmClient(system, "display");
    const { handle } = orThrow(drm.createDumb(1920, 1620, 8));
    const id = orThrow(
      drm.addFramebuffer({
        width: 1920,
        height: 1080,
        format: "NV12",
        handles: [handle, handle],
        pitches: [1920, 1920],
        offsets: [0, 2073600],
      }),
    );
    const { planes } = orThrow(drm.show(id));
    expect(planes).toEqual([0xffc00000, 0xffc00000 + 2073600]);
    expect(orThrow(drm.show(id)).planes).toEqual(planes);
    drm.hide(id);
    expect(() => drm.hide(id)).toThrow(new RangeError(`framebuffer ${id} is not shown`));
  });

  it("keeps what a framebuffer shows when the handle goes, and nothing after that", () => {
    const system = clientSystem();
    const before = usage(system);
    const drm = new DrmClient(system, "display");
    const { handle } = orThrow(drm.createDumb(64, 64, 32));
    const about = { width: 64, height: 64, format: "XR24", handles: [handle], pitches: [256] };
    const id = orThrow(drm.addFramebuffer(about));
    drm.closeHandle(handle);
    expect(drm.handleCount).toBe(0);
    orThrow(drm.show(id));
    drm.removeFramebuffer(id);
    expect(system.buffers).toEqual([]);
    expect(usage(system)).toEqual(before);
    expect(() => drm.removeFramebuffer(id)).toThrow(new RangeError(`there is no framebuffer ${id}`));
  });

  // Linux 6.12 drivers/gpu/drm/drm_framebuffer.c framebuffer_check(), drm_gem_framebuffer_helper.c drm_gem_fb_init_with_funcs().
  it("refuses framebuffers that do not fit their buffers, with the numbers", () => {
    const drm = new DrmClient(clientSystem(), "display");
    const { handle } = orThrow(drm.createDumb(1920, 1080, 8));
    const about = { width: 1920, height: 1080, format: "NV12", handles: [handle, handle], pitches: [1920, 1920] };
    const add = (change: object): string => words(drm.addFramebuffer({ ...about, ...change }));
    expect(add({ format: "ABCD" })).toBe("nothing is known of the format ABCD");
    expect(add({ width: 0 })).toBe("a framebuffer of 0 by 1080 pixels: both are whole numbers from 1 on");
    expect(add({ handles: [handle] })).toBe("the format has 2 planes, and 1 were given");
    expect(add({ offsets: [0] })).toBe("the format has 2 planes, and 1 were given");
    expect(add({ pitches: [1900, 1920] })).toBe("plane 0 has rows of 1920 bytes at least, and a pitch of 1900");
    expect(add({ offsets: [0, 2073600] })).toBe("plane 1 needs a buffer of 3110400 bytes, and its has 2076672");
    const odd = "whole numbers from 0 to 2^32 - 1 are possible";
    expect(add({ offsets: [-4096, 0] })).toBe(`plane 0 has a pitch of 1920 and an offset of -4096: ${odd}`);
    expect(add({ pitches: [1920.5, 1920] })).toBe(`plane 0 has a pitch of 1920.5 and an offset of 0: ${odd}`);
    expect(add({ pitches: [4e9, 1920] })).toBe(
      "plane 0 ends at byte 4320000000000, and 2^32 - 1 is the last that can be named",
    );
    expect(add({ modifier: "ARM_AFBC(16x16)" })).toBe(
      "NV12 with the modifier ARM_AFBC(16x16) has no layout that is known",
    );
    expect(add({ format: "YU08", handles: [handle], pitches: [1920] })).toBe(
      "YU08 with the modifier LINEAR has no layout that is known",
    );
    expect(() => drm.addFramebuffer({ ...about, handles: [handle, 99] })).toThrow(
      new RangeError("handle 99 is not open"),
    );
    expect(drm.addFramebuffer({ ...about, height: 720, offsets: [0, 0] }).ok).toBe(true);
  });

  it("takes whole pages for the size of a buffer, and rows and heights of whole tiles", () => {
    const drm = new DrmClient(clientSystem(), "display");
    const { handle } = orThrow(drm.createDumb(10, 10, 32));
    const about = { width: 10, height: 10, format: "XR24", handles: [handle], pitches: [64], offsets: [96] };
    expect(drm.addFramebuffer(about).ok).toBe(true);
    expect(words(drm.addFramebuffer({ ...about, modifier: "VIVANTE_SUPER_TILED" }))).toBe(
      "plane 0 has rows of 256 bytes at least, and a pitch of 64",
    );
    expect(words(drm.addFramebuffer({ ...about, pitches: [256], modifier: "VIVANTE_SUPER_TILED" }))).toBe(
      "plane 0 needs a buffer of 16480 bytes, and its has 4096",
    );
    // Linux 6.12 include/uapi/drm/drm_fourcc.h DRM_FORMAT_MOD_VIVANTE_SUPER_TILED.
    expect(words(drm.addFramebuffer({ ...about, pitches: [300], modifier: "0x0600000000000002" }))).toBe(
      "plane 0 has a pitch of 300, no multiple of its tiles' 256 bytes",
    );
  });

  // Linux 6.12 drivers/gpu/drm/drm_prime.c drm_gem_prime_fd_to_handle().
  it("has one handle for one buffer, also for its own when it comes back", () => {
    const system = clientSystem();
    const [drm, other] = [new DrmClient(system, "display"), new DrmClient(system, "display")];
    const { handle } = orThrow(drm.createDumb(64, 64, 32));
    const fd = drm.primeHandleToFd(handle);
    expect(drm.primeFdToHandle(fd)).toEqual({ ok: true, value: handle });
    const there = orThrow(other.primeFdToHandle(fd));
    expect(other.primeFdToHandle(fd)).toEqual({ ok: true, value: there });
    expect(other.buffer(there)).toBe(drm.buffer(handle));
    drm.closeHandle(handle);
    expect(() => drm.buffer(handle)).toThrow(RangeError);
    other.closeHandle(there);
    system.closeDescriptor(fd);
    expect(system.buffers).toEqual([]);
  });

  it("refuses an import that its display cannot use and that cannot move, and keeps no reference", () => {
    const system = clientSystem({}, { iommus: [] });
    const buffer = system.createBuffer({ size: mebibytes(1), participants: ["gpu"], heap: "system" });
    const free = system.createBuffer({ size: mebibytes(1), participants: ["gpu"] });
    orThrow(free.attachments[0]!.map("to-device"));
    const drm = new DrmClient(system, "camera");
    const fd = free.export();
    const refused = drm.primeFdToHandle(fd);
    expect(words(refused)).toContain("/soc/gpu has it mapped and is not told of moves");
    expect(free.references).toBe(3);
    expect(drm.handleCount).toBe(0);
    expect(orThrow(drm.primeFdToHandle(buffer.export()))).toBe(1);
  });
});
