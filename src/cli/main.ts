/** The program: what `bin/coalloc.js` loads. Importing it runs the command line of the process. */
import { EXIT } from "./failure.js";
import { runCommandLine } from "./program.js";
import { processTerminal } from "./terminal.js";

// A reader that went away, `| head`, is no fault: what it wanted it has.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    const sentence = `coalloc: cannot write the answer (${error.message}); make room or send it elsewhere\n`;
    if (stream === process.stdout) process.stderr.write(sentence);
    process.exit(EXIT.notHere);
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
