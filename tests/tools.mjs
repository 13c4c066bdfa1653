// Finds the programs that some tests look through, or installs Debian's where that can be done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const found = (places) => places.find((path) => path !== undefined && existsSync(path));

/** Where Chromium lies; undefined where there is none. */
export const chromium = () =>
  found([process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']);

/** Where strace lies, which lists the system calls of a program; undefined where there is none. */
export const strace = () => found([process.env.STRACE, '/usr/bin/strace', '/usr/local/bin/strace']);

if (process.argv[1]?.endsWith('tools.mjs')) {
  const tools = { chromium, strace };
  const missing = () => Object.keys(tools).filter((name) => tools[name]() === undefined);
  if (missing().length > 0) {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...missing()]])
      spawnSync('apt-get', ['-qq', ...args], { stdio: 'inherit' });
  }
  for (const name of missing()) {
    process.stderr.write(
      `no ${name} was found or could be installed; install one, and name it in ${name.toUpperCase()}\n`,
    );
    process.exitCode = 1;
  }
}
