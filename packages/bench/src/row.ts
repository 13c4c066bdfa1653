import { measure } from './measure.js';
import { profile } from './profile.js';
import type { RowSpec } from './rows.js';

/** One row, in a process of its own: `row.js <folder> <row as JSON> [--profile]`. The result is one line of JSON. */
const [, , folder = '', spec = '', flag] = process.argv;
const row = JSON.parse(spec) as RowSpec;
const result = flag === '--profile' ? await profile(row, folder) : await measure(row, folder);
process.stdout.write(`${JSON.stringify(result)}\n`);
