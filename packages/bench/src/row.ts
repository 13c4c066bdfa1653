import { measure } from './measure.js';
import { profile } from './profile.js';
import type { RowSpec } from './rows.js';
import type { SetupSpec } from './setup-rows.js';
import { measureSetup } from './setup.js';

/** One row, in a process of its own: `row.js <folder> <row as JSON> [--profile|--setup]`. The result is one line of JSON. */
const [, , folder = '', spec = '', flag] = process.argv;
const resultOf = (): Promise<unknown> => {
  if (flag === '--setup') return measureSetup(JSON.parse(spec) as SetupSpec, folder);
  const row = JSON.parse(spec) as RowSpec;
  return flag === '--profile' ? profile(row, folder) : measure(row, folder);
};
const result = await resultOf();
process.stdout.write(`${JSON.stringify(result)}\n`);
