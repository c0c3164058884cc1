/** The published schema of what `coalloc check --json` prints. */
import { z } from "zod";
import { checkedBoot, rangePair } from "./boot-schema.js";
import type { CheckDocument } from "./document.js";
import { findingFields, path, wayToApply } from "./finding-schema.js";

const schema: z.ZodType<CheckDocument> = z.strictObject({
  schema: z.literal("coalloc/check/1"),
  profile: z.string().min(1).describe("name of the kernel profile"),
  model: z.string(),
  commandLine: z.string(),
  banks: z.array(rangePair).describe("RAM as the kernel sees it, [base, size] in bytes"),
  boot: checkedBoot,
  findings: z
    .array(
      z.strictObject({
        ...findingFields,
        where: z.strictObject({ node: path.nullable(), property: z.string().min(1).nullable() }),
      }),
    )
    .describe("the worst first"),
  howToApply: z
    .array(wayToApply)
    .describe("where boards like this read such changes from; lines are those of the first of each sort"),
});

/** JSON Schema (draft 2020-12) of a `coalloc/check/1`. */
export function checkJsonSchema(): object {
  return { ...z.toJSONSchema(schema), title: "coalloc check" };
}
