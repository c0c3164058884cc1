import { commonBits } from "../boot/mask.js";
import type { IommuAttachment } from "./machine.js";

/** Stream ids have 16 bits (Linux 6.12 `arm-smmu.h` `ARM_SMMU_SMR_ID`), those of later SMMUs up to 32. */
const ALL_BITS = 0xffff_ffff;

/** True when the IOMMU takes an access with this stream id for one of the device's. */
export function hasStream({ streamId, streams }: IommuAttachment, id: number): boolean {
  if (streams === undefined) return streamId === id;
  return streams.some((stream) => {
    const fixed = ALL_BITS - stream.mask;
    return commonBits(stream.id, fixed) === commonBits(id, fixed);
  });
}
