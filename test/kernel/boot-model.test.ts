/** Two boots drawn at random, live: the model against the kernel's own log. `npm run captures` does any number of them. */
import { describe, expect, it } from "vitest";
import { BootCapturer } from "../../tools/boot-captures/capture-boot.js";
import { randomBoot } from "../../tools/boot-captures/random-boot.js";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { expected, predicted } from "../boot/compare.js";

/** Generous: a loaded machine boots many times slower. */
const SECONDS = 300;

/** Boots with pools of several kinds, and complaints. */
const SEEDS = [1_000_004, 1_000_007];

describe("a boot drawn at random", () => {
  const capturer = new BootCapturer(debianKernel("arm64"));

  for (const seed of SEEDS) {
    it(`goes as the model says (seed ${seed})`, async () => {
      const capture = await capturer.capture(String(seed), randomBoot(seed, capturer.sizes), SECONDS);
      expect(capture.complete).toBe(true);
      expect(capture.regions.length).toBeGreaterThan(0);
      expect(predicted(capture)).toEqual(expected(capture));
    });
  }
});
