// Says under which licences everything that is installed stands, and what the registry knows against it.
import { spawnSync } from 'node:child_process';

/** Licences under which a dependency may stand; LGPL is that of sharp's image library, which is loaded, not linked in. */
const allowed = [
  '(Apache-2.0 AND BSD-3-Clause)',
  '(MIT OR CC0-1.0)',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  // Of tools that are not published: what attw and TypeDoc read arguments and cache with.
  'BlueOak-1.0.0',
  'ISC',
  'LGPL-3.0-or-later',
  'MIT',
  'MPL-2.0',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
];

const pnpm = (...args) => spawnSync('npm', ['run', '-s', 'pnpm', '--', ...args], { encoding: 'utf8' });

const { stdout } = pnpm('-r', 'licenses', 'list', '--json');
const licences = JSON.parse(stdout);
for (const [licence, packages] of Object.entries(licences).toSorted())
  process.stdout.write(`${licence} (${packages.length}): ${packages.map(({ name }) => name).join(', ')}\n`);

const strange = Object.keys(licences).filter((licence) => !allowed.includes(licence));
if (strange.length > 0) {
  process.stderr.write(
    `a dependency stands under ${strange.join(', ')}; ask whether it may, and name it in tests/dependencies.mjs\n`,
  );
  process.exitCode = 1;
}

const audit = pnpm('-r', 'audit');
process.stdout.write(
  audit.stdout.includes('ERR_PNPM_AUDIT') || audit.stderr.includes('ERR_PNPM_AUDIT')
    ? 'the registry at hand answers no audit\n'
    : audit.stdout,
);
