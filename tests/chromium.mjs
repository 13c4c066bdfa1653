// Finds a Chromium for the tests that look at pages, or installs Debian's where that can be done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium lies; undefined where there is none. */
export const chromium = () => places.find((path) => path !== undefined && existsSync(path));

if (process.argv[1]?.endsWith('chromium.mjs') && chromium() === undefined) {
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']])
    spawnSync('apt-get', ['-qq', ...args], { stdio: 'inherit' });
  if (chromium() === undefined) {
    process.stderr.write('no Chromium was found or could be installed; install one, and name it in CHROMIUM\n');
    process.exitCode = 1;
  }
}
