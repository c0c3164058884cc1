import type { Algorithm } from "./allocator.js";
import { bitmapFirstFit } from "./bitmap-first-fit.js";
import { buddy } from "./buddy.js";
import { buddyScattered } from "./buddy-scattered.js";
import { coherentSlots } from "./coherent-slots.js";
import { discontiguousPages } from "./discontiguous-pages.js";
import { bestFitExtents } from "./extent-best-fit.js";
import { firstFitExtents } from "./extent-first-fit.js";
import {
  genallocBestFit,
  genallocFirstFit,
  genallocFirstFitAlign,
  genallocFixed,
  genallocOrderAlign,
} from "./genalloc.js";
import { iova } from "./iova.js";
import { iovaMagazines } from "./iova-magazines.js";
import { pageBlocks } from "./page-blocks.js";
import { reuseFit } from "./reuse-fit.js";
import { tlsf } from "./tlsf.js";

/** Every algorithm of this folder, by name. */
export const ALGORITHMS: readonly Algorithm[] = [
  bitmapFirstFit,
  genallocFirstFit,
  genallocFirstFitAlign,
  genallocBestFit,
  genallocFixed,
  genallocOrderAlign,
  coherentSlots,
  firstFitExtents,
  bestFitExtents,
  buddy,
  buddyScattered,
  discontiguousPages,
  pageBlocks,
  tlsf,
  reuseFit,
  iova,
  iovaMagazines,
];

const registered = new Map<string, Algorithm>();

/** The algorithm of that name, ours or registered, or undefined. */
export function findAlgorithm(name: string): Algorithm | undefined {
  return registered.get(name) ?? ALGORITHMS.find((algorithm) => algorithm.name === name);
}

/**
 * Makes an algorithm from outside known by its name, to configurations and commands. It stays known as long as the program runs.
 *
 * @throws RangeError when the name is taken, or is not lower case letters, digits and hyphens
 */
export function registerAlgorithm(algorithm: Algorithm): void {
  const { name } = algorithm;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new RangeError(`an algorithm's name is lower case letters, digits and hyphens, not ${JSON.stringify(name)}`);
  }
  if (findAlgorithm(name) !== undefined) throw new RangeError(`there is an algorithm named ${name} already`);
  registered.set(name, algorithm);
}
