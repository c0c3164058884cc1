import { type Bytes, type Iova, MAX_EXACT, type PhysAddr } from "../../units/quantity.js";

/**
 * The page size that a table entry gets: the largest one that is not above what is left and divides both addresses.
 *
 * @param pageSizes - powers of two, ascending, not empty
 * @returns page size, and how many such entries follow each other before a larger one can start; null when even the smallest page does not
 *   fit, which the kernel answers with `-EINVAL`
 * @see Linux 6.12 `drivers/iommu/iommu.c` `iommu_pgsize()`
 */
export function pageSizeFor(
  pageSizes: readonly Bytes[],
  iova: Iova,
  physAddr: PhysAddr,
  size: Bytes,
): { readonly pageSize: Bytes; readonly count: number } | null {
  let at = pageSizes.length - 1;
  while (at >= 0 && !isUsable(pageSizes[at] as number, iova, physAddr, size)) at -= 1;
  if (at < 0) return null;
  const pageSize = pageSizes[at] as number;
  const next = pageSizes[at + 1];
  let length = size;
  // A larger page can start later, if both addresses reach its alignment together and enough is left for one then.
  if (next !== undefined && iova % next === physAddr % next) {
    const offset = next - (iova % next);
    if (offset + next <= size) length = offset;
  }
  return { pageSize, count: Math.floor(length / pageSize) };
}

function isUsable(pageSize: Bytes, iova: Iova, physAddr: PhysAddr, size: Bytes): boolean {
  return pageSize <= size && iova % pageSize === 0 && physAddr % pageSize === 0;
}

/**
 * Adds the table entries of a run to counts by page size.
 *
 * @param counts - as many as there are page sizes; added to
 */
export function countEntries(
  counts: number[],
  pageSizes: readonly Bytes[],
  iova: Iova,
  physAddr: PhysAddr,
  size: Bytes,
): void {
  for (let done = 0; done < size; ) {
    const step = pageSizeFor(pageSizes, iova + done, physAddr + done, size - done);
    if (step === null) return;
    const at = pageSizes.indexOf(step.pageSize);
    counts[at] = (counts[at] ?? 0) + step.count;
    done += Math.min(step.pageSize * step.count, MAX_EXACT);
  }
}
