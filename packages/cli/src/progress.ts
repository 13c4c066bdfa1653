/** A line on the terminal that is written over; nothing where nobody watches. An empty text clears it. */
export const progressLine = (): ((text: string) => void) =>
  process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => undefined;
