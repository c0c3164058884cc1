import { describe, expect, it } from "vitest";
import { fuzz } from "./campaign.js";

const seeds = [new TextEncoder().encode("MAGIC and more")];
/** A clock that stands still: campaigns end by their number of executions. */
const still = (): number => 0;

describe("fuzz", () => {
  it("runs the seeds as they are first", () => {
    const inputs: Uint8Array[] = [];
    fuzz({ run: (data) => void inputs.push(data), seeds }, { seconds: 1, seed: 7, maxExecutions: 1 }, still);
    expect(inputs).toEqual(seeds);
  });

  it("makes the same inputs from the same seed, and others from another", () => {
    const inputsOf = (seed: number): string[] => {
      const inputs: string[] = [];
      fuzz({ run: (data) => void inputs.push(data.join()), seeds }, { seconds: 1, seed, maxExecutions: 200 }, still);
      return inputs;
    };
    expect(inputsOf(7)).toEqual(inputsOf(7));
    expect(inputsOf(7)).not.toEqual(inputsOf(8));
  });

  it("finds a parser that fails on one value of one byte", () => {
    const run = (data: Uint8Array): void => {
      if (data[5] === 0xff) throw new Error("byte 5");
    };
    const result = fuzz({ run, seeds }, { seconds: 1, seed: 1, maxExecutions: 100_000 }, still);
    expect(result.finding?.what).toContain("byte 5");
    expect(result.finding?.input[5]).toBe(0xff);
    expect(result.executions).toBeLessThan(100_000);
  });

  it("keeps the input that failed even when the parser writes into it", () => {
    const run = (data: Uint8Array): void => {
      const first = data[0];
      data.fill(0);
      if (first !== 0x4d) throw new Error("no M");
    };
    const result = fuzz({ run, seeds }, { seconds: 1, seed: 1, maxExecutions: 100_000 }, still);
    expect(result.finding?.input.some((byte) => byte !== 0)).toBe(true);
  });

  it("counts a run of more than a second as a finding", () => {
    let time = 0;
    const run = (): void => {
      time += 1.5;
    };
    const result = fuzz({ run, seeds }, { seconds: 60, seed: 1 }, () => time);
    expect(result.finding?.what).toBe("one run took 1.5 s");
  });

  it("ends when the time is over", () => {
    let time = 0;
    const run = (): void => {
      time += 0.5;
    };
    expect(fuzz({ run, seeds }, { seconds: 10, seed: 1 }, () => time)).toEqual({
      executions: 20,
      seconds: 10,
      finding: null,
    });
  });
});
