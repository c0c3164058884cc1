import type { BootOutcome } from "../../src/boot/outcome.js";
import type { Range } from "../../src/units/ranges.js";

/**
 * Compares what boot left with the RAM there is.
 *
 * @param banks - RAM, overlapping or not
 * @throws when ranges are not sorted and apart, lie outside the banks, or a placed area lies in free memory
 */
export function checkFree(boot: BootOutcome, banks: readonly Range[]): void {
  let before = -1;
  for (const { base, size } of boot.free) {
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(size) || size <= 0 || !Number.isSafeInteger(base + size)) {
      throw new Error(`free range ${base}+${size} is not exact, or empty`);
    }
    if (base <= before) throw new Error("free ranges overlap, touch or are not sorted");
    before = base + size;
    let at = base;
    for (let moved = true; moved && at < before; ) {
      const bank = banks.find((one) => one.base <= at && at < one.base + one.size);
      moved = bank !== undefined;
      if (bank !== undefined) at = bank.base + bank.size;
    }
    if (at < before) throw new Error(`free range ${base}+${size} is outside RAM`);
  }
  const givenUp = boot.failures.flatMap((failure) =>
    failure.kind === "cma-not-activated" || failure.kind === "panic" ? [failure.base] : [],
  );
  const panics = boot.failures.some((failure) => failure.kind === "panic");
  const areas = boot.regions.filter((region) => region.status === "placed" && region.reserved && region.kind === "cma");
  for (const area of [...areas, boot.defaultCma]) {
    // A kernel that panics activates no further area.
    if (area === null || area.base === null || givenUp.includes(area.base) || panics) continue;
    const { base, size } = area;
    const shared = boot.free.find((free) => free.base < base + size && base < free.base + free.size);
    if (shared !== undefined) throw new Error(`the area at ${base} is free too`);
  }
}
