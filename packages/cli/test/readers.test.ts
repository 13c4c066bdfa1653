import { describe, expect, test } from 'vitest';
import { readers, spoilAndRead } from './readers/readers.js';

/** How many files each reader is given; more by hand: `SPOILT=10000 npx vitest run packages/cli/test/readers.test.ts`. */
const count = Number(process.env['SPOILT'] ?? 60);

describe('a spoilt file is read, or refused with problems in words', () => {
  test.each(readers)('$name', { timeout: 3_600_000 }, async (reader) => {
    const { wrong, read, refused, slowest } = await spoilAndRead(reader, count, 1);
    if (count > 100)
      console.log(
        `${reader.name}: ${read} read, ${refused} refused, ${wrong.length} wrong, slowest ${slowest.toFixed(2)} s`,
      );
    expect(wrong).toEqual([]);
    expect(read + refused).toBe(count);
  });
});
