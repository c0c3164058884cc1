import { describe, expect, it } from "vitest";
import { runGuest } from "../../tools/kernel/guest.js";
import { debianKernel } from "../../tools/kernel/kernels.js";

const GUEST = { kernel: debianKernel("amd64"), root: "/", memory: "512M", seconds: 120 };

describe("a guest", () => {
  it("hands its files over, and gives back output, files and exit status", async () => {
    const run = await runGuest({
      ...GUEST,
      files: new Map([["question", Buffer.from("what is the answer\n")]]),
      cmdline: ["coalloc.word=here"],
      script: "cat /run/job/question; cat /proc/cmdline > /run/out/cmdline; echo to the console >&2; exit 3",
    });
    expect(run.exit).toBe(3);
    expect(run.stdout).toBe("what is the answer\n");
    expect([...run.files.keys()]).toEqual(["cmdline"]);
    expect(Buffer.from(run.files.get("cmdline")!).toString()).toBe(
      "console=ttyS0 quiet oops=panic panic=-1 coalloc.word=here\n",
    );
    expect(run.console).toContain("to the console\n");
  });

  it("can write to no folder of the host", async () => {
    const run = await runGuest({
      ...GUEST,
      script: `touch ${process.cwd()}/written-by-a-guest 2> /run/out/error; touch /run/job/x || exit 7`,
    });
    expect(run.exit).toBe(7);
    expect(Buffer.from(run.files.get("error")!).toString()).toContain("Read-only file system");
  });

  it("that panics is an error with the end of its console", async () => {
    const run = runGuest({ ...GUEST, script: "echo c > /proc/sysrq-trigger" });
    await expect(run).rejects.toThrow(/^the guest's kernel panicked: sysrq triggered crash; /);
  });

  it("that takes too long is stopped, and an error", async () => {
    const run = runGuest({ ...GUEST, seconds: 1, script: "true" });
    await expect(run).rejects.toThrow(/never ended its script: QEMU was stopped at the time limit after 1\./);
  });
});
