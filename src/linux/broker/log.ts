/** Fields of a line of the log, beside time and event. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Writes down that something happened. */
export type BrokerLog = (event: string, fields?: LogFields) => void;

/** Lines in a second that clients can cause. */
const MOST_LINES = 50;

/**
 * A log of JSON lines: `{"time":"2026-11-28T06:00:00.000Z","event":"listening",...}`. No client can fill it: of more than 50 lines in a second the number is told in the next.
 *
 * @param write - takes one line with its end
 */
export function jsonLog(write: (line: string) => void, now: () => number = Date.now): BrokerLog {
  let second = 0;
  let lines = 0;
  let dropped = 0;
  return (event, fields = {}) => {
    const time = now();
    if (Math.floor(time / 1000) !== second) {
      second = Math.floor(time / 1000);
      lines = 0;
    }
    if (lines >= MOST_LINES) {
      dropped += 1;
      return;
    }
    lines += 1;
    const left = dropped === 0 ? {} : { dropped };
    dropped = 0;
    write(`${JSON.stringify({ time: new Date(time).toISOString(), event, ...fields, ...left })}\n`);
  };
}
