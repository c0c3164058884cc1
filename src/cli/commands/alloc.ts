import { spawnSync } from "node:child_process";
import { type AllocDocument, allocDocument } from "../../linux/buffers/alloc-document.js";
import { readRequest } from "../../placement/named-request.js";
import { type CommandSpec, printJson, printLines } from "../command.js";
import { CommandFailure, EXIT, wrongUse } from "../failure.js";
import { FACTS_OPTION, JSON_OPTION } from "../machine-options.js";
import { renderAlloc } from "../render/alloc.js";
import { explainRequest, REQUEST_OPTIONS, readAsked } from "../request-options.js";
import { lookOf } from "../show.js";
import { systemOnThisMachine, thisKernel } from "../this-machine.js";

/** `coalloc alloc`: a buffer on the machine that runs. */
export const allocCommand: CommandSpec = {
  name: "alloc",
  summary: "Allocate a buffer that several devices of this machine can use",
  arguments: [],
  options: [
    ...REQUEST_OPTIONS,
    {
      flags: "--probe",
      description: "let every device that can be asked take the buffer, and go on where one refuses",
    },
    {
      flags: "--run <command>",
      description: "run a shell command that has the buffer as descriptor 3, further ones from 4 on",
    },
    FACTS_OPTION,
    JSON_OPTION,
  ],
  examples: [
    {
      line: "coalloc alloc -d /dev/video0 -d /dev/dri/card0 --size 8M --probe",
      shows: "whether camera and display of this machine can share 8 MiB, tried in earnest and given back",
    },
    {
      line: "coalloc alloc -d /dev/video0 -d /dev/dri/card0 --image 1920x1080:NV12 --run './capture --dmabuf 3'",
      shows: "a program that gets the buffer and needs no heap's name",
    },
  ],
  run: async ({ options, terminal }) => {
    const asked = readAsked(options);
    const kernel = await thisKernel();
    using system = await systemOnThisMachine(kernel, options, terminal, { probe: options.has("probe") });
    const request = readRequest(system.machine, asked);
    if (!request.ok) throw wrongUse(explainRequest(request.refusal, asked));
    const { document, buffers } = allocDocument(system, asked);
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderAlloc(document, lookOf(terminal)));
    const command = options.text("run");
    if (document.allocation === null) return isForbidden(document) ? EXIT.notHere : EXIT.no;
    if (command === null) return EXIT.yes;
    const stdio = ["inherit", "inherit", "inherit", ...buffers.map(({ fd }) => fd)] as const;
    const { status, error } = spawnSync("/bin/sh", ["-c", command], { stdio: [...stdio] });
    if (error !== undefined) throw new CommandFailure(EXIT.notHere, `--run ${command}: ${error.message}`);
    return status === 0 ? EXIT.yes : EXIT.no;
  },
};

/** True when nothing was refused for itself: rights or nodes are missing all along. */
function isForbidden({ refusal }: AllocDocument): boolean {
  const attempts = refusal?.attempts ?? [];
  return (
    attempts.length > 0 &&
    attempts.every(({ errno }) => errno !== null && ["EACCES", "EPERM", "ENOENT"].includes(errno))
  );
}
